//! What is on a page, before it is put into words of HTML; and how `run.json` is asked for it.

use serde::Serialize;
use serde_json::Value;

/// The page of one run.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) status: String,
    pub(super) verdict: Verdict,
    pub(super) curves: Option<Curves>,
    /// Some of the epochs, for those who cannot see curves.
    pub(super) epochs: Option<Table>,
    pub(super) sections: Vec<Section>,
    /// What a reader might look for and will not find, and why.
    pub(super) missing: Vec<String>,
    pub(super) footer: String,
}

/// The answer, before everything else.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Verdict {
    /// `good`, `bad`, or `open`: how it looks.
    pub(super) kind: &'static str,
    /// `learned`
    pub(super) word: String,
    /// One sentence, with the interval.
    pub(super) reason: String,
    pub(super) bar: Option<Bar>,
    pub(super) advice: Vec<String>,
}

/// The gap with its interval beside the tolerance; all lengths and places in per cent of the bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Bar {
    pub(super) zero: f64,
    pub(super) low: f64,
    pub(super) width: f64,
    pub(super) value: f64,
    pub(super) tolerance: f64,
    /// The same in words.
    pub(super) label: String,
}

/// Curves whose numbers can be read.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Curves {
    pub(super) svg: String,
    /// JSON that is safe inside of a script element.
    pub(super) points: String,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) texts: Vec<String>,
    pub(super) tables: Vec<Table>,
    pub(super) figures: Vec<Figure>,
    /// Text to be copied.
    pub(super) code: Option<String>,
}

impl Section {
    pub(super) fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            ..Self::default()
        }
    }

    /// Nothing for a section that has nothing to show.
    pub(super) fn unless_empty(self) -> Option<Self> {
        let is_empty = self.texts.is_empty()
            && self.tables.is_empty()
            && self.figures.is_empty()
            && self.code.is_none();
        (!is_empty).then_some(self)
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// What has to be known to read it.
    pub(super) note: String,
}

impl Table {
    pub(super) fn new(caption: &str, header: &[&str]) -> Self {
        Self {
            caption: caption.to_owned(),
            header: header.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
            note: String::new(),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    /// A `data:` URL.
    pub(super) source: String,
    pub(super) alt: String,
    pub(super) caption: String,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A text of the record, such as `/backend/device`.
pub(super) fn text(record: &Value, pointer: &str) -> Option<String> {
    record.pointer(pointer)?.as_str().map(str::to_owned)
}

/// A number of the record.
pub(super) fn number(record: &Value, pointer: &str) -> Option<f64> {
    record.pointer(pointer)?.as_f64()
}

/// A count of the record.
pub(super) fn count(record: &Value, pointer: &str) -> Option<u64> {
    record.pointer(pointer)?.as_u64()
}

/// A value with the ends of its interval.
pub(super) fn estimate(record: &Value, pointer: &str) -> Option<[f64; 3]> {
    let end = |name: &str| number(record, &format!("{pointer}/{name}"));
    Some([end("value")?, end("low")?, end("high")?])
}

/// `97.1 % (96.0 to 98.0)`
pub(super) fn percent([value, low, high]: [f64; 3]) -> String {
    format!(
        "{:.1} % ({:.1} to {:.1})",
        100.0 * value,
        100.0 * low,
        100.0 * high
    )
}
