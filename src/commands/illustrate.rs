//! The pictures of a run, below `pictures/` in its folder: what a network and its data show, drawn by `report`.

mod classes;
mod images;
mod layers;
pub(super) mod plane;
mod writing;

use self::layers::pictures_of_layers;
use super::plan::Plan;
use super::said::Said;
use crate::data::Split;
use crate::error::Error;
use crate::evaluation::predictions::Prediction;
use crate::model::Network;
use crate::report::RunDirectory;
use crate::report::metrics::Row;
use crate::training::frames::Frame;

/// What there is to look at.
pub(super) struct Seen<'a> {
    pub(super) plan: &'a Plan,
    /// The kept network, frozen.
    pub(super) network: &'a Network,
    /// Of the kept network; 0 where there was none.
    pub(super) epoch: usize,
    /// The verdict in one sentence.
    pub(super) verdict: &'a str,
    /// What it says of the samples that it was not trained on.
    pub(super) said: &'a Said,
    /// Epoch after epoch.
    pub(super) history: &'a [Row],
    /// The network behind some epochs, where it is small enough to be watched.
    pub(super) frames: &'a [Frame],
}

/// The folder of the pictures, below that of the run.
pub(super) const FOLDER: &str = "pictures";

/// The split that was judged, sample by sample.
struct Judged<'a> {
    name: &'static str,
    indices: &'a [u32],
    predictions: &'a [Prediction],
}

impl Seen<'_> {
    /// Draws what can be drawn of this run.
    pub(super) fn illustrate(&self, directory: &RunDirectory) -> Result<(), Error> {
        let title = directory.name();
        let mut pictures = self.pictures_of_classes(&title);
        let groups = [
            self.pictures_of_planes(&title),
            pictures_of_layers(directory).map_err(Error::from),
            self.pictures_of_images(&title),
        ];
        // What cannot be drawn does not keep the others from it.
        let mut first = Ok(());
        for group in groups {
            match group {
                Ok(group) => pictures.extend(group),
                Err(error) => first = first.and(Err(error)),
            }
        }
        writing::write(&pictures, directory)?;
        first
    }

    /// Test where there is one, else validation; `None` without either.
    fn judged(&self) -> Option<Judged<'_>> {
        let splits = [
            ("test", Split::Test, &self.said.test),
            ("validation", Split::Validation, &self.said.validation),
        ];
        splits
            .into_iter()
            .find(|(.., predictions)| !predictions.is_empty())
            .map(|(name, split, predictions)| Judged {
                name,
                indices: self.plan.dataset.indices(split),
                predictions,
            })
    }
}
