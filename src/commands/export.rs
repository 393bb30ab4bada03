//! `brecha export`: a trained network for other programs.

use std::path::PathBuf;

use super::print;
use crate::cli::{ExportArguments, ExportFormat, PreProcessing};
use crate::error::{Error, ExitCode};
use crate::export::graph::{Inputs, graph, metadata};
use crate::export::{onnx, pytorch};
use crate::report::ReportError;
use crate::report::run_directory::write_file;
use crate::report::saved_model::SavedModel;

/// Writes the file, and says where.
///
/// # Errors
///
/// The folder is no run, its network cannot be expressed, or the file cannot be written.
pub fn run(arguments: &ExportArguments) -> Result<ExitCode, Error> {
    let model = SavedModel::open(&arguments.run)?;
    let (name, bytes) = match arguments.format {
        ExportFormat::Onnx => {
            let inputs = match arguments.pre_processing {
                PreProcessing::Inside => Inputs::Raw,
                PreProcessing::Outside => Inputs::Normalised,
            };
            let bytes =
                graph(&model, inputs).and_then(|graph| onnx::encode(&graph, &metadata(&model)));
            ("model.onnx", bytes.map_err(|error| error.to_string()))
        }
        ExportFormat::Safetensors => {
            let bytes = pytorch::encode(&model);
            (
                "model.pytorch.safetensors",
                bytes.map_err(|error| error.to_string()),
            )
        }
    };
    let path: PathBuf = arguments
        .output
        .clone()
        .unwrap_or_else(|| arguments.run.join(name));
    let bytes = bytes.map_err(|reason| ReportError::Encode {
        path: path.clone(),
        reason,
    })?;
    write_file(&path, &bytes).map_err(Error::output("--output"))?;
    print(&format!("{}\n", path.display()))?;
    Ok(ExitCode::Success)
}
