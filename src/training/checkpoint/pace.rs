//! When a checkpoint is worth what it costs.

use std::time::{Duration, Instant};

use crate::config::CheckpointEveryConfig;

/// Of the time that a run takes, at most this share goes into checkpoints that nobody asked for.
const SHARE: f64 = 0.01;

/// Within an epoch, where the configuration says nothing.
const WITHIN_AN_EPOCH: Duration = Duration::from_mins(1);

/// What a checkpoint takes before one has been written.
const GUESS: Duration = Duration::from_millis(20);

/// Watches the time.
#[derive(Clone, Debug)]
pub struct Pace {
    every: Option<CheckpointEveryConfig>,
    began: Instant,
    last: Instant,
    /// Steps since the last one.
    steps: usize,
    /// What the last one took of this thread.
    latest: Duration,
    /// All of them.
    spent: Duration,
}

impl Pace {
    /// From now on.
    #[must_use]
    pub fn new(every: Option<CheckpointEveryConfig>) -> Self {
        let now = Instant::now();
        Self {
            every,
            began: now,
            last: now,
            steps: 0,
            latest: GUESS,
            spent: Duration::ZERO,
        }
    }

    /// Whether one is due behind a step within an epoch, where others have spent so long on writing the earlier ones; `None` while
    /// they are still at it.
    pub fn after_step(&mut self, writing: Option<Duration>) -> bool {
        self.steps += 1;
        match self.every {
            Some(CheckpointEveryConfig::Steps(steps)) => self.steps >= steps,
            Some(CheckpointEveryConfig::Seconds(seconds)) => {
                writing.is_some() && self.last.elapsed().as_secs_f64() >= seconds
            }
            None => self.last.elapsed() >= WITHIN_AN_EPOCH && self.is_cheap(writing),
        }
    }

    /// Likewise behind the last step of an epoch, and its measurement.
    pub fn after_epoch(&mut self, writing: Option<Duration>) -> bool {
        let is_cheap = self.is_cheap(writing);
        // What was asked for is asked for here too: of a run with one step an epoch, there is nothing within one.
        self.after_step(writing) || is_cheap
    }

    /// One was taken, which kept this thread so long.
    pub fn taken(&mut self, began: Instant) {
        let took = began.elapsed();
        self.last = Instant::now();
        self.steps = 0;
        self.latest = took;
        self.spent += took;
    }

    fn is_cheap(&self, writing: Option<Duration>) -> bool {
        let Some(writing) = writing else {
            return false;
        };
        // Writing goes on beside training, but on few cores it takes from it all the same.
        let next = self.latest.max(GUESS);
        let spent = self.spent + writing + next;
        spent.as_secs_f64() <= SHARE * self.began.elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(every: Option<CheckpointEveryConfig>, ago: f64) -> Pace {
        let then = Instant::now()
            .checked_sub(Duration::from_secs_f64(ago))
            .unwrap_or_else(Instant::now);
        Pace {
            began: then,
            last: then,
            ..Pace::new(every)
        }
    }

    #[test]
    fn what_nobody_asked_for_stays_cheap() {
        let written = |milliseconds| Some(Duration::from_millis(milliseconds));
        // 20 ms are guessed.
        assert!(!pace(None, 1.9).after_epoch(written(0)));
        assert!(pace(None, 2.1).after_epoch(written(0)));
        assert!(!pace(None, 2.1).after_epoch(written(2)));
        assert!(!pace(None, 2.1).after_epoch(None), "one is being written");
        assert!(!pace(None, 59.0).after_step(written(0)));
        assert!(pace(None, 61.0).after_step(written(0)));
        assert!(!pace(None, 61.0).after_step(written(600)));
    }

    #[test]
    fn what_was_asked_for_is_done() {
        let mut every_three = pace(Some(CheckpointEveryConfig::Steps(3)), 0.0);
        let due: Vec<bool> = (0..4).map(|_| every_three.after_step(None)).collect();
        assert_eq!(due, [false, false, true, true]);
        every_three.taken(Instant::now());
        assert!(!every_three.after_step(None));
        assert!(!every_three.after_epoch(None));
        assert!(
            every_three.after_epoch(None),
            "the last steps of epochs count"
        );
        let seconds = Some(CheckpointEveryConfig::Seconds(0.5));
        let much = Some(Duration::from_secs(9));
        assert!(!pace(seconds, 0.4).after_step(much));
        assert!(pace(seconds, 0.6).after_step(much));
        assert!(!pace(seconds, 0.6).after_step(None));
    }
}
