//! The pictures of a run, below `pictures/` in its folder: what a network and its data show, drawn by `report`.

mod layers;
pub(super) mod plane;

use super::plan::Plan;
use crate::error::Error;
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
    /// Epoch after epoch.
    pub(super) history: &'a [Row],
    /// The network behind some epochs, where it is small enough to be watched.
    pub(super) frames: &'a [Frame],
}

/// The folder of the pictures, below that of the run.
pub(super) const FOLDER: &str = "pictures";

impl Seen<'_> {
    /// Draws what can be drawn of this run.
    pub(super) fn illustrate(&self, directory: &RunDirectory) -> Result<(), Error> {
        self.draw_layers(directory)?;
        self.draw_planes(directory)
    }
}
