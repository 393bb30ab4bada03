//! Networks of two inputs: the plane of their answers, at the kept epoch and on the way there.

use std::sync::Arc;

use super::Seen;
use super::writing::Named;
use crate::data::{DataError, Dataset, SampleShape, Split};
use crate::error::Error;
use crate::evaluation::plane::{Plane, Point, Region, points};
use crate::model::Network;
use crate::report::boundary::{Boundary, Film, MOST_POINTS, Moment, Panel, Scene, animation};

/// So many epochs are kept of a network of two inputs.
const FRAMES: usize = 32;

/// So many of them lie side by side.
const SIDE_BY_SIDE: usize = 8;

/// Places to a side: of the kept network's plane, and of each of the others.
const PLACES: usize = 160;
const PLACES_OF_A_FRAME: usize = 64;

/// Samples of each split in the pictures of a frame, which are small.
pub(in crate::commands) const POINTS_OF_A_FRAME: usize = 60;

/// How many frames are worth keeping of a network with these inputs.
pub(in crate::commands) fn frames(shape: SampleShape) -> usize {
    if shape == (SampleShape::Vector { features: 2 }) {
        FRAMES
    } else {
        0
    }
}

/// What a network is asked about: at most `most` samples of each split; none where samples are no points of a plane.
pub(in crate::commands) fn scene(dataset: &Dataset, most: usize) -> Result<Scene, DataError> {
    Ok(Scene {
        answers: dataset.answers.clone(),
        training: points(dataset, Split::Train, most)?,
        validation: points(dataset, Split::Validation, most)?,
    })
}

impl Seen<'_> {
    /// None where samples are no points of a plane.
    pub(super) fn pictures_of_planes(&self, title: &str) -> Result<Vec<Named>, Error> {
        let dataset = &self.plan.dataset;
        let scene = scene(dataset, MOST_POINTS)?;
        let Some(region) = Region::around(scene.points()) else {
            return Ok(Vec::new());
        };
        let moment = |network: &Network, epoch, places: usize| -> Result<Moment, Error> {
            let device = &self.plan.backend.device;
            let plane = Plane::of(network, dataset, region, (places, places), device)?;
            Ok(Moment {
                epoch,
                plane,
                scores: self.scores(epoch),
            })
        };
        let few = |points: &[Point]| points.iter().take(POINTS_OF_A_FRAME).copied().collect();
        let few = Arc::new(Scene {
            answers: scene.answers.clone(),
            training: few(&scene.training),
            validation: few(&scene.validation),
        });
        let boundary = Boundary {
            title: title.to_owned(),
            subtitle: self.verdict.to_owned(),
            scene: Arc::new(scene),
            moment: moment(self.network, self.epoch, PLACES)?,
        };
        let mut pictures: Vec<Named> = Named::both("boundary.svg", "boundary.png", boundary).into();

        let moments = self
            .frames
            .iter()
            .map(|frame| moment(&frame.network, frame.epoch, PLACES_OF_A_FRAME))
            .collect::<Result<Vec<_>, _>>()?;
        if moments.len() < 2 {
            return Ok(pictures);
        }
        let panels = chosen(&moments, SIDE_BY_SIDE).into_iter();
        let film = Film {
            title: title.to_owned(),
            subtitle: self.verdict.to_owned(),
            description: format!("What the network of {title} says, epoch after epoch"),
            panels: panels
                .map(|moment| Panel {
                    heading: format!("epoch {}", moment.epoch),
                    scene: few.clone(),
                    moment: moment.clone(),
                })
                .collect(),
        };
        pictures.extend(Named::both("boundary-film.svg", "boundary-film.png", film));
        let animated = move || animation(&few, &moments);
        pictures.push(Named::new("boundary-learning.png", animated));
        Ok(pictures)
    }

    /// On the measured part of the training split and on validation, behind this epoch.
    fn scores(&self, epoch: usize) -> Option<(f64, Option<f64>)> {
        let row = self.history.iter().find(|row| row.epoch == epoch)?;
        Some((row.train_score(), row.validation_score()))
    }
}

/// At most `most` moments, the first and the last among them, each about as many times later than the one before: most happens
/// early.
fn chosen(moments: &[Moment], most: usize) -> Vec<&Moment> {
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else {
        return Vec::new();
    };
    let mut chosen = vec![first];
    let steps = most.saturating_sub(2).max(1);
    for step in 0..=steps {
        let wanted = (last.epoch as f64).powf(step as f64 / steps as f64);
        let distance = |moment: &&Moment| (moment.epoch as f64 / wanted).ln().abs();
        let later = |moment: &&Moment| {
            chosen
                .last()
                .is_some_and(|before| before.epoch < moment.epoch)
        };
        let nearest = moments
            .iter()
            .filter(later)
            .min_by(|one, other| distance(one).total_cmp(&distance(other)));
        chosen.extend(nearest);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::plane::Region;
    use crate::training::frames;

    #[test]
    fn early_moments_are_chosen_more_often() {
        let moments: Vec<Moment> = frames::epochs(300, 32)
            .into_iter()
            .map(|epoch| Moment {
                epoch,
                plane: Plane {
                    region: Region {
                        x: (0.0, 1.0),
                        y: (0.0, 1.0),
                    },
                    columns: 0,
                    rows: 0,
                    fields: Vec::new(),
                    separators: Vec::new(),
                },
                scores: None,
            })
            .collect();
        let epochs = |moments: &[Moment], most| {
            let chosen = chosen(moments, most).into_iter();
            chosen.map(|moment| moment.epoch).collect::<Vec<_>>()
        };
        assert_eq!(epochs(&moments, 8), [0, 1, 3, 8, 20, 45, 113, 300]);
        assert_eq!(epochs(&moments[..2], 8), [0, 1]);
        assert_eq!(epochs(&moments[..1], 8), [0]);
        assert!(epochs(&moments[..0], 8).is_empty());
    }
}
