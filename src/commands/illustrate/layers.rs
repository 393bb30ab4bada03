//! The sizes of weights and gradients, layer by layer, as the run has written them down.

use super::writing::Named;
use crate::report::layers::{self, LayerSizes};
use crate::report::{ReportError, RunDirectory};

/// Nothing for a run that has looked at no epoch.
pub(super) fn pictures_of_layers(directory: &RunDirectory) -> Result<Vec<Named>, ReportError> {
    let rows = layers::read(directory.path())?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    Ok(Named::both(
        "layers.svg",
        "layers.png",
        LayerSizes {
            title: directory.name(),
            subtitle: String::new(),
            rows,
        },
    )
    .into())
}
