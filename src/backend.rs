//! From the name of a back end to a burn [`Device`]: the only module that names one.
//!
//! Every back end that is compiled in is chosen at run time. burn opens a device at its first tensor and panics where
//! there is none, so devices are opened here, before anything else, with an error that says what works instead.

mod devices;
mod error;
#[cfg(feature = "remote")]
pub mod remote;

use std::fmt;

use brecha_kernels::Instructions;
use burn::tensor::Device;
use serde::Serialize;

use crate::config::{BackendConfig, KernelsConfig, RemoteConfig};
use crate::model::kernels;

pub use devices::{DeviceName, open_devices};
pub use error::BackendError;

/// The back ends that brecha knows, best first; `auto` takes the first that is compiled in and present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendName {
    /// NVIDIA.
    Cuda,
    /// Apple.
    Metal,
    /// AMD.
    Rocm,
    /// Vulkan with SPIR-V.
    Vulkan,
    /// Vulkan, Metal, DirectX 12 or OpenGL through WebGPU.
    Wgpu,
    /// burn's pure-Rust CPU back end.
    Flex,
    /// burn's older CPU back end: an independent second opinion.
    Ndarray,
    /// A device elsewhere.
    Remote,
}

/// All of this machine, best first.
pub const ALL: [BackendName; 7] = [
    BackendName::Cuda,
    BackendName::Metal,
    BackendName::Rocm,
    BackendName::Vulkan,
    BackendName::Wgpu,
    BackendName::Flex,
    BackendName::Ndarray,
];

/// A back end that works here.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Its name.
    pub name: BackendName,
    /// Where tensors live. Without autodiff.
    pub device: Device,
    /// What the device calls itself.
    pub description: String,
    /// Whether a GPU back end runs on the CPU: correct, and slow.
    pub software: bool,
}

impl Backend {
    /// Whether its tensors are in this machine's memory, and not in that of a device.
    #[must_use]
    pub fn computes_in_memory(&self) -> bool {
        self.software || matches!(self.name, BackendName::Flex | BackendName::Ndarray)
    }
}

/// What can be said of one back end.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Availability {
    /// Its name.
    pub name: BackendName,
    /// Whether this program contains it.
    pub compiled: bool,
    /// The device's name, if it is present.
    pub device: Option<String>,
    /// Why not, or what to know about it.
    pub note: Option<String>,
}

impl BackendName {
    /// Whether this program contains it.
    #[must_use]
    pub const fn compiled(self) -> bool {
        match self {
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Metal => cfg!(feature = "metal"),
            Self::Rocm => cfg!(feature = "rocm"),
            Self::Vulkan => cfg!(feature = "vulkan"),
            Self::Remote => cfg!(feature = "remote"),
            Self::Wgpu | Self::Flex | Self::Ndarray => true,
        }
    }

    /// Whether burn compiles several operations into one on it and chooses kernels by timing them: on GPUs, with the feature
    /// `gpu-fast`.
    #[must_use]
    pub const fn is_fused(self) -> bool {
        cfg!(feature = "gpu-fast") && !matches!(self, Self::Flex | Self::Ndarray | Self::Remote)
    }

    /// Whether it computes in 64 bits, which no GPU language but CUDA does properly.
    #[must_use]
    pub const fn computes_f64(self) -> bool {
        matches!(self, Self::Flex | Self::Ndarray)
    }

    /// Whether its sigmoid goes through f32 whatever the precision: ndarray inherits the default of burn-backend 0.22.1.
    #[must_use]
    pub const fn sigmoid_in_f32(self) -> bool {
        matches!(self, Self::Ndarray)
    }

    /// Opens its device.
    ///
    /// # Errors
    ///
    /// It is not compiled in, or has no device here.
    pub fn open(self) -> Result<Backend, BackendError> {
        self.check_compiled()?;
        let device = match self {
            Self::Flex => Ok(Device::flex()),
            Self::Ndarray => Ok(ndarray()),
            Self::Wgpu => Device::wgpu_options()
                .init()
                .map_err(|error| error.to_string()),
            Self::Vulkan | Self::Metal => pinned(self),
            // They list their devices without opening one; the list is empty where the driver is missing.
            Self::Cuda | Self::Rocm => self
                .listed()
                .into_iter()
                .next()
                .ok_or_else(|| "the driver lists no device".to_owned()),
            Self::Remote => return Err(BackendError::NoAddress),
        };
        let device = device.map_err(|reason| BackendError::Absent {
            name: self,
            reason: reason.split_whitespace().collect::<Vec<_>>().join(" "),
        })?;
        Ok(self.on(device))
    }

    fn check_compiled(self) -> Result<(), BackendError> {
        if self.compiled() {
            Ok(())
        } else {
            Err(BackendError::NotCompiled { name: self })
        }
    }

    /// On this device of its own.
    fn on(self, device: Device) -> Backend {
        let (description, software) = match self {
            Self::Flex => (format!("CPU, {} threads", threads()), false),
            Self::Ndarray => ("CPU, one thread".to_owned(), false),
            _ => device.identity().map_or_else(
                || ("unnamed device".to_owned(), false),
                |identity| (identity.name, identity.physical.is_none()),
            ),
        };
        Backend {
            name: self,
            device,
            description,
            software,
        }
    }
}

/// Opens the back end of this name, of which `auto` is the best that works on real hardware, or the device elsewhere.
///
/// # Errors
///
/// The name is unknown, not compiled in, or has no device here; or there is no server at the address, or none that lets us in.
pub fn open(config: &BackendConfig) -> Result<Backend, BackendError> {
    match config {
        BackendConfig::Named(name) if name == "auto" => ALL
            .into_iter()
            .filter(|name| name.compiled())
            .filter_map(|name| name.open().ok())
            .find(|backend| !backend.software)
            .map_or_else(|| BackendName::Flex.open(), Ok),
        BackendConfig::Named(name) => parse(name)?.open(),
        BackendConfig::Remote(config) => open_remote(config),
    }
}

#[cfg(feature = "remote")]
fn open_remote(config: &RemoteConfig) -> Result<Backend, BackendError> {
    Ok(remote::open(config)?)
}

#[cfg(not(feature = "remote"))]
fn open_remote(_: &RemoteConfig) -> Result<Backend, BackendError> {
    Err(BackendError::NotCompiled {
        name: BackendName::Remote,
    })
}

/// The address of the device elsewhere, if this process computes on one: then what burn panics about, and what it calls an execution
/// error, is mostly a connection that has ended.
#[must_use]
pub fn elsewhere() -> Option<&'static str> {
    #[cfg(feature = "remote")]
    {
        remote::address()
    }
    #[cfg(not(feature = "remote"))]
    {
        None
    }
}

/// What a device said, with where it is if it is elsewhere.
#[must_use]
pub fn explained(reason: &str) -> String {
    match elsewhere() {
        // burn's word for an answer that never came.
        Some(address) if reason.contains("RecvError") || reason.contains("channel closed") => {
            format!("the connection to the device at `{address}` has ended ({reason})")
        }
        Some(address) => format!("the device at `{address}`: {reason}"),
        None => reason.to_owned(),
    }
}

fn parse(name: &str) -> Result<BackendName, BackendError> {
    ALL.into_iter()
        .chain([BackendName::Remote])
        .find(|known| known.to_string() == name)
        .ok_or_else(|| BackendError::Unknown {
            name: name.to_owned(),
        })
}

/// Tries every back end: opens the devices that are there.
#[must_use]
pub fn survey() -> Vec<Availability> {
    ALL.into_iter()
        .rev()
        .chain([BackendName::Remote])
        .map(|name| {
            let (device, note) = match name.open() {
                Ok(backend) if backend.software => (
                    Some(backend.description),
                    Some("a software renderer on the CPU: correct, and slow".to_owned()),
                ),
                Ok(backend) => (Some(backend.description), None),
                Err(BackendError::Absent { reason, .. }) => (None, Some(reason)),
                Err(error) => (None, Some(error.hint())),
            };
            Availability {
                name,
                compiled: name.compiled(),
                device,
                note,
            }
        })
        .collect()
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Settles what flex computes with from now on, in the whole process.
///
/// # Errors
///
/// The processor has no such vectors.
pub fn choose_kernels(configured: KernelsConfig) -> Result<(), BackendError> {
    let instructions = match configured {
        KernelsConfig::Auto => {
            let best = Instructions::best();
            // One number at a time is slower than what burn does.
            (best != Instructions::Scalar).then_some(best)
        }
        KernelsConfig::Burn => None,
        KernelsConfig::Avx512 => Some(Instructions::Avx512),
        KernelsConfig::Avx2 => Some(Instructions::Avx2),
        KernelsConfig::Neon => Some(Instructions::Neon),
        KernelsConfig::Scalar => Some(Instructions::Scalar),
    };
    match instructions {
        Some(instructions) if !instructions.is_available() => {
            Err(BackendError::Instructions { instructions })
        }
        _ => {
            kernels::use_instructions(instructions);
            Ok(())
        }
    }
}

/// Whether a device is flex's, with or without gradients.
#[must_use]
pub fn is_flex(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}

#[expect(
    deprecated,
    reason = "burn will drop ndarray in 0.23; until then it is our independent second opinion"
)]
fn ndarray() -> Device {
    Device::ndarray()
}

#[cfg(any(feature = "vulkan", feature = "metal"))]
fn pinned(name: BackendName) -> Result<Device, String> {
    use burn::tensor::wgpu::WgpuBackend;
    let api = if name == BackendName::Metal {
        WgpuBackend::Metal
    } else {
        WgpuBackend::Vulkan
    };
    Device::wgpu_options()
        .graphics_api(api)
        .init()
        .map_err(|error| error.to_string())
}

#[cfg(not(any(feature = "vulkan", feature = "metal")))]
fn pinned(_: BackendName) -> Result<Device, String> {
    Err("not compiled in".to_owned())
}

impl fmt::Display for BackendName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cuda => "cuda",
            Self::Metal => "metal",
            Self::Rocm => "rocm",
            Self::Vulkan => "vulkan",
            Self::Wgpu => "wgpu",
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Remote => "remote",
        })
    }
}
