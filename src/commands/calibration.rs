//! `brecha calibration`: how often the judge is wrong, computed anew.

use super::{print, show, tell};
use crate::cli::CalibrationArguments;
use crate::error::{Error, ExitCode};
use crate::generalization::simulation::{
    coverage, false_verdicts, loss_coverage, memorising, plateaus, power, square_coverage,
};
use crate::random::{Purpose, generator};
use crate::report::calibration::{Calibration, tables};

/// Computes and prints the tables.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn run(arguments: &CalibrationArguments) -> Result<ExitCode, Error> {
    tell("about half a minute …\n");
    let draws = |part| generator(arguments.seed, Purpose::Calibration, 0, part);
    let tolerance = arguments.tolerance;
    let calibration = Calibration {
        tolerance,
        coverage: coverage(),
        false_verdicts: false_verdicts(tolerance),
        power: power(tolerance),
        loss_coverage: loss_coverage(&mut draws(0)),
        squared_losses: square_coverage(tolerance, &mut draws(3)),
        plateaus: plateaus(tolerance, &mut draws(1)),
        memorising: memorising(&mut draws(2)),
    };
    if arguments.json {
        // Finite numbers only: nothing that JSON cannot hold.
        let json = serde_json::to_string_pretty(&calibration).unwrap_or_default();
        print(&format!("{json}\n"))?;
    } else {
        show(&tables(&calibration))?;
    }
    Ok(ExitCode::Success)
}
