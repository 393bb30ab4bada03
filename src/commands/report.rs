//! `brecha report`: the page of a run, and its pictures where its data is still there.

use std::path::Path;

use super::illustrate::Seen;
use super::said::Said;
use super::trained::Trained;
use super::{print, tell};
use crate::cli::ReportArguments;
use crate::error::{Error, ExitCode};
use crate::report::reading::RunFolder;
use crate::report::run_directory::write_file;
use crate::report::{RunDirectory, page};

/// Writes a page for each run, and says where it lies.
///
/// # Errors
///
/// A folder is no run, or cannot be written to.
pub fn run(arguments: &ReportArguments) -> Result<ExitCode, Error> {
    if arguments.output.is_some() && arguments.runs.len() > 1 {
        return Err(Error::Arguments {
            message: format!(
                "`--output` is one file, and {} runs are given",
                arguments.runs.len()
            ),
            hint: "leave it out: each run's page is then written to its own folder".to_owned(),
        });
    }
    for run in &arguments.runs {
        // What is no run is said before anything is read or drawn.
        RunFolder::new(run).record()?;
        if arguments.output.is_none()
            && let Err(error) = draw(run)
        {
            tell(&format!(
                "warning: the pictures of `{}` are not drawn anew: {error}\n",
                run.display()
            ));
        }
        let html = page::html(run)?;
        let path = arguments
            .output
            .clone()
            .unwrap_or_else(|| run.join(page::FILE));
        write_file(&path, html.as_bytes()).map_err(Error::output("--output"))?;
        print(&format!("{}\n", path.display()))?;
    }
    Ok(ExitCode::Success)
}

/// The pictures of the kept network. Those of the epochs on the way to it stay as they are: their weights are not kept.
fn draw(path: &Path) -> Result<(), Error> {
    let folder = RunFolder::new(path);
    let Trained {
        record,
        plan,
        network,
    } = Trained::open(&folder)?;
    let history = folder.rows()?;
    let judgement = &record["result"]["judgement"];
    let word = |key: &serde_json::Value| key.as_str().unwrap_or_default().to_owned();
    Seen {
        plan: &plan,
        network: &network,
        epoch: record["epochs"]["best"].as_u64().unwrap_or(0) as usize,
        verdict: &format!(
            "{}: {}",
            word(&judgement["verdict"]["name"]),
            word(&judgement["reason"])
        ),
        said: &Said::of(&plan, &network)?,
        history: &history,
        frames: &[],
    }
    .illustrate(&RunDirectory::open(path)?)
}
