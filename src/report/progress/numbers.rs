//! The numbers of an epoch on one line.

use super::{points, thousands};
use crate::generalization::{EpochMeasurement, Glance, Measurement, Score};
use crate::training::EpochRecord;

/// What is shown of an epoch.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    pub(super) measured: EpochMeasurement,
    pub(super) samples_per_second: f64,
}

impl Numbers {
    pub(super) fn of(record: &EpochRecord) -> Self {
        Self {
            measured: record.measurement(),
            samples_per_second: record.samples_per_second,
        }
    }

    /// `loss 0.1234 | 0.1300  accuracy 98.5 % | 97.0 %  gap +1.5 (−0.3 to +3.4)  learned  12,345/s`
    pub(super) fn long(&self, glance: &Glance) -> String {
        let EpochMeasurement {
            train, validation, ..
        } = self.measured;
        let speed = thousands(self.samples_per_second.round() as u64);
        match validation {
            Some(validation) => format!(
                "loss {:.4} | {:.4}  {} | {}  {}  {speed}/s",
                train.loss.mean,
                validation.loss.mean,
                score(train, true),
                score(validation, false),
                self.standing(glance, |gap, word| format!("{gap}  {word}")),
            ),
            None => format!(
                "loss {:.4}  {}  {speed}/s",
                train.loss.mean,
                score(train, true)
            ),
        }
    }

    /// `learned  98.5|97.0 %  gap +1.5 (−0.3 to +3.4)  loss 0.1234|0.1300`: what matters most first, because what is beyond the `room`
    /// is cut off. Where that would be the end of the interval, units and spaces go first.
    pub(super) fn short(&self, glance: &Glance, room: usize) -> String {
        let EpochMeasurement {
            train, validation, ..
        } = self.measured;
        let Some(validation) = validation else {
            return format!("{}  loss {:.4}", score(train, true), train.loss.mean);
        };
        let scores = match (train.score, validation.score) {
            (Score::Accuracy(train), Score::Accuracy(validation)) => format!(
                "{:.1}|{:.1} %",
                100.0 * train.rate(),
                100.0 * validation.rate()
            ),
            _ => format!(
                "{}|{}",
                score(train, true),
                score(validation, false).trim_start()
            ),
        };
        let standing = self.standing(glance, |gap, word| {
            let whole = format!("{word}  {scores}  {gap}");
            if whole.chars().count() <= room {
                return whole;
            }
            let scores = scores.trim_end_matches(" %");
            format!("{word} {scores} {}", gap.trim_start_matches("gap "))
        });
        format!(
            "{standing}  loss {:.4}|{:.4}",
            train.loss.mean, validation.loss.mean
        )
    }

    /// `gap +1.5 (−0.3 to +3.4)` and the verdict so far.
    fn standing(&self, glance: &Glance, put: impl Fn(String, &str) -> String) -> String {
        let standing = glance.at(&self.measured);
        let gap = standing.gap.map_or_else(String::new, |gap| {
            format!(
                "gap {} ({} to {})",
                points(gap.value),
                points(gap.low),
                points(gap.high)
            )
        });
        put(gap, standing.verdict.name())
    }
}

/// `accuracy  98.5 %`, `R²  0.913`, or without the name.
fn score(measurement: Measurement, named: bool) -> String {
    let (name, value) = match measurement.score {
        Score::Accuracy(accuracy) => ("accuracy ", format!("{:5.1} %", 100.0 * accuracy.rate())),
        Score::R2(explained) => ("R² ", format!("{:6.3}", explained.part.mean)),
    };
    format!("{}{value}", if named { name } else { "" })
}
