//! When to stop before the last epoch (Prechelt 1998, "Early stopping – but when?").

use crate::config::EarlyStoppingConfig;

/// Watches validation losses go by.
#[derive(Clone, Debug)]
pub struct Stopping {
    config: EarlyStoppingConfig,
    /// The lowest loss that counted, and its epoch.
    best: Option<(usize, f64)>,
    /// What the latest epoch said.
    stops: bool,
}

impl Stopping {
    /// Has seen nothing yet.
    #[must_use]
    pub fn new(config: EarlyStoppingConfig) -> Self {
        Self {
            config,
            best: None,
            stops: false,
        }
    }

    /// Takes in an epoch's validation loss; whether training should stop after it.
    pub fn after(&mut self, epoch: usize, loss: f64) -> bool {
        let needed = self.config.minimum_improvement;
        match self.best {
            Some((_, best)) if loss >= best - needed || loss.is_nan() => {}
            _ => self.best = Some((epoch, loss)),
        }
        let since = self.best.map_or(epoch, |(best, _)| best);
        self.stops = epoch > self.config.warm_up && epoch - since >= self.config.patience;
        self.stops
    }

    /// Whether training should stop after the latest epoch.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.stops
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The epoch after which these losses stop.
    fn stops(
        patience: usize,
        minimum_improvement: f64,
        warm_up: usize,
        losses: &[f64],
    ) -> Option<usize> {
        let mut stopping = Stopping::new(EarlyStoppingConfig {
            patience,
            minimum_improvement,
            warm_up,
        });
        (1..=losses.len()).find(|&epoch| stopping.after(epoch, losses[epoch - 1]))
    }

    #[test]
    fn it_stops_when_patience_is_over() {
        let losses = [1.0, 0.8, 0.9, 0.7, 0.75, 0.7, 0.71, 0.9];
        assert_eq!(stops(1, 0.0, 0, &losses), Some(3));
        assert_eq!(stops(2, 0.0, 0, &losses), Some(6), "equal is not lower");
        assert_eq!(stops(4, 0.0, 0, &losses), Some(8));
        assert_eq!(stops(5, 0.0, 0, &losses), None);
        assert_eq!(stops(1, 0.0, 5, &losses), Some(6), "not in the warm-up");
        // 0.7 is lower than 0.8 by less than 0.15.
        assert_eq!(stops(3, 0.15, 0, &losses), Some(5));
        assert_eq!(stops(1, 0.0, 0, &[f64::NAN, 1.0, f64::NAN]), Some(3));
    }
}
