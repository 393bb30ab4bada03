//! Mending a document that serde refused, so that the rest of it can be read too.
//!
//! serde stops at the first mistake. To report all of them, the place of a mistake is replaced by something harmless
//! that the schema accepts, and the document is read again. What was put in is never reported on.

use toml::de::DeValue;

use super::document::{Document, Path};

/// Something that the schema takes without complaint, for each place that may not simply be left out.
const HARMLESS: [(&[&str], &str); 11] = [
    (&["data", "source"], "'digits'"),
    (&["data", "augmentation", "*"], "{ flip = {} }"),
    (&["data"], "{ source = 'digits' }"),
    (&["model", "layers", "*"], "'flatten'"),
    (&["model", "layers"], "['flatten']"),
    (&["model", "loss"], "'mse'"),
    (&["model"], "{ layers = ['flatten'], loss = 'mse' }"),
    (&["training", "epochs"], "1"),
    (&["training", "batch-size"], "1"),
    (&["training", "optimizer"], "{ adam = {} }"),
    (
        &["training"],
        "{ epochs = 1, batch-size = 1, optimizer = { adam = {} } }",
    ),
];

/// Puts something harmless at `path`, or at the smallest place around it where that can be done. Returns the place,
/// inside of which nothing may be reported any more.
pub(super) fn replace(document: &mut Document<'_>, path: &[String]) -> Path {
    let harmless = HARMLESS.iter().find(|(place, _)| {
        // `[training]` itself stands in only for a mistake about the table as a whole.
        if place.len() == 1 {
            path.len() == 1 && path[0] == place[0]
        } else {
            path.len() >= place.len()
                && place
                    .iter()
                    .zip(path)
                    .all(|(pattern, segment)| *pattern == "*" || pattern == segment)
        }
    });
    if let Some((place, text)) = harmless
        && let Ok(value) = DeValue::parse(text)
    {
        let place = path[..place.len()].to_vec();
        document.put(&place, value);
        place
    } else {
        // Everything else has a default.
        document.remove(path);
        path.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::document::split_key;

    #[test]
    fn harmless_values_are_harmless() {
        let mut document = Document::parse("").unwrap();
        for key in ["data", "model", "training"] {
            replace(&mut document, &split_key(key));
        }
        let whole = document.config().unwrap();
        assert_eq!(whole.problems(), []);
        for (place, _) in HARMLESS {
            replace(
                &mut document,
                &split_key(&place.join(".").replace('*', "0")),
            );
            assert_eq!(document.config().unwrap().problems(), []);
        }
    }
}
