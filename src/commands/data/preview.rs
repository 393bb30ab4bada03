//! `brecha data preview`: what augmentation makes of training images, to look at before it trains.

use std::path::PathBuf;

use super::super::plan::{augmentation, draw_seed};
use super::super::reading::Reading;
use super::super::{print, run_name};
use crate::cli::PreviewArguments;
use crate::config::{self, Loaded};
use crate::data::DataError;
use crate::data::augmentation::Visit;
use crate::data::augmentation::seen::seen;
use crate::data::{Dataset, Expected, SampleShape, Split};
use crate::error::{Error, ExitCode};
use crate::report::ReportError;
use crate::report::contact_sheet::augmented::{Row, augmented};
use crate::report::run_directory::write_file;
use crate::report::summary;

/// Loads the data as a run would, and draws training images beside what a run with this seed sees of them in a few epochs.
///
/// # Errors
///
/// The configuration or the data is not as it should be, there is nothing to show, or the picture cannot be written.
pub fn preview(arguments: &PreviewArguments) -> Result<ExitCode, Error> {
    let Loaded { config, source, .. } = config::load(&arguments.config, &arguments.overrides)?;
    let seed = config.seed.unwrap_or_else(draw_seed);
    if config.data.augmentation.is_empty() {
        return Err(Error::Arguments {
            message: format!(
                "`{}` has no `data.augmentation`: training sees the images as they are",
                arguments.config.display()
            ),
            hint: "add, for example, `--set 'data.augmentation=[{ flip = {} }, { shift = { pixels = 2 } }]'`".to_owned(),
        });
    }
    let measured = config.evaluation.training_samples;
    let dataset = Dataset::load_watched(&config.data, measured, seed, &Reading::begin())?;
    let augmentation = augmentation(&config.data, &dataset, &source)?;
    if let SampleShape::Vector { .. } = dataset.shape() {
        return Err(Error::Arguments {
            message: format!(
                "a preview needs images, but a sample of `{}` is {}",
                dataset.name,
                dataset.shape()
            ),
            hint: "`brecha data describe` says what vectors hold".to_owned(),
        });
    }
    let shown = spread(&dataset, arguments.samples);
    let mut rows: Vec<Row> = shown
        .iter()
        .map(|&sample| {
            Ok(Row {
                name: match dataset.samples().targets.at(sample as usize) {
                    Expected::Class(label) => dataset.classes()[usize::from(label)].clone(),
                    Expected::Number(number) => summary::number(number),
                },
                original: dataset.bytes(sample)?.unwrap_or_default(),
                seen: Vec::new(),
            })
        })
        .collect::<Result<_, DataError>>()?;
    let batch_size = config.training.batch_size;
    for epoch in arguments.epoch..arguments.epoch.saturating_add(arguments.epochs) {
        let visit = Visit { seed, epoch };
        let pictures = seen(&dataset, &augmentation, batch_size, visit, &shown)?;
        for (row, picture) in rows.iter_mut().zip(pictures.unwrap_or_default()) {
            row.seen.push(picture);
        }
    }
    let drawn = augmented(
        &rows,
        dataset.shape(),
        dataset.largest_byte(),
        arguments.epoch,
    )
    .map_err(|source| ReportError::Picture {
        file: "the preview",
        source,
    })?;
    let path = arguments
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}-augmented.png", run_name(&arguments.config))));
    write_file(&path, &drawn.unwrap_or_default()).map_err(Error::output("--out"))?;
    print(&format!(
        "{}: {} training images of {}, as they are and as epochs {} to {} of a run with seed {seed} see them\n",
        path.display(),
        rows.len(),
        dataset.name,
        arguments.epoch,
        arguments.epoch.saturating_add(arguments.epochs - 1),
    ))?;
    Ok(ExitCode::Success)
}

/// So many training samples, of each class in turn.
fn spread(dataset: &Dataset, count: usize) -> Vec<u32> {
    // Numbers are of one kind, as they come.
    let mut of_classes = vec![Vec::new(); dataset.classes().len().max(1)];
    for &sample in dataset.indices(Split::Train) {
        let class = match dataset.samples().targets.at(sample as usize) {
            Expected::Class(label) => usize::from(label),
            Expected::Number(_) => 0,
        };
        of_classes[class].push(sample);
    }
    let longest = of_classes.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn = (0..longest).flat_map(|place| {
        let classes = of_classes.iter();
        classes.filter_map(move |samples| samples.get(place).copied())
    });
    in_turn.take(count).collect()
}
