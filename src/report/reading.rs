//! A run's folder, read back: for `verify`, which believes nothing but what is on disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde_json::Value;

use super::ReportError;
use super::metrics::Row;
use super::run_file;
use crate::model::network::Parameter;
use crate::model::{Architecture, Network};
use crate::training::checkpoint::container::digest;

/// The folder of a run that has ended.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// The folder at `path`.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Where a file of the run lies.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// `run.json`
    ///
    /// # Errors
    ///
    /// It is not there, or no JSON.
    pub fn record(&self) -> Result<Value, ReportError> {
        let text = self.read("run.json")?;
        serde_json::from_slice(&text).map_err(|error| self.unreadable("run.json", &error))
    }

    /// `metrics.jsonl`, without a torn last line.
    ///
    /// # Errors
    ///
    /// It is not there, or a whole line of it is no row.
    pub fn rows(&self) -> Result<Vec<Row>, ReportError> {
        let text = self.read("metrics.jsonl")?;
        let lines = text.split_inclusive(|&byte| byte == b'\n');
        lines
            .filter(|line| line.ends_with(b"\n"))
            .map(serde_json::from_slice)
            .collect::<Result<_, _>>()
            .map_err(|error| self.unreadable("metrics.jsonl", &error))
    }

    /// `gradients.csv`: for each row, the cells by the names of their columns.
    ///
    /// # Errors
    ///
    /// It is not there, or no table.
    pub fn gradients(&self) -> Result<Vec<HashMap<String, String>>, ReportError> {
        const FILE: &str = "gradients.csv";
        let text = self.read(FILE)?;
        csv::Reader::from_reader(&text[..])
            .deserialize()
            .collect::<Result<_, _>>()
            .map_err(|error| self.unreadable(FILE, &error))
    }

    /// `model.json`
    ///
    /// # Errors
    ///
    /// It is not there, or no JSON.
    pub fn model(&self) -> Result<Value, ReportError> {
        let text = self.read("model.json")?;
        serde_json::from_slice(&text).map_err(|error| self.unreadable("model.json", &error))
    }

    /// `config.toml`
    ///
    /// # Errors
    ///
    /// It is not there, or no text.
    pub fn configuration(&self) -> Result<String, ReportError> {
        let text = self.read("config.toml")?;
        String::from_utf8(text).map_err(|error| self.unreadable("config.toml", &error))
    }

    /// `model.safetensors`
    ///
    /// # Errors
    ///
    /// It is not there, damaged, or holds other numbers than f32, or what is no finite number.
    pub fn parameters(&self) -> Result<Vec<Parameter>, ReportError> {
        const FILE: &str = "model.safetensors";
        let bytes = self.read(FILE)?;
        let tensors =
            SafeTensors::deserialize(&bytes).map_err(|error| self.unreadable(FILE, &error))?;
        let mut parameters = Vec::new();
        for (name, tensor) in tensors.tensors() {
            if tensor.dtype() != Dtype::F32 {
                let reason = format!("`{name}` holds {:?}, not F32", tensor.dtype());
                return Err(self.unreadable(FILE, &reason));
            }
            let (numbers, _) = tensor.data().as_chunks::<4>();
            let values: Vec<f32> = numbers
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect();
            if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                let reason = format!("`{name}` holds {} at place {place}", values[place]);
                return Err(self.unreadable(FILE, &reason));
            }
            parameters.push(Parameter {
                name,
                shape: tensor.shape().to_vec(),
                values,
            });
        }
        Ok(parameters)
    }

    /// Compares `model.safetensors` with the digest in `model.json`, which runs of older versions do not have.
    ///
    /// # Errors
    ///
    /// One cannot be read, or the weights are others: a bit of them has changed, or another file was put there.
    pub fn check_weights(&self) -> Result<(), ReportError> {
        const FILE: &str = "model.safetensors";
        if run_file::read_if_there(&self.path, "model.json")?.is_none() {
            return Ok(());
        }
        let model = self.model()?;
        let Some(written) = model["weights"]["sha256"].as_str() else {
            return Ok(());
        };
        if digest(&self.read(FILE)?) == written {
            return Ok(());
        }
        let reason = "its SHA-256 is not the one that model.json has";
        Err(self.unreadable(FILE, &reason))
    }

    /// The network of these [`parameters`](Self::parameters).
    ///
    /// # Errors
    ///
    /// A tensor is missing, or has another shape.
    pub fn network(
        &self,
        architecture: &Architecture,
        parameters: &[Parameter],
        device: &Device,
    ) -> Result<Network, ReportError> {
        Network::with_parameters(architecture, parameters, device).map_err(|tensor| {
            let reason = format!("it has no tensor `{tensor}` of the shape that config.toml says");
            self.unreadable("model.safetensors", &reason)
        })
    }

    fn read(&self, file: &str) -> Result<Vec<u8>, ReportError> {
        run_file::read(&self.path, file)
    }

    fn unreadable(&self, file: &str, reason: &dyn std::fmt::Display) -> ReportError {
        ReportError::Decode {
            path: self.file(file),
            reason: reason.to_string(),
        }
    }
}
