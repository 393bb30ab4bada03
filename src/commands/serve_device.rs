//! `brecha serve-device`: a device of this machine, for networks that are trained elsewhere.

use crate::cli::ServeDeviceArguments;
use crate::error::{Error, ExitCode};

/// Offers a device until the process is told to stop.
///
/// # Errors
///
/// The back end has no device here, the address is none, there is no token, or the port is taken.
#[cfg(feature = "remote")]
pub fn run(arguments: &ServeDeviceArguments) -> Result<ExitCode, Error> {
    use super::print;
    use crate::backend::remote::{Listen, Server, Token};
    use crate::backend::{self, BackendError};
    use crate::config::BackendConfig;

    let listen = Listen::parse(&arguments.listen, arguments.unencrypted);
    let listen = listen.map_err(BackendError::from)?;
    let token = Token::find(arguments.token_file.as_deref()).map_err(BackendError::from)?;
    let backend = backend::open(&BackendConfig::Named(arguments.backend.clone()))?;
    let server = Server::new(&backend, listen, &token, arguments.key.as_deref());
    let server = server.map_err(BackendError::from)?;
    let (how, unencrypted) = match listen {
        Listen::Plain(place) if place.ip().is_loopback() => ("unencrypted, on this machine", ""),
        Listen::Plain(_) => (
            "UNENCRYPTED: what travels can be read on the way",
            ", unencrypted = true",
        ),
        Listen::Encrypted(_) => (
            "encrypted; HOST is a name or an address of this machine",
            "",
        ),
    };
    print(&format!(
        "device   {}, {}\nlistens  {how}\nclient   backend = {{ remote = \"{}\"{unencrypted} }}\n\n",
        backend.name,
        backend.description,
        server.address(),
    ))?;
    server.serve().map_err(BackendError::from)?;
    Ok(ExitCode::Success)
}

/// Was left out of this program.
///
/// # Errors
///
/// Always.
#[cfg(not(feature = "remote"))]
pub fn run(_: &ServeDeviceArguments) -> Result<ExitCode, Error> {
    use crate::backend::{BackendError, BackendName};

    Err(Error::Backend(BackendError::NotCompiled {
        name: BackendName::Remote,
    }))
}
