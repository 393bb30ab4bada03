//! The sizes of weights and gradients, layer by layer, as the run has written them down.

use super::{FOLDER, Seen};
use crate::error::Error;
use crate::report::layers::{self, LayerSizes};
use crate::report::{ReportError, RunDirectory};

impl Seen<'_> {
    pub(super) fn draw_layers(&self, directory: &RunDirectory) -> Result<(), Error> {
        let rows = layers::read(directory.path())?;
        if rows.is_empty() {
            return Ok(());
        }
        let sizes = LayerSizes {
            title: directory.name(),
            subtitle: String::new(),
            rows,
        };
        let failed = |file| move |source| ReportError::Picture { file, source };
        let svg = layers::svg(&sizes).map_err(failed("layers.svg"))?;
        directory.write(&format!("{FOLDER}/layers.svg"), svg.as_bytes())?;
        let png = layers::png(&sizes).map_err(failed("layers.png"))?;
        Ok(directory.write(&format!("{FOLDER}/layers.png"), &png)?)
    }
}
