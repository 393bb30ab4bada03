//! `brecha compare`: several runs on one page.

use std::fs;
use std::path::{Path, PathBuf};

use super::{print, run_name};
use crate::cli::CompareArguments;
use crate::error::{Error, ExitCode};
use crate::report::page;
use crate::report::run_directory::write_file;

/// Writes the page, and says where it lies.
///
/// # Errors
///
/// A folder is no run or given twice, or the page cannot be written.
pub fn run(arguments: &CompareArguments) -> Result<ExitCode, Error> {
    check(&arguments.runs)?;
    let html = page::comparison(&arguments.runs)?;
    let path = arguments
        .output
        .clone()
        .unwrap_or_else(|| file_name(&arguments.runs));
    write_file(&path, html.as_bytes()).map_err(Error::output("--output"))?;
    print(&format!("{}\n", path.display()))?;
    Ok(ExitCode::Success)
}

/// A run compared with itself would be twice in every mean, and equal to itself in every test.
fn check(runs: &[PathBuf]) -> Result<(), Error> {
    let place = |run: &PathBuf| fs::canonicalize(run).unwrap_or_else(|_| run.clone());
    for (number, run) in runs.iter().enumerate() {
        if runs[..number]
            .iter()
            .any(|other| place(other) == place(run))
        {
            return Err(Error::Arguments {
                message: format!("`{}` is given twice", run.display()),
                hint: "give each run once".to_owned(),
            });
        }
    }
    Ok(())
}

/// In the folder in which the command is given: the folder of the runs holds runs and nothing else. Named after the runs, so that
/// another comparison does not replace this one, and the same one does.
fn file_name(runs: &[PathBuf]) -> PathBuf {
    let short = |run: &PathBuf| -> String {
        let called = run.file_name().map_or(run.as_path(), Path::new);
        // Its dots belong to the name: there is no extension.
        let name = run_name(Path::new(&format!("{}.", called.display())));
        name.chars().take(60).collect()
    };
    match runs {
        [one, other] => format!("{}-and-{}.html", short(one), short(other)),
        [first, others @ ..] => format!("{}-and-{}-others.html", short(first), others.len()),
        [] => "comparison.html".to_owned(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_after_its_runs() {
        let named = |runs: &[&str]| {
            let runs: Vec<PathBuf> = runs.iter().map(PathBuf::from).collect();
            file_name(&runs).display().to_string()
        };
        assert_eq!(
            named(&["artifacts/xor", "artifacts/xor-2/"]),
            "xor-and-xor-2.html"
        );
        assert_eq!(named(&["a/v1.5", "b", "c"]), "v1.5-and-2-others.html");
        assert_eq!(named(&["a b<c>", "ö"]), "a-b-c--and-ö.html");
        let long = "x".repeat(300);
        assert!(named(&[&long, &long]).len() < 200);
    }
}
