//! `predictions.csv`: what the kept network says of every validation and test sample. Whoever compares runs sample by sample, or
//! wants to see the worst mistakes, finds them here without the data.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ReportError, RunDirectory, run_file};
use crate::data::{Answers, Expected};
use crate::evaluation::predictions::Prediction;

/// In a run's folder.
pub const FILE: &str = "predictions.csv";

/// A split that does not train.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldOut {
    /// Has chosen the kept epoch.
    Validation,
    /// Has chosen nothing.
    Test,
}

/// All rows; the columns are explained in `artifacts/README.md`.
#[derive(Clone, Debug, PartialEq)]
pub enum Predictions {
    /// Of a network that tells classes apart.
    Classes(Vec<ClassRow>),
    /// Of a network that says numbers.
    Numbers(Vec<NumberRow>),
}

/// A sample and its class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassRow {
    /// Where it is.
    pub split: HeldOut,
    /// Its place in the data set, from 0.
    pub index: u32,
    /// Its class.
    pub class: String,
    /// The class that the network says.
    pub predicted: String,
    /// How likely the network takes that to be; absent where its outputs are no probabilities.
    pub probability: Option<f64>,
    /// The loss.
    pub loss: f64,
}

/// A sample and its number, in the target's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NumberRow {
    /// Where it is.
    pub split: HeldOut,
    /// Its place in the data set, from 0.
    pub index: u32,
    /// Its number.
    pub target: f64,
    /// The number that the network says.
    pub predicted: f64,
    /// The squared error in variances of the training split.
    pub loss: f64,
}

/// The first line, without which a file holds something else.
const CLASSES: [&str; 6] = [
    "split",
    "index",
    "class",
    "predicted",
    "probability",
    "loss",
];
const NUMBERS: [&str; 5] = ["split", "index", "target", "predicted", "loss"];

impl Predictions {
    /// The rows of some splits: each with the places of its samples and what was said of them.
    #[must_use]
    pub fn new(answers: &Answers, splits: &[(HeldOut, &[u32], &[Prediction])]) -> Self {
        let samples = splits.iter().flat_map(|&(split, indices, predictions)| {
            let samples = indices.iter().zip(predictions);
            samples.map(move |(&index, prediction)| (split, index, *prediction))
        });
        match answers {
            Answers::Classes(names) => {
                let name = |of: Expected| match of {
                    Expected::Class(label) => names.get(usize::from(label)).cloned(),
                    Expected::Number(_) => None,
                };
                let row = |(split, index, said): (HeldOut, u32, Prediction)| ClassRow {
                    split,
                    index,
                    class: name(said.expected).unwrap_or_default(),
                    predicted: name(said.predicted).unwrap_or_default(),
                    probability: said.probability,
                    loss: said.loss,
                };
                Self::Classes(samples.map(row).collect())
            }
            Answers::Number(_) => {
                let number = |of: Expected| match of {
                    Expected::Number(number) => number,
                    Expected::Class(_) => f64::NAN,
                };
                let row = |(split, index, said): (HeldOut, u32, Prediction)| NumberRow {
                    split,
                    index,
                    target: number(said.expected),
                    predicted: number(said.predicted),
                    loss: said.loss,
                };
                Self::Numbers(samples.map(row).collect())
            }
        }
    }

    /// Writes the file into the folder of its run.
    ///
    /// # Errors
    ///
    /// The disk is full, or the folder is gone or cannot be written to.
    pub fn write(&self, directory: &RunDirectory) -> Result<(), ReportError> {
        let written = match self {
            Self::Classes(rows) => written(&CLASSES, rows),
            Self::Numbers(rows) => written(&NUMBERS, rows),
        };
        let content = written.map_err(|reason| ReportError::Encode {
            path: directory.path().join(FILE),
            reason,
        })?;
        directory.write(FILE, &content)
    }

    /// The rows in a run's folder, without a torn last line; `None` where there is no such file, as in runs of older versions.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not what brecha wrote.
    pub fn read(folder: &Path) -> Result<Option<Self>, ReportError> {
        let path = folder.join(FILE);
        let Some(bytes) = run_file::read_if_there(folder, FILE)? else {
            return Ok(None);
        };
        let decode = |reason: String| ReportError::Decode {
            path: path.clone(),
            reason,
        };
        let mut reader = csv::Reader::from_reader(whole_lines(&bytes));
        let header = reader
            .headers()
            .map_err(|error| decode(error.to_string()))?;
        let predictions = if *header == CLASSES[..] {
            rows(reader).map(Self::Classes)
        } else if *header == NUMBERS[..] {
            rows(reader).map(Self::Numbers)
        } else {
            let columns: Vec<&str> = header.iter().take(CLASSES.len()).collect();
            Err(format!(
                "its columns are `{}`, neither `{}` nor `{}`",
                columns.join(","),
                CLASSES.join(","),
                NUMBERS.join(",")
            ))
        };
        predictions.map(Some).map_err(decode)
    }
}

fn written(header: &[&str], rows: &[impl Serialize]) -> Result<Vec<u8>, String> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    // Written even where no row follows.
    writer
        .write_record(header)
        .map_err(|error| error.to_string())?;
    for row in rows {
        writer.serialize(row).map_err(|error| error.to_string())?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

fn rows<T: DeserializeOwned>(mut reader: csv::Reader<&[u8]>) -> Result<Vec<T>, String> {
    let rows: Result<Vec<T>, csv::Error> = reader.deserialize().collect();
    rows.map_err(|error| error.to_string())
}

/// Up to the last end of a line that is not within quotes: names of classes may have ends of lines in them.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    let (mut is_quoted, mut end) = (false, 0);
    for (place, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => end = place + 1,
            _ => {}
        }
    }
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::data::Target;

    fn said(expected: Expected, predicted: Expected, probability: Option<f64>) -> Prediction {
        Prediction {
            expected,
            predicted,
            probability,
            loss: 0.125,
        }
    }

    fn classes() -> Predictions {
        let names = ["<b>\"a\"</b>,\n", "ü", "=1+1"].map(str::to_owned);
        let of = |class, other| said(Expected::Class(class), Expected::Class(other), Some(0.5));
        let broken = Prediction {
            loss: f64::NAN,
            probability: None,
            ..of(2, 1)
        };
        Predictions::new(
            &Answers::Classes(names.to_vec()),
            &[
                (HeldOut::Validation, &[3, 9], &[of(0, 0), of(1, 0)]),
                (HeldOut::Test, &[u32::MAX], &[broken]),
            ],
        )
    }

    #[test]
    fn what_is_written_is_read() -> Result<(), Box<dyn std::error::Error>> {
        let temporary = tempfile::tempdir()?;
        let directory = RunDirectory::create(temporary.path(), "run")?;
        assert_eq!(Predictions::read(directory.path())?, None);
        classes().write(&directory)?;
        let Some(Predictions::Classes(rows)) = Predictions::read(directory.path())? else {
            panic!("classes");
        };
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[0].index, &*rows[0].class), (3, "<b>\"a\"</b>,\n"));
        assert_eq!(rows[1].probability, Some(0.5));
        assert!(rows[2].loss.is_nan() && rows[2].probability.is_none());
        assert_eq!((rows[2].split, rows[2].index), (HeldOut::Test, u32::MAX));

        let target = Target {
            name: "price".to_owned(),
            mean: 1.0,
            deviation: 2.0,
        };
        let number = said(Expected::Number(-1e300), Expected::Number(2.5), None);
        let numbers = Predictions::new(
            &Answers::Number(target),
            &[(HeldOut::Test, &[7], &[number])],
        );
        numbers.write(&directory)?;
        assert_eq!(Predictions::read(directory.path())?, Some(numbers));
        Ok(())
    }

    #[test]
    fn a_file_cut_anywhere_is_read_as_far_as_it_is_whole() -> Result<(), Box<dyn std::error::Error>>
    {
        let temporary = tempfile::tempdir()?;
        let directory = RunDirectory::create(temporary.path(), "run")?;
        classes().write(&directory)?;
        let path = directory.path().join(FILE);
        let bytes = fs::read(&path)?;
        let header = bytes.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        let mut lengths = Vec::new();
        for end in header..=bytes.len() {
            fs::write(&path, &bytes[..end])?;
            let Some(Predictions::Classes(rows)) = Predictions::read(directory.path())? else {
                panic!("classes");
            };
            lengths.push(rows.len());
        }
        assert!(lengths.is_sorted());
        assert_eq!((lengths[0], lengths.last()), (0, Some(&3)));
        fs::write(&path, &bytes[..header - 1])?;
        assert!(Predictions::read(directory.path()).is_err());
        Ok(())
    }

    #[test]
    fn other_content_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let temporary = tempfile::tempdir()?;
        let directory = RunDirectory::create(temporary.path(), "run")?;
        let header = CLASSES.join(",");
        for (content, reason) in [
            ("", "its columns are"),
            ("a,b\n1,2\n", "its columns are `a,b`"),
            (&format!("{header}\ntest,1,a,a,0.5\n"), "5 fields"),
            (&format!("{header}\ntraining,1,a,a,0.5,0\n"), "training"),
            (&format!("{header}\ntest,-1,a,a,0.5,0\n"), "field 1"),
            (&format!("{header}\ntest,4294967296,a,a,0.5,0\n"), "field 1"),
            (&format!("{header}\ntest,1,a,a,half,0\n"), "field 4"),
        ] {
            fs::write(directory.path().join(FILE), content)?;
            let error = Predictions::read(directory.path()).unwrap_err().to_string();
            assert!(error.contains(reason), "{content:?}: {error}");
        }
        fs::write(directory.path().join(FILE), [b'\xff'; 40])?;
        assert!(Predictions::read(directory.path()).is_err());
        Ok(())
    }
}
