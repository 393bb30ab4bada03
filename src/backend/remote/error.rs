//! Why a device elsewhere cannot be reached, or offered.

use std::path::PathBuf;

use super::VERSION;
use super::token::SHORTEST;

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// No address.
    #[error("`{text}` is no address of a device: {reason}")]
    Address {
        /// As written.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// No address to listen on.
    #[error("`{text}` is no address to listen on: {reason}")]
    Listen {
        /// As written.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// In the open.
    #[error(
        "`{text}` is unencrypted and leads out of this machine: what travels, the token too, can be read on the way"
    )]
    Unencrypted {
        /// As written.
        text: String,
        /// What is encrypted.
        instead: &'static str,
        /// What allows it: a key or an option.
        flag: &'static str,
    },
    /// Nobody said it.
    #[error(
        "a device elsewhere needs a token, and there is neither `BRECHA_TOKEN` nor `BRECHA_TOKEN_FILE`"
    )]
    NoToken,
    /// Too easy to guess.
    #[error("the token has {found} characters, and needs at least {SHORTEST}")]
    ShortToken {
        /// How many it has.
        found: usize,
    },
    /// The file with it.
    #[error("the token cannot be read from `{}`: {reason}", path.display())]
    TokenFile {
        /// Which.
        path: PathBuf,
        /// As the system says it.
        reason: String,
    },
    /// The file with the server's identity.
    #[error("the key cannot be read from `{}`, nor made there: {reason}", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// As the system says it.
        reason: String,
    },
    /// A server that has another token.
    #[error("the server at `{address}` does not accept this token")]
    Refused {
        /// Where.
        address: String,
    },
    /// A server of another brecha.
    #[error("the server at `{address}` is brecha {there}, and this is brecha {VERSION}")]
    Version {
        /// Where.
        address: String,
        /// Its version.
        there: String,
    },
    /// A server of another burn.
    #[error(
        "the server at `{address}` speaks version {there} of burn's protocol, and brecha {VERSION} speaks {here}"
    )]
    Protocol {
        /// Where.
        address: String,
        /// Its version.
        there: u16,
        /// Ours.
        here: u16,
    },
    /// A server, but none of ours.
    #[error("the server at `{address}` does not say which brecha it is: {reason}")]
    NoGreeting {
        /// Where.
        address: String,
        /// What it said.
        reason: String,
    },
    /// Nobody there.
    #[error("no device answers at `{address}`: {reason}")]
    Unreachable {
        /// Where.
        address: String,
        /// As burn says it.
        reason: String,
    },
    /// A server that cannot begin, or go on.
    #[error("cannot serve on `{listen}`: {reason}")]
    Serve {
        /// As written.
        listen: String,
        /// As the system or burn says it.
        reason: String,
    },
}

impl RemoteError {
    /// Whether it is about what was written, and not about this machine or another one.
    #[must_use]
    pub fn is_about_the_text(&self) -> bool {
        matches!(
            self,
            Self::Address { .. }
                | Self::Listen { .. }
                | Self::Unencrypted { .. }
                | Self::NoToken
                | Self::ShortToken { .. }
                | Self::TokenFile { .. }
        )
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Address { .. } => {
                "`ID@HOST:PORT`, as `brecha serve-device` says it, is encrypted; `ws://127.0.0.1:PORT` is not, and for this machine"
                    .to_owned()
            }
            Self::Listen { .. } => {
                "`0.0.0.0:PORT` is encrypted; `ws://127.0.0.1:PORT` is not, and for this machine".to_owned()
            }
            Self::Unencrypted { instead, flag, .. } => {
                format!("`{instead}` is encrypted; for a network that you trust, `{flag}` allows it")
            }
            Self::NoToken | Self::ShortToken { .. } | Self::TokenFile { .. } => {
                "draw one with `head -c 24 /dev/urandom | base64 > token`, and let `BRECHA_TOKEN_FILE` name the file, here and where the \
                 device is; or put it into `BRECHA_TOKEN`"
                    .to_owned()
            }
            Self::Key { .. } => "without `--key` a new identity is drawn each time".to_owned(),
            Self::Refused { .. } => {
                "`BRECHA_TOKEN`, or the file that `BRECHA_TOKEN_FILE` names, must be the same here and there".to_owned()
            }
            Self::Version { .. } | Self::Protocol { .. } | Self::NoGreeting { .. } => {
                "run the same brecha here and there".to_owned()
            }
            Self::Unreachable { .. } => {
                "is `brecha serve-device` running there, and is its port open? `--backend flex` computes here".to_owned()
            }
            Self::Serve { .. } => "is the port taken, or the address another machine's?".to_owned(),
        }
    }
}
