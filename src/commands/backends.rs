//! `brecha backends`: what is compiled in, what this machine has, and why not.

use super::{print, show};
use crate::backend::{Availability, BackendName, survey};
use crate::cli::BackendsArguments;
use crate::error::{Error, ExitCode};

/// Opens every device there is and lists it.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn run(arguments: &BackendsArguments) -> Result<ExitCode, Error> {
    let backends = survey();
    if arguments.json {
        // Names and texts only: nothing that JSON cannot hold.
        let json = serde_json::to_string_pretty(&backends).unwrap_or_default();
        print(&format!("{json}\n"))?;
    } else {
        show(&table(&backends))?;
    }
    Ok(ExitCode::Success)
}

fn table(backends: &[Availability]) -> String {
    let mut text = format!(
        "{:<9} {:<9} {:<8} {}\n",
        "name", "compiled", "present", "device"
    );
    for backend in backends {
        let yes_no = |yes| if yes { "yes" } else { "no" };
        let device = match (&backend.device, &backend.note) {
            (Some(device), Some(note)) => format!("{device} ({note})"),
            (Some(device), None) => device.clone(),
            (None, Some(note)) => note.clone(),
            (None, None) => String::new(),
        };
        let line = format!(
            "{:<9} {:<9} {:<8} {device}",
            backend.name,
            yes_no(backend.compiled),
            // Whether there is a device elsewhere is not for this machine to say.
            if backend.compiled && backend.name != BackendName::Remote {
                yes_no(backend.device.is_some())
            } else {
                ""
            },
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
