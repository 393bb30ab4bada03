//! The side that has the network: finds the server, presents the token, and sees that it is the same brecha.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use burn::backend::DispatchDevice;
use burn::remote::{ConnectError, EndpointAddr, IrohHost, IrohRelays, RemoteHost};
use burn::tensor::Device;

use super::address::resolve;
use super::greeting::Greeting;
use super::{Address, RemoteError, Token, VERSION};
use crate::backend::{Backend, BackendName};
use crate::config::RemoteConfig;

/// Of the device that this process computes on.
static ADDRESS: OnceLock<String> = OnceLock::new();

/// Where the device is, once one has been opened.
#[must_use]
pub fn address() -> Option<&'static str> {
    ADDRESS.get().map(String::as_str)
}

/// Connects with the device.
///
/// # Errors
///
/// The address or the token is none, nobody answers, or the server does not let us in or is of another version.
pub fn open(config: &RemoteConfig) -> Result<Backend, RemoteError> {
    let text = &config.remote;
    let parsed = Address::parse(text)?;
    let token = Token::find(None)?;
    let unreachable = |reason: String| RemoteError::Unreachable {
        address: text.clone(),
        reason,
    };
    let host = match &parsed {
        Address::Plain { place } => {
            let places = resolve(place).map_err(unreachable)?;
            if !config.unencrypted && !places.iter().all(|place| place.ip().is_loopback()) {
                return Err(RemoteError::Unencrypted {
                    text: text.clone(),
                    instead: "ID@HOST:PORT",
                    flag: "unencrypted = true",
                });
            }
            // What was looked at is what is dialled. Of several, those of version 4 are what burn's server listens on.
            let place = places.iter().find(|place| place.is_ipv4());
            let place = place.unwrap_or(&places[0]);
            RemoteHost::websocket(&format!("ws://{place}"))
        }
        Address::Encrypted { id, place } => {
            let places = resolve(place).map_err(unreachable)?;
            let host = IrohHost::new(EndpointAddr::from(*id)).with_relays(IrohRelays::Disabled);
            let host = places.into_iter().fold(host, IrohHost::with_address);
            RemoteHost::iroh(host)
        }
    };
    let host = host.with_credential(token.secret());
    let device = Device::remote_options(&host).init();
    let device = device.map_err(|error| refused(text, error))?;
    let greeting = greeting(&device).map_err(|reason| RemoteError::NoGreeting {
        address: text.clone(),
        reason,
    })?;
    if greeting.version != VERSION {
        return Err(RemoteError::Version {
            address: text.clone(),
            there: greeting.version,
        });
    }
    let _ = ADDRESS.set(text.clone());
    let how = match parsed {
        Address::Plain { .. } => "unencrypted",
        Address::Encrypted { .. } => "encrypted",
    };
    Ok(Backend {
        name: BackendName::Remote,
        device,
        description: format!("{} at {text}, {how}", greeting.device),
        software: false,
    })
}

/// burn's client panics where a connection ends that had been opened.
fn greeting(device: &Device) -> Result<Greeting, String> {
    let DispatchDevice::Remote(remote) = device.as_dispatch() else {
        return Err("burn made another device of it".to_owned());
    };
    catch_unwind(AssertUnwindSafe(|| Greeting::ask(remote)))
        .unwrap_or_else(|_| Err("the connection has ended".to_owned()))
}

fn refused(address: &str, error: ConnectError) -> RemoteError {
    let address = address.to_owned();
    match error {
        ConnectError::Unauthorized => RemoteError::Refused { address },
        ConnectError::IncompatibleProtocol {
            client_version,
            server_version,
        } => RemoteError::Protocol {
            address,
            there: server_version,
            here: client_version,
        },
        other => RemoteError::Unreachable {
            address,
            reason: other.to_string(),
        },
    }
}
