//! `devices`, and that `backend` says the same.

use super::super::schema::{BackendConfig, Config};
use super::Checks;

pub(super) fn check(config: &Config, checks: &mut Checks) {
    let Some(devices) = &config.devices else {
        return;
    };
    let Some(first) = devices.first() else {
        checks.add(
            "devices",
            "`devices` is empty: a step needs at least 1 device".to_owned(),
        );
        checks.hint("name one or more, as in `[\"cuda:0\", \"cuda:1\"]`, or remove `devices`");
        return;
    };
    let backend = match &config.backend {
        BackendConfig::Named(name) => name,
        BackendConfig::Remote(_) => "remote",
    };
    if backend_of(first).is_some_and(|of_first| of_first != backend) {
        checks.add(
            "backend",
            format!("`backend` is `{backend}`, but the network is to live on the first of `devices`, `{first}`"),
        );
        checks.hint("remove one of both");
    }
}

impl Config {
    /// Takes this back end, if one is given, instead of what is written.
    pub fn choose_backend(&mut self, other: Option<&str>) {
        if let Some(name) = other {
            self.backend = BackendConfig::Named(name.to_owned());
            self.devices = None;
        }
    }

    /// Takes the back end of the first device, if there are devices.
    pub(in super::super) fn follow_devices(&mut self) {
        let first = self.devices.as_ref().and_then(|devices| devices.first());
        if let Some(backend) = first.and_then(|first| backend_of(first)) {
            self.backend = BackendConfig::Named(backend.to_owned());
        }
    }
}

/// `None` where it names no device.
fn backend_of(device: &str) -> Option<&str> {
    device.split_once(':').map(|(backend, _)| backend)
}
