//! `brecha config`: is a file right, and what may be in one.

use super::print;
use crate::cli::ConfigCheckArguments;
use crate::config::{self, json_schema};
use crate::error::{Error, ExitCode};
use crate::experiment::points;

/// Checks every file, and every point of its sweep, without touching data or device.
///
/// # Errors
///
/// Those of the first file that is not right, all at once; the others are checked as well.
pub fn check(arguments: &ConfigCheckArguments) -> Result<ExitCode, Error> {
    let mut wrong = None;
    for file in &arguments.files {
        match check_one(file, &arguments.overrides) {
            Ok(count) => {
                let sweep = if count > 1 {
                    format!(", in all {count} points of its sweep")
                } else {
                    String::new()
                };
                print(&format!("{}: nothing is wrong{sweep}\n", file.display()))?;
            }
            Err(error) if wrong.is_none() => wrong = Some(error),
            Err(error) => super::tell(&format!("{error}\n")),
        }
    }
    wrong.map_or(Ok(ExitCode::Success), Err)
}

fn check_one(file: &std::path::Path, overrides: &[String]) -> Result<usize, Error> {
    let loaded = config::load(file, overrides)?;
    let Some(sweep) = loaded.sweep else {
        return Ok(1);
    };
    let points = points(&sweep, loaded.config.seed.unwrap_or(1));
    for point in &points {
        let all: Vec<String> = overrides.iter().cloned().chain(point.overrides()).collect();
        config::load(file, &all)?;
    }
    Ok(points.len())
}

/// Prints the JSON Schema.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn schema() -> Result<ExitCode, Error> {
    print(&format!("{:#}\n", json_schema()))?;
    Ok(ExitCode::Success)
}

/// Prints the reference.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn reference() -> Result<ExitCode, Error> {
    print(&config::reference())?;
    Ok(ExitCode::Success)
}
