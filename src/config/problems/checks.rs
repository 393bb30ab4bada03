//! What a value may be, and how it is said that it is not.

use std::fmt::Debug;

use super::super::schema::Extent;
use super::Problem;

/// What was found so far.
#[derive(Default)]
pub(super) struct Checks(Vec<Problem>);

impl Checks {
    /// All of it.
    pub(super) fn found(self) -> Vec<Problem> {
        self.0
    }

    pub(super) fn add(&mut self, key: &str, message: String) {
        self.0.push(Problem {
            key: key.to_owned(),
            message,
            hint: None,
        });
    }

    /// A hint to the problem that was added last.
    pub(super) fn hint(&mut self, hint: &str) {
        if let Some(problem) = self.0.last_mut() {
            problem.hint = Some(hint.to_owned());
        }
    }

    pub(super) fn require(&mut self, is_valid: bool, key: &str, found: impl Debug, range: &str) {
        if !is_valid {
            // Debug, because it writes 1e300 in five characters.
            self.add(key, format!("`{key}` must be {range}, found {found:?}"));
        }
    }

    pub(super) fn at_least(&mut self, least: usize, key: &str, found: usize) {
        self.require(found >= least, key, found, &format!("at least {least}"));
    }

    pub(super) fn positive(&mut self, key: &str, found: f64) {
        self.require(
            found.is_finite() && found > 0.0,
            key,
            found,
            "a finite number above 0",
        );
    }

    pub(super) fn not_negative(&mut self, key: &str, found: f64) {
        self.require(
            found.is_finite() && found >= 0.0,
            key,
            found,
            "a finite number of at least 0",
        );
    }

    /// In [0, 1).
    pub(super) fn share(&mut self, key: &str, found: f64) -> bool {
        let is_valid = (0.0..1.0).contains(&found);
        self.require(is_valid, key, found, "at least 0 and below 1");
        is_valid
    }

    /// In [0, 1].
    pub(super) fn at_most_1(&mut self, key: &str, found: f64) {
        let is_valid = (0.0..=1.0).contains(&found);
        self.require(is_valid, key, found, "at least 0 and at most 1");
    }

    /// The smaller first, both within `allowed`.
    pub(super) fn range(&mut self, key: &str, found: [f64; 2], allowed: [f64; 2]) {
        let [low, high] = found;
        let is_valid = allowed[0] <= low && low <= high && high <= allowed[1];
        let range = format!(
            "two numbers of {:?} to {:?}, the smaller first",
            allowed[0], allowed[1]
        );
        self.require(is_valid, key, found, &range);
    }

    pub(super) fn extent(&mut self, key: &str, extent: Extent) {
        match extent {
            Extent::Square(side) => self.at_least(1, key, side),
            Extent::Rectangle(sides) => {
                let is_valid = sides.iter().all(|side| *side >= 1);
                self.require(is_valid, key, sides, "at least 1 in both directions");
            }
        }
    }
}

/// As burn computes with it.
pub(super) fn single_precision(value: f64) -> f64 {
    let rounded = value as f32;
    // Only a value that changes its side is shown as what it becomes.
    if (rounded == 0.0 && value != 0.0) || (rounded >= 1.0 && value < 1.0) {
        f64::from(rounded)
    } else {
        value
    }
}
