//! What the file says about itself, besides the computation.

use std::collections::BTreeMap;

use super::error::OnnxError;
use super::protobuf::StringStringEntryProto;

/// The key of the classes, a JSON array of strings in the order of the outputs.
pub const CLASSES_KEY: &str = "classes";

/// The key of the digest of the configuration.
pub const CONFIGURATION_DIGEST_KEY: &str = "configuration_digest";

/// What viewers and programs may read beside the graph. There is no date in it: the same network gives the same bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The program, `brecha`.
    pub producer_name: String,
    /// Its version.
    pub producer_version: String,
    /// What the network is, for a reader.
    pub description: String,
    /// The names of the classes; empty if there are none.
    pub classes: Vec<String>,
    /// Identifies the configuration that trained the network.
    pub configuration_digest: Option<String>,
    /// Anything else, by key.
    pub properties: BTreeMap<String, String>,
}

impl Metadata {
    /// `metadata_props`, sorted by key: the producer's version is there as `brecha_version` too, where `onnxruntime`
    /// shows it (its API has no producer version).
    pub(super) fn entries(&self) -> Result<Vec<StringStringEntryProto>, OnnxError> {
        let mut entries = self.properties.clone();
        let mut insert = |key: String, value: String| match entries.insert(key.clone(), value) {
            None => Ok(()),
            Some(_) => Err(OnnxError::DuplicateProperty { key }),
        };
        if !self.classes.is_empty() {
            // Display of a JSON value cannot fail.
            let classes = serde_json::Value::from(self.classes.clone()).to_string();
            insert(CLASSES_KEY.to_owned(), classes)?;
        }
        if !self.producer_name.is_empty() {
            let key = format!("{}_version", self.producer_name);
            insert(key, self.producer_version.clone())?;
        }
        if let Some(digest) = &self.configuration_digest {
            insert(CONFIGURATION_DIGEST_KEY.to_owned(), digest.clone())?;
        }
        Ok(entries
            .into_iter()
            .map(|(key, value)| StringStringEntryProto {
                key: Some(key),
                value: Some(value),
            })
            .collect())
    }
}
