//! The side that has the device: lets in who knows the token, and computes what it asks for.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use burn::backend::ir::BackendIr;
use burn::backend::{Cube, Flex};
use burn::server::{
    IrohIdentity, IrohRelays, IrohTransport, RemoteServer, TokenAuthorizer, Transport,
    WebSocketTransport,
};

use super::address::{PLAIN, resolve};
use super::greeting::{Greeting, OPERATION};
use super::{RemoteError, Token, VERSION};
use crate::backend::{Backend, BackendName};
use crate::fail_point;

/// Where a server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// `ws://HOST:PORT`, on this address; port 0 is one that is free.
    Plain(SocketAddr),
    /// `0.0.0.0:PORT`, on all interfaces: burn's encrypted transport knows no other way.
    Encrypted(u16),
}

impl Listen {
    /// `unencrypted` allows a plain address that others can reach.
    ///
    /// # Errors
    ///
    /// It is no address, or others could reach it and nobody allowed that.
    pub fn parse(text: &str, unencrypted: bool) -> Result<Self, RemoteError> {
        let wrong = |reason: String| RemoteError::Listen {
            text: text.to_owned(),
            reason,
        };
        let (is_plain, place) = match text.strip_prefix(PLAIN) {
            Some(place) => (true, place),
            None => (false, text),
        };
        let place = resolve(place).map_err(wrong)?[0];
        if is_plain && !place.ip().is_loopback() && !unencrypted {
            return Err(RemoteError::Unencrypted {
                text: text.to_owned(),
                instead: "0.0.0.0:PORT",
                flag: "--unencrypted",
            });
        }
        if is_plain {
            return Ok(Self::Plain(place));
        }
        if !place.ip().is_unspecified() || place.port() == 0 {
            return Err(wrong(
                "the encrypted transport listens on all interfaces, at a port of your choice"
                    .to_owned(),
            ));
        }
        Ok(Self::Encrypted(place.port()))
    }
}

/// A server that has not begun.
pub struct Server {
    burn: RemoteServer,
    transport: Transport,
    listen: String,
    address: String,
}

impl Server {
    /// Offers the device to who presents the token. The identity of an encrypted server is kept in the file `key`, which is made if it
    /// is not there; without one, it is another each time.
    ///
    /// # Errors
    ///
    /// The port is taken, or the key cannot be read.
    pub fn new(
        backend: &Backend,
        listen: Listen,
        token: &Token,
        key: Option<&Path>,
    ) -> Result<Self, RemoteError> {
        let (transport, listen, address) = match listen {
            Listen::Plain(place) => {
                let failed = |error: std::io::Error| RemoteError::Serve {
                    listen: format!("{PLAIN}{place}"),
                    reason: error.to_string(),
                };
                let listener = TcpListener::bind(place).map_err(failed)?;
                let place = listener.local_addr().map_err(failed)?;
                let address = format!("{PLAIN}{place}");
                let transport = WebSocketTransport::from_listener(listener);
                (Transport::from(transport), address.clone(), address)
            }
            Listen::Encrypted(port) => {
                let identity = match key {
                    Some(path) => {
                        IrohIdentity::load_or_create(path).map_err(|error| RemoteError::Key {
                            path: path.to_owned(),
                            reason: error.to_string(),
                        })?
                    }
                    None => IrohIdentity::random(),
                };
                let address = format!("{}@HOST:{port}", identity.id());
                let transport = IrohTransport::new(identity)
                    .with_relays(IrohRelays::Disabled)
                    .with_port(port);
                (
                    Transport::from(transport),
                    format!("0.0.0.0:{port}"),
                    address,
                )
            }
        };
        let authorizer =
            TokenAuthorizer::new(token.secret()).map_err(|error| RemoteError::Serve {
                listen: listen.clone(),
                reason: error.to_string(),
            })?;
        let server = RemoteServer::new([backend.device.clone()]).with_authorizer(authorizer);
        Ok(Self {
            burn: greeting(server, backend),
            transport,
            listen,
            address,
        })
    }

    /// What a client writes; where `HOST` stands, a name of this machine belongs.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Serves until the process is told to stop.
    ///
    /// # Errors
    ///
    /// The port is taken, or the system fails.
    pub fn serve(self) -> Result<(), RemoteError> {
        let Self {
            burn,
            transport,
            listen,
            ..
        } = self;
        burn.serve(transport).map_err(|error| RemoteError::Serve {
            listen,
            reason: error.to_string(),
        })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// With the operation by which it says what it is.
fn greeting(server: RemoteServer, backend: &Backend) -> RemoteServer {
    let version = if fail_point::asks("other-version") {
        "0.0.1"
    } else {
        VERSION
    };
    let greeting = Greeting {
        version: version.to_owned(),
        device: format!("{}, {}", backend.name, backend.description),
    };
    match backend.name {
        BackendName::Flex => with::<Flex>(server, greeting),
        BackendName::Ndarray => with_ndarray(server, greeting),
        _ => with::<Cube>(server, greeting),
    }
}

fn with<B: BackendIr>(server: RemoteServer, greeting: Greeting) -> RemoteServer {
    server.with_custom_op::<B, _>(OPERATION, move |handles, operation, device| {
        greeting.say::<B>(handles, operation, device);
    })
}

#[expect(
    deprecated,
    reason = "burn will drop ndarray in 0.23; until then it is our independent second opinion"
)]
fn with_ndarray(server: RemoteServer, greeting: Greeting) -> RemoteServer {
    with::<burn::backend::NdArray>(server, greeting)
}
