//! `evaluate --data`: samples that the run has never seen, with their answers, from a table or a folder.
//!
//! A table has the columns of training, the answers among them. Of images, the folder that a file lies in is its class. Unlike
//! `predict`, this leaves nothing out: a score without the samples that could not be read would be a score of other data.

use std::path::{Path, PathBuf};

use super::super::predict::{content_of, decode, pixel_scale, preparation, samples_at_once};
use crate::backend;
use crate::data::image_folder::error::FolderError;
use crate::data::preparation::{ImagePreparation, Preparation, TablePreparation};
use crate::data::targets::{Answers, Meaning, Targets};
use crate::data::{DataError, HostBatch, image_folder, table};
use crate::error::Error;
use crate::evaluation::{Measured, measure_batches};
use crate::report::saved_model::SavedModel;

/// Samples as the network measured them.
pub(super) struct Given {
    pub(super) measured: Measured,
    /// In the target's own unit.
    pub(super) expected: Targets,
    /// `FILE:ROW`, or the image's path.
    pub(super) names: Vec<String>,
}

/// Measures the network of a run on `path`.
pub(super) fn given(model: &SavedModel, path: &Path) -> Result<Given, Error> {
    let backend = backend::open(&model.config.backend)?;
    let network = model.network(&backend.device)?;
    let shape = model.architecture.input;
    let source = match preparation(model) {
        Preparation::Table(preparation) => Source::rows(model, path, &preparation)?,
        Preparation::Image(preparation) => Source::images(model, path, preparation)?,
    };
    let count = source.expected.len();
    let size = samples_at_once(shape);
    let batches = (0..count).step_by(size).map(|first| {
        let range = first..count.min(first + size);
        let places: Vec<u32> = range.clone().map(|place| place as u32).collect();
        let raw = source.raw(model, range)?;
        Ok(HostBatch {
            inputs: model.normalised(&raw),
            targets: model.answers.compared(source.expected.select(&places)),
        })
    });
    let measured = measure_batches::<Error>(&network, shape, batches, &backend.device)?;
    let measured = measured.ok_or_else(|| Error::Arguments {
        message: format!("`{}` holds no sample", path.display()),
        hint: "give a table with at least one row, or a folder with a folder of images per class"
            .to_owned(),
    })?;
    Ok(Given {
        measured,
        expected: source.expected,
        names: source.names,
    })
}

/// Where raw values come from.
enum Values {
    /// All rows.
    Rows(Vec<f32>),
    /// Decoded when asked for.
    Images(Vec<PathBuf>, ImagePreparation),
}

struct Source {
    values: Values,
    expected: Targets,
    names: Vec<String>,
}

impl Source {
    fn rows(
        model: &SavedModel,
        path: &Path,
        preparation: &TablePreparation,
    ) -> Result<Self, Error> {
        if preparation.label.is_empty() {
            return Err(Error::Arguments {
                message: "the points of this run were drawn: no column of a table is known to hold their classes".to_owned(),
                hint: "`brecha predict` answers tables with the columns `x1`, `x2`, …".to_owned(),
            });
        }
        let file = path.display().to_string();
        let meaning = match &model.answers {
            Answers::Classes(names) => Meaning::Classes(names.clone()),
            Answers::Number(target) => Meaning::Number(target.name.clone()),
        };
        let (values, expected) = table::answered(&file, content_of(path)?, preparation, meaning)?;
        Ok(Self {
            values: Values::Rows(values),
            names: (1..=expected.len())
                .map(|row| format!("{file}:{row}"))
                .collect(),
            expected,
        })
    }

    fn images(
        model: &SavedModel,
        path: &Path,
        preparation: ImagePreparation,
    ) -> Result<Self, Error> {
        let files = image_folder::files(path).map_err(|reason| DataError::Read {
            file: path.display().to_string(),
            reason,
        })?;
        let label = |file: &PathBuf| {
            let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
            let class = folder.to_string_lossy();
            let names = model.answers.classes().iter();
            let label = names.zip(0..=u8::MAX).find(|(name, _)| **name == class);
            label.map(|(_, label)| label).ok_or_else(|| {
                DataError::from(FolderError::NoSuchClass {
                    file: file.display().to_string(),
                    folder: class.into_owned(),
                    classes: model.answers.classes().to_vec(),
                })
            })
        };
        let labels = files.iter().map(label).collect::<Result<Vec<u8>, _>>()?;
        Ok(Self {
            expected: Targets::from(labels),
            names: files
                .iter()
                .map(|file| file.display().to_string())
                .collect(),
            values: Values::Images(files, preparation),
        })
    }

    /// Before normalisation.
    fn raw(&self, model: &SavedModel, range: std::ops::Range<usize>) -> Result<Vec<f32>, Error> {
        match &self.values {
            Values::Rows(values) => {
                let width = model.architecture.input.len();
                Ok(values[range.start * width..range.end * width].to_vec())
            }
            Values::Images(files, preparation) => {
                let files = &files[range];
                let mut raw = Vec::new();
                for (path, pixels) in files.iter().zip(decode(files, preparation)) {
                    let pixels = pixels.map_err(|reason| {
                        DataError::from(FolderError::Unusable {
                            count: 1,
                            total: self.names.len(),
                            examples: vec![format!("`{}`: {reason}", path.display())],
                        })
                    })?;
                    let scale = pixel_scale(model);
                    raw.extend(pixels.into_iter().map(|pixel| scale * f32::from(pixel)));
                }
                Ok(raw)
            }
        }
    }
}
