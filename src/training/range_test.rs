//! Which learning rate the losses of a rising one suggest.

/// One step of the range test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// η
    pub learning_rate: f64,
    /// Of its batch.
    pub loss: f64,
    /// Mean of the losses so far, the last ones counting most: `0.95` of the mean before is kept, and its start at 0 is made up
    /// for as Adam does.
    pub smoothed: f64,
    average: f64,
}

const KEPT: f64 = 0.95;

impl Reading {
    /// The reading after `earlier` ones.
    #[must_use]
    pub fn after(earlier: &[Self], learning_rate: f64, loss: f64) -> Self {
        let before = earlier.last().map_or(0.0, |reading| reading.average);
        let average = KEPT * before + (1.0 - KEPT) * loss;
        let count = i32::try_from(earlier.len() + 1).unwrap_or(i32::MAX);
        Self {
            learning_rate,
            loss,
            smoothed: average / (1.0 - KEPT.powi(count)),
            average,
        }
    }
}

/// Steps over which a slope is measured, to either side.
const HALF_WINDOW: usize = 5;

/// So many steps the smoothed loss lags behind the loss: `0.95 / (1 − 0.95)`, the mean age of what it remembers.
const LAG: usize = 19;

/// A fall below this share of the highest loss is noise.
const LEAST_FALL: f64 = 0.02;

/// The learning rate at which the smoothed loss falls fastest per factor, before its minimum; `None` where it does not fall.
#[must_use]
pub fn suggestion(readings: &[Reading]) -> Option<f64> {
    let finite = readings
        .iter()
        .take_while(|reading| reading.smoothed.is_finite());
    let readings: Vec<&Reading> = finite.collect();
    let lowest = (0..readings.len())
        .min_by(|&a, &b| readings[a].smoothed.total_cmp(&readings[b].smoothed))?;
    let highest = readings[..=lowest]
        .iter()
        .map(|reading| reading.smoothed)
        .fold(f64::NEG_INFINITY, f64::max);
    if highest - readings[lowest].smoothed < LEAST_FALL * highest.abs() {
        return None;
    }
    let slope = |middle: usize| {
        let (first, last) = (
            middle.saturating_sub(HALF_WINDOW),
            (middle + HALF_WINDOW).min(readings.len() - 1),
        );
        let run = (readings[last].learning_rate / readings[first].learning_rate).ln();
        (readings[last].smoothed - readings[first].smoothed) / run
    };
    let steepest = (0..=lowest)
        .map(|middle| (middle, slope(middle)))
        .filter(|(_, slope)| *slope < 0.0)
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(readings[steepest.0.saturating_sub(LAG)].learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The losses of rates from 1e-6 to 10, 20 steps to each factor of ten.
    fn readings(loss: impl Fn(f64) -> f64) -> Vec<Reading> {
        let mut readings = Vec::new();
        for step in 0..=140 {
            let rate = 10_f64.powf(f64::from(step) / 20.0 - 6.0);
            let next = Reading::after(&readings, rate, loss(rate));
            readings.push(next);
        }
        readings
    }

    #[test]
    fn the_steepest_fall_is_suggested() {
        // Falls as a logistic curve around 1e-3, explodes above 0.3.
        let found = suggestion(&readings(|rate| {
            let fallen = 2.0 / (1.0 + (rate / 1e-3).powf(1.5));
            if rate > 0.3 { 100.0 * rate } else { fallen }
        }));
        let rate = found.unwrap();
        // Half a factor of ten to either side.
        assert!((3e-4..3e-3).contains(&rate), "{rate}");
    }

    #[test]
    fn what_does_not_fall_suggests_nothing() {
        assert_eq!(suggestion(&[]), None);
        assert_eq!(suggestion(&readings(|_| 2.3)), None);
        assert_eq!(suggestion(&readings(|rate| 2.3 + rate)), None);
        assert_eq!(suggestion(&readings(|_| f64::NAN)), None);
    }

    #[test]
    fn the_first_smoothed_loss_is_the_loss() {
        let first = Reading::after(&[], 0.1, 3.0);
        assert!((first.smoothed - 3.0).abs() < 1e-12);
        let second = Reading::after(&[first], 0.2, 1.0);
        // (0.95 · 0.15 + 0.05 · 1) / (1 − 0.95²)
        assert!((second.smoothed - 0.1925 / 0.0975).abs() < 1e-12);
    }
}
