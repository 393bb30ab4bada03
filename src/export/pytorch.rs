//! Weights for `torch.load_state_dict`: safetensors with PyTorch's layouts.
//!
//! `layers.N.weight` and `layers.N.bias`, N counting the layers of the configuration from 0, as in a module with
//! `self.layers = nn.ModuleList([...])` that has an `nn.Identity()` for every layer without weights. A dense weight is
//! `[outputs, inputs]` (brecha's own file has `[inputs, outputs]`, as burn does), a convolution `[filters, channels,
//! height, width]` in both.
//!
//! A residual block is torchvision's `BasicBlock`: `layers.N.conv1.weight`, `layers.N.bn1.weight`, `.bias`, `.running_mean` and
//! `.running_var`, `conv2`, `bn2`, and, where the way around is projected, `downsample.0` (the convolution) and `downsample.1` (its
//! normalisation). Convolutions in it have a bias only where nothing is normalised. It computes the same with a kernel of 3 and
//! ReLU; zeros lie evenly around, also with a stride.
//!
//! A network that predicts a number says it standardised: `target_mean + target_deviation · x`, which stand in the file's metadata, is
//! the number in its own unit.

use std::collections::HashMap;

use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, TensorView};

use crate::model::network::Parameter;
use crate::report::saved_model::SavedModel;

/// The bytes of the file.
///
/// # Errors
///
/// A tensor does not have its shape, which a [`SavedModel`] has checked.
pub fn encode(model: &SavedModel) -> Result<Vec<u8>, SafeTensorError> {
    let tensors: Vec<Parameter> = model.parameters.iter().map(in_pytorch).collect();
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|tensor| {
            tensor
                .values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        })
        .collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|(tensor, bytes)| {
            let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)?;
            Ok((tensor.name.clone(), view))
        })
        .collect::<Result<Vec<_>, SafeTensorError>>()?;
    let mut entries = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    if let Some(target) = model.answers.target() {
        entries.extend([
            ("target".to_owned(), target.name.clone()),
            ("target_mean".to_owned(), target.mean.to_string()),
            ("target_deviation".to_owned(), target.deviation.to_string()),
        ]);
    }
    safetensors::serialize(views, Some(entries))
}

/// A matrix is a dense weight, and is turned.
fn in_pytorch(parameter: &Parameter) -> Parameter {
    let [inputs, outputs] = parameter.shape[..] else {
        return parameter.clone();
    };
    let values = (0..outputs)
        .flat_map(|output| (0..inputs).map(move |input| input * outputs + output))
        .map(|place| parameter.values[place])
        .collect();
    Parameter {
        name: parameter.name.clone(),
        shape: vec![outputs, inputs],
        values,
    }
}
