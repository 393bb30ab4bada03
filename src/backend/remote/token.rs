//! The secret that client and server share. It is never an argument: those can be read by everybody on the machine.

use std::fs;
use std::path::Path;

use super::RemoteError;

/// Characters, at the least.
pub(super) const SHORTEST: usize = 16;

/// What a client has to present. Never shown.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// From this file; or from `BRECHA_TOKEN`; or from the file that `BRECHA_TOKEN_FILE` names. White space around it does not count.
    ///
    /// # Errors
    ///
    /// There is none, it cannot be read, or it is short.
    pub fn find(file: Option<&Path>) -> Result<Self, RemoteError> {
        if let Some(file) = file {
            return Self::read(file);
        }
        if let Ok(token) = std::env::var("BRECHA_TOKEN") {
            return Self::new(&token);
        }
        match std::env::var_os("BRECHA_TOKEN_FILE") {
            Some(file) => Self::read(Path::new(&file)),
            None => Err(RemoteError::NoToken),
        }
    }

    fn read(file: &Path) -> Result<Self, RemoteError> {
        match fs::read_to_string(file) {
            Ok(token) => Self::new(&token),
            Err(error) => Err(RemoteError::TokenFile {
                path: file.to_owned(),
                reason: error.to_string(),
            }),
        }
    }

    fn new(token: &str) -> Result<Self, RemoteError> {
        let token = token.trim();
        let found = token.chars().count();
        if found < SHORTEST {
            return Err(RemoteError::ShortToken { found });
        }
        Ok(Self(token.to_owned()))
    }

    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}
