//! What is given bytes: functions that must return, whatever the bytes are. Of brecha they need what knows nothing of tensors.

use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use brecha::config::{self, CsvConfig, DelimiterConfig, FilterConfig, FitConfig, MissingConfig};
use brecha::data::memory::MemoryLimit;
use brecha::data::preparation::{ImagePreparation, ImageScaling};
use brecha::data::{idx, image_folder, table};
use brecha::import::Layout;
use brecha::model::network::Parameter;
use brecha::training::checkpoint::container::{pack, unpack};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// A configuration in TOML: what is accepted is written back as itself, and what is not is explained.
pub fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match config::parse("fuzz.toml", &text, &[]) {
        Ok(loaded) => resolved(&loaded.config),
        Err(error) => explained(&error),
    }
}

/// `--set`, one a line.
pub fn overrides(bytes: &[u8]) {
    const TEXT: &str = "seed = 1\n[data]\nsource = 'digits' # small\n[model]\nlayers = [\n  { dense = { units = 4 } }, # first\n  'tanh',\n]\nloss = 'mse'\n[training]\nepochs = 3\nbatch-size = 8\noptimizer = { sgd = { learning-rate = 0.5 } }\n";
    let text = String::from_utf8_lossy(bytes);
    let overrides: Vec<String> = text.lines().map(str::to_owned).collect();
    match config::parse("fuzz.toml", TEXT, &overrides) {
        Ok(loaded) => resolved(&loaded.config),
        Err(error) => explained(&error),
    }
}

fn resolved(config: &config::Config) {
    let written = config.to_toml();
    let again = config::parse("resolved.toml", &written, &[]);
    let again = again.unwrap_or_else(|error| panic!("{written}\n{}", error.render(false)));
    assert_eq!(again.config, *config, "{written}");
}

fn explained(error: &config::ConfigError) {
    assert!(!error.findings().is_empty());
    assert!(!error.render(false).is_empty());
    drop(error.render(true));
}

/// Images and labels in the format of MNIST. The first byte says which, and whether the rest is compressed first.
pub fn idx(bytes: &[u8]) {
    let Some((&how, bytes)) = bytes.split_first() else {
        return;
    };
    let compressed;
    let bytes = if how & 2 == 0 {
        bytes
    } else {
        compressed = gzip(bytes);
        &compressed
    };
    if how & 1 == 0 {
        match idx::parse_images(bytes, "fuzz") {
            Ok((rows, columns, pixels)) => assert!(pixels.len().is_multiple_of(rows * columns)),
            Err(error) => drop((error.to_string(), error.hint())),
        }
    } else if let Err(error) = idx::parse_labels(bytes, "fuzz") {
        drop((error.to_string(), error.hint()));
    }
}

/// A table. The first byte says with which options it is read.
pub fn csv(bytes: &[u8]) {
    let Some((&how, bytes)) = bytes.split_first() else {
        return;
    };
    let is = |bit: u8| how & bit != 0;
    let file = if is(4) {
        scratch("table", &gzip(bytes))
    } else {
        scratch("table", bytes)
    };
    let header = table::header(&file).unwrap_or_default();
    let answer = header.last().cloned().unwrap_or_else(|| "class".to_owned());
    let first = header.first().cloned();
    let loaded = table::load(
        &CsvConfig {
            label: (!is(1)).then(|| answer.clone()),
            target: is(1).then_some(answer),
            ignore: Vec::new(),
            categorical: first.filter(|_| is(8)).into_iter().collect(),
            missing: if is(2) {
                MissingConfig::Mean
            } else {
                MissingConfig::Refuse
            },
            delimiter: is(32).then_some(DelimiterConfig::Comma),
            test_file: is(16).then(|| file.clone()),
            file,
        },
        MemoryLimit::NONE,
        &(),
    );
    match loaded {
        Ok(raw) => assert_eq!(
            raw.samples.values.len(),
            raw.samples.len() * raw.samples.shape.len()
        ),
        Err(error) => drop((error.to_string(), error.hint())),
    }
}

/// A picture of 5 × 4 pixels as a network gets it. The first byte says with how many channels, and how it is scaled.
pub fn image(bytes: &[u8]) {
    let Some((&how, bytes)) = bytes.split_first() else {
        return;
    };
    let scaling = ImageScaling {
        fit: if how & 4 == 0 {
            FitConfig::Stretch
        } else {
            FitConfig::Crop
        },
        filter: if how & 8 == 0 {
            FilterConfig::Triangle
        } else {
            FilterConfig::Nearest
        },
    };
    let preparation = ImagePreparation {
        height: 4,
        width: 5,
        channels: if how & 1 == 0 { 3 } else { 1 },
        resize: (how & 2 == 0).then_some(scaling),
    };
    match image_folder::asked(&scratch("image", bytes), &preparation) {
        Ok(pixels) => assert_eq!(pixels.len(), 20 * preparation.channels),
        Err(reason) => assert!(!reason.is_empty()),
    }
}

/// What the frame of a checkpoint is: all of the bytes, or a header, whose length stands before it, in a frame that is right.
pub fn container(bytes: &[u8]) {
    let Some((&how, bytes)) = bytes.split_first() else {
        return;
    };
    let framed;
    let file = match bytes.split_first_chunk::<2>() {
        Some((length, rest)) if how & 1 == 0 => {
            let length = rest.len().min(u16::from_le_bytes(*length).into());
            let (header, parts) = rest.split_at(length);
            framed = [
                b"brecha checkpoint\n",
                &(length as u64).to_le_bytes()[..],
                &Sha256::digest(header),
                header,
                parts,
            ]
            .concat();
            &framed[..]
        }
        _ => bytes,
    };
    match unpack(file) {
        Ok(parts) => {
            let parts: Vec<(&str, Vec<u8>)> = parts
                .iter()
                .map(|(name, bytes)| (name.as_str(), bytes.to_vec()))
                .collect();
            let again = pack(&parts);
            let again = unpack(&again).expect("the parts");
            assert!(
                again
                    .iter()
                    .map(|(name, bytes)| (name.as_str(), *bytes))
                    .eq(parts.iter().map(|(name, bytes)| (*name, &bytes[..])))
            );
        }
        Err(error) => drop(error.to_string()),
    }
}

/// Weights of another program. The first byte says how they lie, and whether the length of the header is right.
pub fn import(bytes: &[u8]) {
    let Some((&how, bytes)) = bytes.split_first() else {
        return;
    };
    let framed;
    let file = if how & 1 == 0 {
        bytes
    } else {
        // The header ends where no text does.
        let end = bytes.iter().position(|&byte| byte == 0xff);
        let (header, data) = bytes.split_at(end.unwrap_or(bytes.len()));
        let data = data.get(1..).unwrap_or_default();
        framed = [&(header.len() as u64).to_le_bytes(), header, data].concat();
        &framed[..]
    };
    let parameter = |name: &str, shape: &[usize]| Parameter {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values: vec![0.0; shape.iter().product()],
    };
    let wanted = [
        parameter("layers.0.weight", &[2, 3]),
        parameter("layers.0.bias", &[3]),
    ];
    let layout = match how & 6 {
        2 => Some(Layout::PyTorch),
        4 => Some(Layout::Brecha),
        _ => None,
    };
    match brecha::import::import(file, &wanted, layout) {
        Ok(imported) => {
            for (parameter, wanted) in imported.parameters.iter().zip(&wanted) {
                assert_eq!(parameter.shape, wanted.shape);
                assert_eq!(parameter.values.len(), wanted.values.len());
                assert!(parameter.values.iter().all(|value| value.is_finite()));
            }
        }
        Err(error) => drop(error.to_string()),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// A file of this thread with these bytes, in memory where there is a file system for that.
pub(super) fn scratch(name: &str, bytes: &[u8]) -> PathBuf {
    thread_local! {
        static FOLDER: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) };
    }
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| {
            tempfile::tempdir_in("/dev/shm")
                .or_else(|_| tempfile::tempdir())
                .expect("a temporary directory")
        });
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path
    })
}
