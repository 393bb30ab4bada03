//! Several devices by their names: `cuda:0` is the first that the driver of `cuda` lists.
//!
//! They may belong to different back ends. Only the processor may be named twice, as `flex:0` or `ndarray:0`: it divides its time, where
//! a GPU would only do the same work in two halves and keep the weights twice.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::{Device, DeviceType};

use super::{Backend, BackendError, BackendName, ndarray, parse};

/// A device of a back end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceName {
    /// Whose.
    pub backend: BackendName,
    /// From 0, in the order in which the driver lists them.
    pub index: usize,
}

/// The place in the list and what is wrong with the first name that is none, is not compiled in, or names a GPU again.
fn parse_devices(names: &[String]) -> Result<Vec<DeviceName>, (usize, BackendError)> {
    let mut devices: Vec<DeviceName> = Vec::with_capacity(names.len());
    for (place, text) in names.iter().enumerate() {
        let device = DeviceName::parse(text).map_err(|error| (place, error))?;
        if devices.contains(&device) && !device.backend.is_processor() {
            let name = text.clone();
            return Err((place, BackendError::DeviceTwice { name }));
        }
        devices.push(device);
    }
    Ok(devices)
}

/// Opens the devices of a list.
///
/// # Errors
///
/// The place in the list and what is wrong with the first name that is none, is not compiled in, names a GPU again, or is one of which
/// this machine has fewer.
pub fn open_devices(names: &[String]) -> Result<Vec<(DeviceName, Backend)>, (usize, BackendError)> {
    let names = parse_devices(names)?.into_iter().enumerate();
    names
        .map(|(place, name)| match name.open() {
            Ok(backend) => Ok((name, backend)),
            Err(error) => Err((place, error)),
        })
        .collect()
}

impl DeviceName {
    fn parse(text: &str) -> Result<Self, BackendError> {
        let no_name = || BackendError::DeviceName {
            name: text.to_owned(),
        };
        let (backend, index) = text
            .split_once(':')
            .filter(|(backend, _)| *backend != "auto")
            .ok_or_else(no_name)?;
        let backend = parse(backend)?;
        backend.check_compiled()?;
        // No `+1` and no `01`: a device has one name.
        let index = index
            .parse()
            .ok()
            .filter(|number: &usize| number.to_string() == index)
            .ok_or_else(no_name)?;
        Ok(Self { backend, index })
    }

    fn open(self) -> Result<Backend, BackendError> {
        let mut listed = self.backend.listed();
        if self.index >= listed.len() {
            return Err(BackendError::NoSuchDevice {
                name: self,
                there: listed.len(),
            });
        }
        let device = listed.swap_remove(self.index);
        // burn opens a device where it is first used, and panics where it cannot.
        match catch_unwind(AssertUnwindSafe(|| device.sync())) {
            Ok(Ok(())) => Ok(self.backend.on(device)),
            Ok(Err(error)) => Err(self.absent(error.to_string())),
            Err(_) => Err(self.absent(format!("`{self}` is listed, but cannot be opened"))),
        }
    }

    fn absent(self, reason: String) -> BackendError {
        BackendError::Absent {
            name: self.backend,
            reason,
        }
    }
}

impl BackendName {
    /// Whether it computes on the processor itself.
    fn is_processor(self) -> bool {
        matches!(self, Self::Flex | Self::Ndarray)
    }

    /// Its devices, none of them opened.
    pub(super) fn listed(self) -> Vec<Device> {
        let kind = match self {
            Self::Flex => return vec![Device::flex()],
            Self::Ndarray => return vec![ndarray()],
            Self::Wgpu => DeviceType::Wgpu,
            #[cfg(feature = "cuda")]
            Self::Cuda => DeviceType::Cuda,
            #[cfg(feature = "rocm")]
            Self::Rocm => DeviceType::Rocm,
            #[cfg(feature = "vulkan")]
            Self::Vulkan => DeviceType::Vulkan,
            #[cfg(feature = "metal")]
            Self::Metal => DeviceType::Metal,
            #[allow(
                unreachable_patterns,
                reason = "there is nothing left where every feature is on"
            )]
            _ => return Vec::new(),
        };
        Device::enumerate(kind).into_iter().collect()
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.backend, self.index)
    }
}
