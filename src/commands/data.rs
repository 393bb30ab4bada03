//! `brecha data describe`: what the data is, before anything is trained on it.

pub mod preview;

use std::path::Path;

use serde::Serialize;

use super::plan::draw_seed;
use super::reading::Reading;
use super::train::leaks;
use super::{print, show, tell};
use crate::cli::DescribeArguments;
use crate::config::{self, LeakageConfig, Loaded};
use crate::data::Dataset;
use crate::data::description::Description;
use crate::error::{Error, ExitCode};
use crate::generalization::leakage::Leakage;
use crate::report::contact_sheet::{ContactSheetError, contact_sheet};
use crate::report::run_directory::write_file;
use crate::report::{ReportError, description, summary};

/// What `--json` prints.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer<'a> {
    #[serde(flatten)]
    description: &'a Description,
    /// As in `run.json`; absent where `data.leakage` is `"off"`.
    leakage: Option<&'a Leakage>,
}

/// Loads the data as a run would, and says what it holds. The network need not fit.
///
/// # Errors
///
/// The configuration or the data is not as it should be, or the contact sheet cannot be written.
pub fn describe(arguments: &DescribeArguments) -> Result<ExitCode, Error> {
    let Loaded { config, .. } = config::load(&arguments.config, &arguments.overrides)?;
    let seed = config.seed.unwrap_or_else(draw_seed);
    let measured = config.evaluation.training_samples;
    let dataset = Dataset::load_watched(&config.data, measured, seed, &Reading::begin())?;
    if let Some(path) = &arguments.contact_sheet {
        draw(&dataset, path, arguments.samples)?;
    }
    let described = Description::new(&dataset)?;
    let leakage = match config.data.leakage {
        LeakageConfig::Off => None,
        LeakageConfig::Warn | LeakageConfig::Error => leaks::find_in(&dataset)?,
    };
    if arguments.json {
        let answer = Answer {
            description: &described,
            leakage: leakage.as_ref(),
        };
        // Finite numbers only: nothing that JSON cannot hold.
        let json = serde_json::to_string_pretty(&answer).unwrap_or_default();
        print(&format!("{json}\n"))?;
    } else {
        let findings = leakage.as_ref().map(leaks::all_findings);
        show(&description::text(
            &described,
            &summary::data_line(&dataset),
            findings.as_deref(),
        ))?;
    }
    Ok(ExitCode::Success)
}

fn draw(dataset: &Dataset, path: &Path, per_class: usize) -> Result<(), Error> {
    let drawn = contact_sheet(dataset, per_class).map_err(|error| match error {
        ContactSheetError::Data(error) => Error::Data(error),
        ContactSheetError::Picture(source) => Error::Report(ReportError::Picture {
            file: "the contact sheet",
            source,
        }),
    })?;
    let Some(picture) = drawn else {
        return Err(Error::Arguments {
            message: format!(
                "`--contact-sheet` needs images, but a sample of `{}` is {}",
                dataset.name,
                dataset.shape()
            ),
            hint: "leave it out: the table of raw values says what vectors hold".to_owned(),
        });
    };
    write_file(path, &picture).map_err(Error::output("--contact-sheet"))?;
    tell(&format!("contact sheet {}\n", path.display()));
    Ok(())
}
