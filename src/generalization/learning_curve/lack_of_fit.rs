//! Do the measurements contradict the law?
//!
//! Not every learning curve is a power law: some peak, dip or fall in a step (Viering and Loog 2021, section 6). The
//! classical answer is Fisher's F: what the law leaves of the mean curve, against the pure error that the replicates
//! show in the same directions (Draper and Smith 1998, Applied Regression Analysis, section 2.1). As in
//! `measurements.rs`, the pure error has two sources, seeds and validation samples.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::Quantity;
use super::directions::residual;
use super::measurements::Measurements;
use super::power_law::Law;

/// The chance that the replicates of a true power law leave as much as these. One where nothing can be tested.
pub(super) fn probability(
    measured: &Measurements,
    quantity: Quantity,
    weights: &[f64],
    law: Law,
) -> f64 {
    let power = measured
        .sizes
        .iter()
        .map(|size| (size / law.unit).powf(-law.exponent))
        .collect::<Vec<_>>();
    let slope = measured
        .sizes
        .iter()
        .zip(&power)
        .map(|(size, power)| size.ln() * power)
        .collect::<Vec<_>>();
    let one = vec![1.0; power.len()];
    // A floor at its bound of zero is no free parameter.
    let tangent: Vec<&[f64]> = if quantity.has_floor() && law.floor > 0.0 {
        vec![&one, &power, &slope]
    } else {
        vec![&power, &slope]
    };
    let rank = measured.sizes.len() as f64 - tangent.len() as f64;
    let width = measured.sizes.len();
    // Row i: √wᵢ times the i-th residual, as a combination of the mean curve.
    let columns = (0..width)
        .map(|at| {
            let mut unit = vec![0.0; width];
            unit[at] = 1.0;
            residual(&unit, &tangent, weights)
        })
        .collect::<Vec<_>>();
    let rows = (0..width)
        .map(|row| {
            columns
                .iter()
                .map(|column| column[row] * weights[row].sqrt())
                .collect::<Vec<_>>()
        })
        .collect::<Vec<_>>();
    let (variance, freedom) = measured.variances(&rows, rank);
    if rank < 1.0 || variance <= 0.0 {
        return 1.0;
    }
    FisherSnedecor::new(rank, freedom.max(1.0))
        .map_or(1.0, |distribution| distribution.sf(law.squares / variance))
}
