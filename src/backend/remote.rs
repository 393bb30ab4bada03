//! A device elsewhere: burn's remote back end, with a server (`brecha serve-device`) and a client (`backend = { remote = "…" }`).
//!
//! The client keeps the graph of the gradient and sends the operations on tensors, one after the other; the server computes them on its
//! device. Two things are brecha's own. Where a connection leads is a matter of the address: `ID@HOST:PORT` is burn's encrypted transport
//! (Iroh: QUIC with TLS 1.3), where the id is the server's public key, so that nobody else can answer in its place; `ws://HOST:PORT` is a
//! plain one, and is refused beyond this machine unless `unencrypted` says so on both sides. No relay of others is used: the client dials
//! the address. And a [`greeting`] says which brecha serves, before anything is computed.

mod address;
mod client;
mod error;
mod greeting;
mod server;
mod token;

pub use address::Address;
pub use client::{address, open};
pub use error::RemoteError;
pub use server::{Listen, Server};
pub use token::Token;

/// Of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");
