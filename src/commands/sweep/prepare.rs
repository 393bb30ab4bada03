//! Before any point runs: all of them are checked, and each has its configuration.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::super::tell;
use super::{Begun, folder_name, sweep_name};
use crate::cli::SweepPointsArguments;
use crate::config::{self, Config, ConfigError, Loaded, Sweep};
use crate::data::{Dataset, SampleShape, Split, Task};
use crate::error::Error;
use crate::experiment::layout::{Definition, SWEEP};
use crate::experiment::rows::Outcome;
use crate::experiment::{Layout, Point, points};
use crate::model::Architecture;
use crate::report::{ReportError, RunDirectory};

/// More points than these have to be meant.
const MOST_POINTS: u64 = 10_000;

/// A sweep whose points can run.
pub(super) struct Prepared {
    pub(super) definition: Definition,
    /// Of this process alone, as long as it lives.
    pub(super) folder: RunDirectory,
    pub(super) layout: Layout,
    pub(super) points: Vec<Point>,
    /// Those that are not finished.
    pub(super) missing: Vec<usize>,
    /// The one that takes longest, as far as its shapes tell.
    pub(super) costliest: usize,
}

impl Prepared {
    /// The sweep as its folder says it, and the folder.
    pub(super) fn begun(self) -> (Begun, RunDirectory) {
        let Self {
            definition,
            folder,
            layout,
            points,
            ..
        } = self;
        let begun = Begun {
            definition,
            layout,
            points,
        };
        (begun, folder)
    }

    /// Says how much there is to do.
    pub(super) fn tell(&self) {
        let skipped = self.points.len() - self.missing.len();
        tell(&format!(
            "{} points, {skipped} of them finished before; results in {}\n",
            self.points.len(),
            self.folder.path().display()
        ));
    }
}

/// A sweep whose points are configurations, and nothing of it written yet.
pub(super) struct Checked<'a> {
    arguments: &'a SweepPointsArguments,
    definition: Definition,
    points: Vec<Point>,
    costliest: usize,
}

/// Checks every point.
pub(super) fn check(arguments: &SweepPointsArguments) -> Result<Checked<'_>, Error> {
    let loaded = config::load(&arguments.config, &arguments.overrides)?;
    // A single run is a sweep of one.
    let sweep = loaded.sweep.clone().unwrap_or(Sweep {
        axes: Vec::new(),
        seeds: 1,
    });
    let count = sweep.points();
    if count > MOST_POINTS && !arguments.yes {
        return Err(Error::Arguments {
            message: format!("this sweep has {count} points, more than {MOST_POINTS}"),
            hint: "shorten its lists, or say `--yes` if you mean it".to_owned(),
        });
    }
    check_axes(arguments, &loaded, &sweep)?;
    let first_seed = loaded.config.seed.unwrap_or(1);
    let points = points(&sweep, first_seed);
    Ok(Checked {
        arguments,
        costliest: check_points(arguments, &points)?,
        points,
        definition: Definition {
            name: sweep_name(arguments.name.as_ref(), &arguments.config),
            sweep,
            first_seed,
        },
    })
}

impl Checked<'_> {
    /// The folder of the sweep, for this process alone.
    pub(super) fn folder(&self) -> Result<RunDirectory, Error> {
        let name = folder_name(&self.definition.name);
        Ok(RunDirectory::sole(&self.arguments.artifacts, &name)?)
    }

    /// Writes the configurations into the folder of the sweep.
    pub(super) fn write(self, folder: RunDirectory) -> Result<Prepared, Error> {
        let Self {
            arguments,
            definition,
            points,
            costliest,
        } = self;
        write_if_other(&folder, SWEEP, &definition.to_toml())?;
        let layout = Layout::new(folder.path());
        let mut missing = Vec::new();
        for (number, point) in points.iter().enumerate() {
            let text = configuration(arguments, point)?.config.to_toml();
            write_point(&layout, point, &text)?;
            if !Outcome::of(&layout.runs(point), &point.name, text.as_bytes()).finished() {
                missing.push(number);
            }
        }
        Ok(Prepared {
            definition,
            folder,
            layout,
            points,
            missing,
            costliest,
        })
    }
}

fn write_point(layout: &Layout, point: &Point, text: &str) -> Result<(), Error> {
    let file = layout.configuration(point);
    // Only what has changed is written: others may be reading the rest.
    if fs::read_to_string(&file).is_ok_and(|written| written == text) {
        return Ok(());
    }
    for folder in [layout.configurations(point), layout.runs(point)] {
        fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
    }
    crate::report::run_directory::write_file(&file, text.as_bytes())?;
    Ok(())
}

fn write_if_other(folder: &RunDirectory, file: &str, text: &str) -> Result<(), Error> {
    let path = folder.path().join(file);
    if fs::read_to_string(path).is_ok_and(|written| written == text) {
        return Ok(());
    }
    Ok(folder.write(file, text.as_bytes())?)
}

/// Each value of each key has to make a configuration; if not, the key in `[sweep]` is what is wrong.
fn check_axes(
    arguments: &SweepPointsArguments,
    loaded: &Loaded,
    sweep: &Sweep,
) -> Result<(), Error> {
    for axis in &sweep.axes {
        for value in &axis.values {
            let mut overrides = arguments.overrides.clone();
            overrides.push(format!("{}={value}", axis.key));
            if let Err(error) = config::load(&arguments.config, &overrides) {
                let (message, hint) = first_finding(&error);
                let message = format!("with `{} = {value}`: {message}", axis.key);
                return Err(loaded.source.invalid_axis(axis, message, hint).into());
            }
        }
    }
    Ok(())
}

fn first_finding(error: &ConfigError) -> (String, Option<String>) {
    let finding = error.findings().first();
    finding.map_or_else(
        || (error.to_string(), None),
        |finding| {
            let problem = &finding.problem;
            (problem.message.clone(), problem.hint.clone())
        },
    )
}

fn configuration(arguments: &SweepPointsArguments, point: &Point) -> Result<Loaded, ConfigError> {
    let mut overrides = arguments.overrides.clone();
    overrides.extend(point.overrides());
    config::load(&arguments.config, &overrides)
}

/// What a point's data tells of its costs.
#[derive(Clone, Copy)]
struct Shape {
    sample: SampleShape,
    task: Task,
    /// Samples that are passed forward and back, and those that are measured.
    samples: [usize; 2],
}

/// Every point as a configuration of its own, with data and network checked: nothing is found out after hours. Returns the one that
/// computes most.
fn check_points(arguments: &SweepPointsArguments, points: &[Point]) -> Result<usize, Error> {
    let mut shapes: HashMap<String, Shape> = HashMap::new();
    let mut costliest = (0, 0);
    for (number, point) in points.iter().enumerate() {
        let Loaded { config, source, .. } = configuration(arguments, point)?;
        let data = format!("{:?}", config.data);
        let shape = if let Some(known) = shapes.get(&data) {
            *known
        } else {
            let found = shape(&config, point.seed)?;
            shapes.insert(data, found);
            found
        };
        let misfit = |problem| source.invalid("invalid network", vec![problem]);
        let architecture =
            Architecture::new(&config.model, shape.sample, shape.task).map_err(misfit)?;
        architecture.check_trainable().map_err(misfit)?;
        let [trained, measured] = shape.samples.map(|count| count as u64);
        // A step passes a sample forward once and back twice.
        let cost = architecture
            .multiply_adds()
            .saturating_add(1)
            .saturating_mul(trained.saturating_mul(3).saturating_add(measured))
            .saturating_mul(config.training.epochs as u64);
        if cost > costliest.0 {
            costliest = (cost, number);
        }
    }
    Ok(costliest.1)
}

fn shape(config: &Config, seed: u64) -> Result<Shape, Error> {
    let dataset = Dataset::load(&config.data, config.evaluation.training_samples, seed)?;
    let count = |split| dataset.indices(split).len();
    Ok(Shape {
        sample: dataset.shape(),
        task: dataset.task(),
        samples: [
            count(Split::Train),
            count(Split::MeasuredTrain) + count(Split::Validation),
        ],
    })
}

pub(super) fn failed(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| {
        Error::Report(ReportError::Io {
            action,
            path,
            source,
        })
    }
}
