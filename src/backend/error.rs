//! Why there is no device.

use brecha_kernels::Instructions;
use strsim::jaro_winkler;

use super::{ALL, BackendName, DeviceName};

/// Why there is no device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// No back end has this name.
    #[error("unknown back end `{name}`")]
    Unknown {
        /// As written.
        name: String,
    },
    /// No device has such a name.
    #[error("`{name}` names no device")]
    DeviceName {
        /// As written.
        name: String,
    },
    /// A device that would have to compute two shards at once.
    #[error("device `{name}` is there twice")]
    DeviceTwice {
        /// As written.
        name: String,
    },
    /// Fewer devices than that.
    #[error("there is no device `{name}` here: back end `{}` has {}", .name.backend, counted(*.there))]
    NoSuchDevice {
        /// As written.
        name: DeviceName,
        /// How many the back end has.
        there: usize,
    },
    /// A device elsewhere, and nobody said where.
    #[error("back end `remote` needs the address of a server")]
    NoAddress,
    /// A device elsewhere that cannot be reached, or served.
    #[cfg(feature = "remote")]
    #[error("{0}")]
    Remote(#[from] super::remote::RemoteError),
    /// Known, but not in this program.
    #[error("back end `{name}` is not compiled into this program")]
    NotCompiled {
        /// Its name.
        name: BackendName,
    },
    /// A device that does not compute in this precision.
    #[error("back end `{name}` on {device} does not compute in `{precision}`")]
    Precision {
        /// Its name.
        name: BackendName,
        /// Its description.
        device: String,
        /// As configured.
        precision: String,
    },
    /// A processor without such vectors.
    #[error("this processor has no `{instructions}`, which `kernels` asks for")]
    Instructions {
        /// As configured.
        instructions: Instructions,
    },
    /// In this program, but this machine has no device for it.
    #[error("back end `{name}` has no device here: {reason}")]
    Absent {
        /// Its name.
        name: BackendName,
        /// As the driver says it.
        reason: String,
    },
}

impl BackendError {
    /// Whether it is about what was written, and not about this machine.
    #[must_use]
    pub fn is_about_the_text(&self) -> bool {
        #[cfg(feature = "remote")]
        if let Self::Remote(error) = self {
            return error.is_about_the_text();
        }
        matches!(
            self,
            Self::Unknown { .. }
                | Self::DeviceName { .. }
                | Self::DeviceTwice { .. }
                | Self::NoAddress
        )
    }

    /// What to do instead.
    #[must_use]
    pub fn hint(&self) -> String {
        let works = "`flex` works on every machine; `brecha backends` lists what works here";
        match self {
            Self::Unknown { name } => {
                let nearest = ALL
                    .iter()
                    .map(ToString::to_string)
                    .max_by(|a, b| jaro_winkler(a, name).total_cmp(&jaro_winkler(b, name)))
                    .filter(|nearest| jaro_winkler(nearest, name) > 0.7);
                let known: Vec<String> = ALL.iter().rev().map(|name| format!("`{name}`")).collect();
                let known = format!("the known ones are `auto`, {}", known.join(", "));
                nearest.map_or_else(
                    || known.clone(),
                    |nearest| format!("did you mean `{nearest}`? {known}"),
                )
            }
            Self::DeviceName { .. } => {
                "a device is a back end and a number from 0, as in `cuda:1`".to_owned()
            }
            Self::DeviceTwice { .. } => {
                "name each once; only `flex:0` and `ndarray:0`, which are the processor, may be there more often"
                    .to_owned()
            }
            Self::NoSuchDevice { name, there } => match there {
                0 => works.to_owned(),
                1 => format!("its only one is `{}:0`", name.backend),
                _ => format!("its last one is `{}:{}`", name.backend, there - 1),
            },
            Self::NoAddress => {
                "write `backend = { remote = \"ADDRESS\" }` in the configuration, as `brecha serve-device` says it there".to_owned()
            }
            #[cfg(feature = "remote")]
            Self::Remote(error) => error.hint(),
            Self::NotCompiled { name } => format!(
                "build it in with `cargo build --release --features {name}`; compiled in are {}",
                compiled_list()
            ),
            Self::Precision { .. } => {
                "remove `training.mixed-precision`, or use another back end".to_owned()
            }
            Self::Instructions { .. } => format!(
                "the widest here are `{}`; `kernels = \"auto\"` takes them",
                Instructions::best()
            ),
            Self::Absent { .. } => works.to_owned(),
        }
    }
}

/// `1 device`
fn counted(devices: usize) -> String {
    match devices {
        0 => "none".to_owned(),
        1 => "1 device".to_owned(),
        more => format!("{more} devices"),
    }
}

fn compiled_list() -> String {
    let names: Vec<String> = ALL
        .into_iter()
        .rev()
        .filter(|name| name.compiled())
        .map(|name| format!("`{name}`"))
        .collect();
    names.join(", ")
}
