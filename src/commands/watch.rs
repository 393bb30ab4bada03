//! `brecha watch`: the pages of a folder of runs, for a browser on this machine.

mod follow;
mod runs;
mod site;

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use self::site::Runs;
use super::{print, tell};
use crate::cli::WatchArguments;
use crate::error::{Error, ExitCode};
use crate::report::ReportError;
use crate::server::files::Root;
use crate::server::{Hosts, serve};

/// Serves until Ctrl-C.
///
/// # Errors
///
/// The folder is not there, the address is not to be served on, or the port is taken.
pub fn run(arguments: &WatchArguments) -> Result<ExitCode, Error> {
    let address = SocketAddr::new(arguments.host, arguments.port);
    if !address.ip().is_loopback() && !arguments.allow_remote {
        return Err(Error::Arguments {
            message: format!(
                "`--host {}` would show the runs to everybody who can reach this machine",
                arguments.host
            ),
            hint: "leave it out to serve this machine alone, or add `--allow-remote`; nobody is asked for a password".to_owned(),
        });
    }
    let root = Root::new(&arguments.directory).map_err(|source| ReportError::Io {
        action: "watch",
        path: arguments.directory.clone(),
        source,
    })?;
    let listener = TcpListener::bind(address).map_err(|error| refused(address, &error))?;
    let address = listener
        .local_addr()
        .map_err(|error| refused(address, &error))?;
    print(&format!("http://{address}/\n"))?;
    tell(&format!(
        "watching `{}`; Ctrl-C ends it\n",
        arguments.directory.display()
    ));
    let site = Arc::new(Runs::new(root, &arguments.directory));
    serve(&listener, Hosts::new(address), &site);
    Ok(ExitCode::Success)
}

fn refused(address: SocketAddr, error: &std::io::Error) -> Error {
    let hint = match error.kind() {
        ErrorKind::AddrInUse => {
            "another program has this port, perhaps another `brecha watch`; `--port 0` takes one that is free"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 belong to the system; take a larger one with `--port`"
        }
        _ => "is this an address of this machine?",
    };
    Error::Arguments {
        message: format!("cannot serve on {address}: {error}"),
        hint: hint.to_owned(),
    }
}
