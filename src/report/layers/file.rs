//! `layers.csv`: how large the weights of every parameter tensor are, and their gradients, behind up to some hundred epochs of the run.
//!
//! A row per tensor and epoch, written at once for an epoch, so that a killed run leaves whole epochs and at most one torn line.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::report::{ReportError, RunDirectory, run_file};
use crate::training::layer_norms::TensorNorms;

/// In the run's folder.
pub const FILE: &str = "layers.csv";

/// One row; the columns are explained in `artifacts/README.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRow {
    /// From 1.
    pub epoch: usize,
    /// `layers.3.weight`
    pub tensor: String,
    /// Root of the mean square of its values behind the epoch.
    pub weight_rms: f64,
    /// The same of its gradient in the epoch's last step, before it was clipped.
    pub gradient_rms: f64,
}

/// Appends the rows of an epoch.
pub struct LayersFile {
    writer: csv::Writer<File>,
    path: PathBuf,
}

impl LayersFile {
    /// Creates the file in the run's folder.
    ///
    /// # Errors
    ///
    /// It cannot be created.
    pub fn create(directory: &RunDirectory) -> Result<Self, ReportError> {
        let path = directory.path().join(FILE);
        let file = File::create_new(&path).map_err(ReportError::io("create", &path))?;
        Ok(Self {
            writer: csv::Writer::from_writer(file),
            path,
        })
    }

    /// Appends a row for each tensor.
    ///
    /// # Errors
    ///
    /// The disk is full, or the run's folder is gone.
    pub fn append(&mut self, epoch: usize, layers: &[TensorNorms]) -> Result<(), ReportError> {
        for norms in layers {
            let row = LayerRow {
                epoch,
                tensor: norms.tensor.clone(),
                weight_rms: norms.weight,
                gradient_rms: norms.gradient,
            };
            self.writer
                .serialize(row)
                .map_err(|error| ReportError::Encode {
                    path: self.path.clone(),
                    reason: error.to_string(),
                })?;
        }
        self.writer
            .flush()
            .map_err(ReportError::io("write", &self.path))
    }
}

/// The rows of a run's folder, without a torn last line; none where the file is missing, as in runs of older versions.
///
/// # Errors
///
/// The file cannot be read, or a whole line of it is no row.
pub fn read(folder: &Path) -> Result<Vec<LayerRow>, ReportError> {
    let path = folder.join(FILE);
    let Some(bytes) = run_file::read_if_there(folder, FILE)? else {
        return Ok(Vec::new());
    };
    let whole = bytes
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    csv::Reader::from_reader(&bytes[..whole])
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| ReportError::Decode {
            path,
            reason: error.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::training::histogram::Histogram;

    #[test]
    fn what_is_appended_is_read_without_a_torn_line() -> Result<(), Box<dyn std::error::Error>> {
        let temporary = tempfile::tempdir()?;
        let directory = RunDirectory::create(temporary.path(), "run")?;
        assert!(read(directory.path())?.is_empty());
        let norms = |tensor: &str, weight| TensorNorms {
            tensor: tensor.to_owned(),
            weight,
            gradient: 1e-30,
            histogram: Histogram::of(&[]),
        };
        let mut file = LayersFile::create(&directory)?;
        file.append(
            1,
            &[
                norms("layers.0.weight", 0.1),
                norms("layers.0.bias", f64::NAN),
            ],
        )?;
        file.append(7, &[norms("layers.0.weight", 0.25)])?;
        let path = directory.path().join(FILE);
        let mut bytes = fs::read(&path)?;
        bytes.extend(b"8,layers.0.we");
        fs::write(&path, bytes)?;
        let rows = read(directory.path())?;
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[2].epoch, rows[2].weight_rms), (7, 0.25));
        assert!(rows[1].weight_rms.is_nan());
        Ok(())
    }
}
