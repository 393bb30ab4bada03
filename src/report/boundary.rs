//! What a network of two inputs says, as pictures: the plane shaded by its answers with the samples on it, the same at several
//! epochs side by side, and as a film.

mod animation;
mod chart;
mod contour;
mod film;
mod shading;
mod single;

use crate::data::Answers;
use crate::evaluation::plane::{Plane, Point};

pub use animation::animation;
pub use film::{Film, Panel};
pub use single::Boundary;

/// Samples of each split that are drawn; more would cover the plane.
pub const MOST_POINTS: usize = 400;

/// What stays the same from epoch to epoch.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What the outputs mean.
    pub answers: Answers,
    /// Some samples of the training split.
    pub training: Vec<Point>,
    /// Some of the validation split.
    pub validation: Vec<Point>,
}

impl Scene {
    /// All of its samples.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.training.iter().chain(&self.validation)
    }
}

/// The network behind an epoch.
#[derive(Clone, Debug)]
pub struct Moment {
    /// 0 before the first.
    pub epoch: usize,
    /// Its answers.
    pub plane: Plane,
    /// Share of right classes on the measured part of the training split and on validation, or R²; unknown before the first.
    pub scores: Option<(f64, Option<f64>)>,
}

#[cfg(test)]
mod tests;
