//! Where a device is, and how to get there.

use std::net::{SocketAddr, ToSocketAddrs};

use burn::remote::EndpointId;

use super::RemoteError;

/// What begins an address that is not encrypted.
pub(super) const PLAIN: &str = "ws://";

/// Of a server, as a client reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `ws://HOST:PORT`: a WebSocket that anybody on the way can read and change.
    Plain {
        /// `HOST:PORT`
        place: String,
    },
    /// `ID@HOST:PORT`: encrypted, to the server that has this id.
    Encrypted {
        /// Its public key.
        id: EndpointId,
        /// `HOST:PORT`
        place: String,
    },
}

impl Address {
    /// # Errors
    ///
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, RemoteError> {
        let wrong = |reason: String| RemoteError::Address {
            text: text.to_owned(),
            reason,
        };
        if let Some(place) = text.strip_prefix(PLAIN) {
            let place = place.strip_suffix('/').unwrap_or(place).to_owned();
            return match port(&place) {
                Some(1..) => Ok(Self::Plain { place }),
                _ => Err(wrong("it has no port".to_owned())),
            };
        }
        let Some((id, place)) = text.split_once('@') else {
            return Err(wrong(
                "it has neither an id before an `@`, nor `ws://`".to_owned(),
            ));
        };
        let id = id
            .parse()
            .map_err(|_| wrong(format!("`{id}` is not the id of a server")))?;
        match port(place) {
            Some(1..) => Ok(Self::Encrypted {
                id,
                place: place.to_owned(),
            }),
            _ => Err(wrong("it has no port".to_owned())),
        }
    }
}

/// Behind the last colon.
fn port(place: &str) -> Option<u16> {
    let (host, port) = place.rsplit_once(':')?;
    if host.is_empty() {
        return None;
    }
    port.parse().ok()
}

/// What the names stand for; never empty.
pub(super) fn resolve(place: &str) -> Result<Vec<SocketAddr>, String> {
    let found = place.to_socket_addrs().map_err(|error| error.to_string())?;
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        return Err("the name stands for no address".to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_or_have_an_id() {
        let plain = |place: &str| Address::Plain {
            place: place.to_owned(),
        };
        assert_eq!(Address::parse("ws://gpu:3000").unwrap(), plain("gpu:3000"));
        assert_eq!(
            Address::parse("ws://[::1]:3000/").unwrap(),
            plain("[::1]:3000")
        );
        let id = "ae58ff8833241ac82d6ff7611046ed67b5072d142c588d0063e942d9a75502b6";
        let found = Address::parse(&format!("{id}@gpu:7000")).unwrap();
        assert!(matches!(found, Address::Encrypted { place, .. } if place == "gpu:7000"));
        for wrong in [
            "",
            "gpu",
            "gpu:3000",
            "ws://gpu",
            "ws://gpu:0",
            "ws://:3000",
            "http://gpu:3000",
            "me@gpu:7000",
            &format!("{id}@gpu"),
            &format!("{id}@gpu:70000"),
        ] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }
}
