//! What a server says of itself, once a client has presented the token.
//!
//! burn's protocol has a version of its own and knows nothing of brecha's. So the greeting travels as an operation of its own
//! (`OperationIr::Custom`), whose result is a tensor with the bytes of a text: the version, and what the device calls itself.

use burn::backend::ir::{BackendIr, CustomOpIr, HandleContainer, TensorIr};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Remote, RemoteDevice, backend_extension};
use burn::remote::CustomOpClient;
use burn::tensor::{DType, Shape, Tensor, TensorData};

/// Of the operation. Stays what it is: by it, an older brecha knows a newer one.
pub(super) const OPERATION: &str = "brecha-greeting";

/// Numbers of the tensor, one for each byte; zeros behind the text.
const LENGTH: usize = 256;

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Greeting {
    /// Of brecha.
    pub(super) version: String,
    /// `wgpu, NVIDIA H200`
    pub(super) device: String,
}

impl Greeting {
    fn numbers(&self) -> Vec<f32> {
        let text = format!("{}\n{}", self.version, self.device);
        let bytes = text.bytes().take(LENGTH).map(f32::from);
        let mut numbers: Vec<f32> = bytes.collect();
        numbers.resize(LENGTH, 0.0);
        numbers
    }

    fn read(numbers: &[f32]) -> Option<Self> {
        let bytes = numbers.iter().take_while(|number| **number > 0.0);
        let bytes: Vec<u8> = bytes.map(|&number| number as u8).collect();
        let text = String::from_utf8_lossy(&bytes);
        let (version, device) = text.split_once('\n')?;
        Some(Self {
            version: version.to_owned(),
            device: device.to_owned(),
        })
    }

    /// The operation on a back end of the server.
    pub(super) fn say<B: BackendIr>(
        &self,
        handles: &mut HandleContainer<B::Handle>,
        operation: &CustomOpIr,
        device: &B::Device,
    ) {
        let Some(output) = operation.outputs.first() else {
            return;
        };
        let data = TensorData::new(self.numbers(), [LENGTH]);
        let tensor = B::float_from_data(data, device);
        handles.register_float_tensor::<B>(&output.id, tensor);
    }

    /// Asks the server of this device.
    pub(super) fn ask(device: &RemoteDevice) -> Result<Self, String> {
        let answer = Tensor::<1>::from_dispatch(<Dispatch as Ask>::ask(device.clone()));
        let answer = answer.try_into_data().map_err(|error| error.to_string())?;
        let numbers: Vec<f32> = answer.try_to_vec().map_err(|error| format!("{error:?}"))?;
        Self::read(&numbers).ok_or_else(|| "its greeting makes no sense".to_owned())
    }
}

/// The operation, on the side of the client.
#[backend_extension(Remote)]
trait Ask: Backend {
    /// `[LENGTH]`
    fn ask(device: RemoteDevice) -> FloatTensor<Self>;
}

impl Ask for Remote {
    fn ask(device: RemoteDevice) -> FloatTensor<Self> {
        let client = CustomOpClient::new(&device);
        let output = TensorIr::uninit(
            client.create_empty_handle(),
            Shape::new([LENGTH]),
            DType::F32,
        );
        let operation = CustomOpIr::new(OPERATION, &[], &[output]);
        client.register(operation).swap_remove(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_survives_the_way() {
        let greeting = Greeting {
            version: "0.1.0".to_owned(),
            device: "wgpu, llvmpipe".to_owned(),
        };
        assert_eq!(Greeting::read(&greeting.numbers()), Some(greeting));
        let long = Greeting {
            version: "0.1.0".to_owned(),
            device: "x".repeat(1000),
        };
        assert_eq!(Greeting::read(&long.numbers()).unwrap().version, "0.1.0");
        assert_eq!(Greeting::read(&[0.0; LENGTH]), None);
    }
}
