//! `sweep.csv` and the pictures, from what the runs say of themselves.

use std::borrow::Borrow;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{Begun, Ran};
use crate::cli::SweepFolderArguments;
use crate::error::{Error, ExitCode};
use crate::experiment::rows::{COLUMNS, Outcome, Row};
use crate::experiment::{Layout, Point};
use crate::report::{ReportError, RunDirectory};

/// Read at once before they are written.
const CHUNK: usize = 1_000;

/// Of a chunk, at once: on a file system of a network, most of the time is waiting.
const READERS: usize = 8;

/// Another collector, or a submission, has the folder for as long at most.
const PATIENCE: Duration = Duration::from_mins(1);

/// Collects a sweep that was begun, however far it is.
pub(super) fn run(arguments: &SweepFolderArguments) -> Result<ExitCode, Error> {
    let begun = Begun::open(arguments)?;
    let folder = sole(&begun.layout)?;
    let ran = collected(begun, folder)?;
    ran.tell_unfinished("");
    ran.present()?;
    Ok(ran.code)
}

/// What became of the points, with the table written. The exit code is 1 where some are not finished.
pub(super) fn collected(begun: Begun, folder: RunDirectory) -> Result<Ran, Error> {
    let Begun {
        definition,
        layout,
        points,
    } = begun;
    let rows = table(&folder, &layout, points)?;
    Ok(Ran {
        code: match Ran::unfinished(&rows) {
            0 => ExitCode::Success,
            _ => ExitCode::CheckFailed,
        },
        name: definition.name,
        folder,
        sweep: definition.sweep,
        rows,
    })
}

/// The folder for this process alone, as soon as another has done with it.
pub(super) fn sole(layout: &Layout) -> Result<RunDirectory, Error> {
    let began = Instant::now();
    loop {
        match RunDirectory::resume(layout.folder()) {
            Err(ReportError::Locked { .. }) if began.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(200));
            }
            result => return Ok(result?),
        }
    }
}

/// Writes `sweep.csv`, a row as soon as it is read, and returns the rows without what the pictures do not need.
fn table(folder: &RunDirectory, layout: &Layout, points: Vec<Point>) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::with_capacity(points.len());
    folder.stream("sweep.csv", |file| write(file, layout, points, &mut rows))?;
    Ok(rows)
}

fn write(
    file: &mut dyn Write,
    layout: &Layout,
    points: Vec<Point>,
    rows: &mut Vec<Row>,
) -> Result<(), Error> {
    let encode = |error: csv::Error| {
        Error::Report(ReportError::Encode {
            path: PathBuf::from("sweep.csv"),
            reason: error.to_string(),
        })
    };
    let mut writer = csv::Writer::from_writer(file);
    let keys = points.first().map_or(&[][..], |point| &point.values);
    let header: Vec<&str> = keys
        .iter()
        .map(|(key, _)| key.as_str())
        .chain(COLUMNS)
        .collect();
    writer.write_record(&header).map_err(encode)?;
    let mut points = points.into_iter();
    loop {
        let chunk: Vec<Point> = points.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        let outcomes = read(layout, &chunk);
        for (point, outcome) in chunk.into_iter().zip(outcomes) {
            let row = Row { point, outcome };
            writer.write_record(row.cells()).map_err(encode)?;
            rows.push(row);
        }
    }
    writer.flush().map_err(|error| encode(error.into()))
}

/// What became of these points, in their order.
pub(super) fn read(layout: &Layout, points: &[impl Borrow<Point> + Sync]) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::default(); points.len()];
    let share = points.len().div_ceil(READERS).max(1);
    std::thread::scope(|scope| {
        for (points, outcomes) in points.chunks(share).zip(outcomes.chunks_mut(share)) {
            scope.spawn(move || {
                for (point, outcome) in points.iter().zip(outcomes) {
                    *outcome = Outcome::read(point.borrow(), layout);
                }
            });
        }
    });
    outcomes
}
