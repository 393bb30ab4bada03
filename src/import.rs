//! Weights that another program trained: from a safetensors file to the parameters of an architecture.
//!
//! Names are taken as they are where they are brecha's (`layers.N.weight`, …). Otherwise the modules of the file, in the order of
//! their names with numbers counted (`2` before `10`), are the layers with weights in their order: as `nn.Sequential` and
//! hand-numbered modules (`conv1`, `conv2`, `fc1`, …) have them. Every shape has to fit. `num_batches_tracked`, which `PyTorch` counts
//! beside each batch normalisation, is left out.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::model::network::Parameter;

/// How the file stores the weights of a dense layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[outputs, inputs]`
    PyTorch,
    /// `[inputs, outputs]`
    Brecha,
}

/// Parameters in the order of the network, and where each came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// With brecha's names and layouts.
    pub parameters: Vec<Parameter>,
    /// Name in the file and name here, where they differ.
    pub renamed: Vec<(String, String)>,
    /// As read.
    pub layout: Layout,
}

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is not there, or not to be read.
    #[error("it cannot be read: {0}")]
    Read(String),
    /// The file is damaged, or another format.
    #[error("it is no safetensors file: {0}")]
    Format(String),
    /// A pickle, alone or in an archive: it is a program, and not run.
    #[error(
        "it is a pickle, as `torch.save` writes it, and no safetensors file; a pickle may execute code when it is read"
    )]
    Pickle,
    /// Numbers of another kind.
    #[error(
        "`{tensor}` holds {dtype}; brecha takes F32 and F64: convert it there with `tensor.float()`"
    )]
    Numbers {
        /// Its name.
        tensor: String,
        /// What it holds.
        dtype: String,
    },
    /// A number that is none.
    #[error("`{tensor}` holds {value}, not a finite number")]
    NotFinite {
        /// Its name.
        tensor: String,
        /// NaN or infinite.
        value: String,
    },
    /// Another number of tensors.
    #[error("it has {} tensors, but the network has {}\n  file     {}\n  network  {}", found.len(), wanted.len(), listed(found), listed(wanted))]
    Count {
        /// With shapes.
        found: Vec<String>,
        /// With shapes.
        wanted: Vec<String>,
    },
    /// A tensor of another shape.
    #[error("`{found}` does not fit `{wanted}`, whose shape is {shape:?}")]
    Shape {
        /// Name and shape in the file.
        found: String,
        /// Name here.
        wanted: String,
        /// Here, in the layout of the file.
        shape: Vec<usize>,
    },
    /// A tensor of the network that no tensor of the file is.
    #[error("it has no `{0}`")]
    Missing(String),
    /// All dense weights are square.
    #[error(
        "whether its dense weights are [outputs, inputs] or [inputs, outputs] cannot be told: all of them are square; say it with `--layout`"
    )]
    Layout,
}

/// So many tensors are named in a message.
const MOST_NAMED: usize = 40;

fn listed(tensors: &[String]) -> String {
    let named = &tensors[..tensors.len().min(MOST_NAMED)];
    let more = tensors.len() - named.len();
    let rest = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    format!("{}{rest}", named.join(", "))
}

/// Reads `bytes` for a network with these `parameters`; `layout` where the user knows it.
///
/// # Errors
///
/// See [`ImportError`].
pub fn import(
    bytes: &[u8],
    parameters: &[Parameter],
    layout: Option<Layout>,
) -> Result<Imported, ImportError> {
    let is_pickle = bytes.starts_with(b"PK\x03\x04") || matches!(bytes, [0x80, 1..=5, ..]);
    // A header of so few bytes could begin like a pickle.
    if is_pickle && SafeTensors::read_metadata(bytes).is_err() {
        return Err(ImportError::Pickle);
    }
    let (_, metadata) = SafeTensors::read_metadata(bytes)
        .map_err(|error| ImportError::Format(error.to_string()))?;
    let says_pytorch = metadata
        .metadata()
        .as_ref()
        .and_then(|texts| texts.get("format"));
    let file =
        SafeTensors::deserialize(bytes).map_err(|error| ImportError::Format(error.to_string()))?;
    let mut found: Vec<(String, TensorView)> = file
        .tensors()
        .into_iter()
        .filter(|(name, _)| !name.ends_with("num_batches_tracked"))
        .collect();
    let known = |name: &str| parameters.iter().any(|parameter| parameter.name == name);
    let same_names = found.len() == parameters.len() && found.iter().all(|(name, _)| known(name));
    if same_names {
        let place = |name: &str| parameters.iter().position(|wanted| wanted.name == name);
        found.sort_by_key(|(name, _)| place(name));
    } else {
        found.sort_by_cached_key(|(name, _)| natural(name));
    }
    if found.len() != parameters.len() {
        let shown = |name: &str, shape: &[usize]| format!("{name} {shape:?}");
        return Err(ImportError::Count {
            found: found
                .iter()
                .map(|(name, tensor)| shown(name, tensor.shape()))
                .collect(),
            wanted: parameters
                .iter()
                .map(|wanted| shown(&wanted.name, &wanted.shape))
                .collect(),
        });
    }
    let says_pytorch = says_pytorch.is_some_and(|format| format == "pt");
    let layout = layout
        .or(says_pytorch.then_some(Layout::PyTorch))
        .or_else(|| told(&found, parameters))
        .ok_or(ImportError::Layout)?;
    let mut imported = Imported {
        parameters: Vec::new(),
        renamed: Vec::new(),
        layout,
    };
    for ((name, tensor), wanted) in found.iter().zip(parameters) {
        imported
            .parameters
            .push(parameter(name, tensor, wanted, layout)?);
        if *name != wanted.name {
            imported.renamed.push((name.clone(), wanted.name.clone()));
        }
    }
    Ok(imported)
}

/// By the first dense weight that is not square; any, where nothing is dense.
fn told(found: &[(String, TensorView)], parameters: &[Parameter]) -> Option<Layout> {
    let mut dense = found
        .iter()
        .zip(parameters)
        .filter(|(_, wanted)| wanted.shape.len() == 2)
        .peekable();
    if dense.peek().is_none() {
        return Some(Layout::Brecha);
    }
    dense.find_map(|((_, tensor), wanted)| {
        let [inputs, outputs] = wanted.shape[..] else {
            return None;
        };
        let is = |shape: [usize; 2]| inputs != outputs && tensor.shape() == shape;
        is([outputs, inputs])
            .then_some(Layout::PyTorch)
            .or(is([inputs, outputs]).then_some(Layout::Brecha))
    })
}

fn parameter(
    name: &str,
    tensor: &TensorView,
    wanted: &Parameter,
    layout: Layout,
) -> Result<Parameter, ImportError> {
    let turned = layout == Layout::PyTorch && wanted.shape.len() == 2;
    let mut shape = wanted.shape.clone();
    if turned {
        shape.reverse();
    }
    if tensor.shape() != shape {
        return Err(ImportError::Shape {
            found: format!("{name} {:?}", tensor.shape()),
            wanted: wanted.name.clone(),
            shape,
        });
    }
    let values = numbers(name, tensor)?;
    let values = if turned {
        let [inputs, outputs] = [wanted.shape[0], wanted.shape[1]];
        let places =
            (0..inputs).flat_map(|input| (0..outputs).map(move |output| output * inputs + input));
        places.map(|place| values[place]).collect()
    } else {
        values
    };
    Ok(Parameter {
        name: wanted.name.clone(),
        shape: wanted.shape.clone(),
        values,
    })
}

fn numbers(name: &str, tensor: &TensorView) -> Result<Vec<f32>, ImportError> {
    let bytes = tensor.data();
    // Each chunk has as many bytes as its number.
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F32 => bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes))
            .collect(),
        Dtype::F64 => bytes
            .as_chunks::<8>()
            .0
            .iter()
            .map(|&bytes| f64::from_le_bytes(bytes) as f32)
            .collect(),
        other => {
            return Err(ImportError::Numbers {
                tensor: name.to_owned(),
                dtype: format!("{other:?}"),
            });
        }
    };
    match values.iter().find(|value| !value.is_finite()) {
        None => Ok(values),
        Some(value) => Err(ImportError::NotFinite {
            tensor: name.to_owned(),
            value: value.to_string(),
        }),
    }
}

/// A key that sorts modules by name with their numbers counted, and the tensors of a module as networks here have them.
fn natural(name: &str) -> (Vec<(String, u64)>, usize, String) {
    let (module, tensor) = name.rsplit_once('.').unwrap_or(("", name));
    let mut key = Vec::new();
    let mut rest = module;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (text, numbered) = rest.split_at(digits);
        let end = numbered
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(numbered.len());
        let (number, after) = numbered.split_at(end);
        key.push((text.to_owned(), number.parse().unwrap_or(0)));
        rest = after;
    }
    let order = ["weight", "bias", "running_mean", "running_var"];
    let place = order.iter().position(|known| *known == tensor);
    (key, place.unwrap_or(order.len()), tensor.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_counted() {
        let mut names = [
            "10.bias",
            "2.weight",
            "10.weight",
            "conv1.weight",
            "0.running_var",
            "0.bias",
        ];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(
            names,
            [
                "0.bias",
                "0.running_var",
                "2.weight",
                "10.weight",
                "10.bias",
                "conv1.weight"
            ]
        );
    }
}
