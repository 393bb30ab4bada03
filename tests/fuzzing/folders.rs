//! What is given bytes as a file of a run's folder: functions that must return, whatever the bytes are.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use brecha::config;
use brecha::data::{SampleShape, Task};
use brecha::model::Architecture;
use brecha::report::reading::RunFolder;
use brecha::report::saved_model::SavedModel;
use brecha::training::checkpoint::container::{pack, unpack};
use brecha::training::checkpoint::encoding::{decode, encode};

use super::readers::scratch;
use crate::program::{Program, SMALL};

/// A run that has come to its end, with its folder.
pub(super) struct Run {
    program: Program,
}

/// One for all, of a network of nine weights with all that can be remembered of it.
pub(super) static RUN: LazyLock<Run> = LazyLock::new(|| {
    let text = SMALL.replace("sgd = { learning-rate = 0.5 }", "adam = {}");
    let program =
        Program::with_config(&text.replace("\"full\"", "5\ncheckpoint-every = { steps = 1 }"));
    program.train(&["--no-report"]).succeeds();
    Run { program }
});

impl Run {
    pub(super) fn path(&self) -> std::path::PathBuf {
        self.program.path("artifacts/config")
    }

    pub(super) fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    /// The newest one.
    pub(super) fn checkpoint(&self) -> Vec<u8> {
        let entries = fs::read_dir(self.path().join("checkpoints")).unwrap();
        let newest = entries.map(|entry| entry.unwrap().path()).max().unwrap();
        fs::read(newest).unwrap()
    }
}

/// Parts of a checkpoint that are not what they were, in a frame with the digests that belong to them. The first byte says which.
pub(super) fn checkpoint(bytes: &[u8]) {
    static PARTS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
        let file = RUN.checkpoint();
        let parts = unpack(&file).unwrap().into_iter();
        parts.map(|(name, bytes)| (name, bytes.to_vec())).collect()
    });
    let Some((&how, bytes)) = bytes.split_first() else {
        return;
    };
    let changed = usize::from(how) % PARTS.len();
    let parts = PARTS.iter().enumerate().map(|(place, (name, part))| {
        let content = if place == changed { bytes } else { part };
        (name.as_str(), content.to_vec())
    });
    match decode(&pack(&parts.collect::<Vec<_>>())) {
        Ok((origin, checkpoint)) => {
            // What was read is written back, and is the same once more: bytes are compared, because NaN is not NaN.
            let written = encode(&origin, &checkpoint).unwrap();
            let (origin, again) = decode(&written).unwrap();
            assert!(encode(&origin, &again).unwrap() == written);
        }
        Err(error) => drop(error.to_string()),
    }
}

/// Good inputs of [`checkpoint`].
pub(super) fn checkpoint_parts() -> Vec<Vec<u8>> {
    let file = RUN.checkpoint();
    let parts = unpack(&file).unwrap().into_iter().zip(0_u8..);
    parts
        .map(|((_, bytes), place)| [&[place], bytes].concat())
        .collect()
}

/// The shapes of a network from its configuration, for some inputs.
pub(super) fn architecture(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(loaded) = config::parse("fuzz.toml", &text, &[]) else {
        return;
    };
    let inputs = [
        SampleShape::Vector { features: 2 },
        SampleShape::Image {
            channels: 3,
            height: 28,
            width: 27,
        },
        SampleShape::Vector {
            features: usize::MAX,
        },
    ];
    for input in inputs {
        for task in [
            Task::Classification { classes: 10 },
            Task::Classification { classes: 2 },
            Task::Regression,
        ] {
            match Architecture::new(&loaded.config.model, input, task) {
                Ok(architecture) => {
                    assert!(
                        architecture.parameters()
                            <= brecha::model::architecture::MAXIMUM_PARAMETERS
                    );
                    let _ = architecture.multiply_adds();
                }
                Err(problem) => assert!(!problem.message.is_empty()),
            }
        }
    }
}

/// `metrics.jsonl`
pub(super) fn metrics(bytes: &[u8]) {
    let path = scratch("metrics.jsonl", bytes);
    match RunFolder::new(path.parent().unwrap()).rows() {
        Ok(rows) => {
            for row in rows {
                let _ = row.curve_point();
                let _ = row.train(7);
                let _ = row.validation(7);
                let _ = row.since_best(7, 7);
            }
        }
        Err(error) => drop(error.to_string()),
    }
}

/// `run.json`
pub(super) fn record(bytes: &[u8]) {
    let path = scratch("run.json", bytes);
    if let Err(error) = RunFolder::new(path.parent().unwrap()).record() {
        drop(error.to_string());
    }
}

/// `gradients.csv`
pub(super) fn gradients(bytes: &[u8]) {
    let path = scratch("gradients.csv", bytes);
    if let Err(error) = RunFolder::new(path.parent().unwrap()).gradients() {
        drop(error.to_string());
    }
}

const SAVED: [&str; 3] = ["model.json", "model.safetensors", "config.toml"];

/// A trained network, one file of which is not what it was. The first byte says which.
pub(super) fn saved_model(bytes: &[u8]) {
    let Some((&how, bytes)) = bytes.split_first() else {
        return;
    };
    let changed = SAVED[usize::from(how) % SAVED.len()];
    let mut folder = std::path::PathBuf::new();
    for file in SAVED {
        static GOOD: LazyLock<Vec<Vec<u8>>> =
            LazyLock::new(|| SAVED.map(|file| RUN.file(file)).to_vec());
        let place = SAVED.iter().position(|other| *other == file).unwrap();
        let content = if file == changed { bytes } else { &GOOD[place] };
        folder = scratch(file, content);
    }
    match SavedModel::open(folder.parent().unwrap_or(Path::new(""))) {
        Ok(model) => {
            let raw = vec![0.5; model.architecture.input.len().min(1000)];
            assert_eq!(model.normalised(&raw).len(), raw.len());
        }
        Err(error) => drop(error.to_string()),
    }
}

/// Good inputs of [`saved_model`].
pub(super) fn saved_files() -> Vec<Vec<u8>> {
    SAVED
        .iter()
        .zip(0_u8..)
        .map(|(file, place)| [vec![place], RUN.file(file)].concat())
        .collect()
}
