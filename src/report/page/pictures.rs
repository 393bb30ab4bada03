//! The pictures of the run's folder, as images inside of the page.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::content::{Figure, text};
use crate::report::run_file;

/// A larger picture stays in its folder: a page has to be light.
const LARGEST: u64 = 700_000;

/// The folder of the pictures, below that of the run.
const FOLDER: &str = "pictures";

/// A picture of the run, if it was drawn: its SVG, unless its PNG is smaller. What is too large is named in `missing`.
pub(super) fn figure(
    run: &Path,
    name: &str,
    caption: &str,
    missing: &mut Vec<String>,
) -> Option<Figure> {
    let there: Vec<(u64, &str)> = ["svg", "png"]
        .into_iter()
        .filter_map(|kind| {
            let path = run.join(FOLDER).join(format!("{name}.{kind}"));
            let length = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.len();
            Some((length, kind))
        })
        .collect();
    let &(length, kind) = there.iter().min_by_key(|&&(length, _)| length)?;
    let file = format!("{FOLDER}/{name}.{kind}");
    if length > LARGEST {
        missing.push(format!(
            "`{file}` is too large for a page; it lies beside it"
        ));
        return None;
    }
    let bytes = run_file::read(run, &file).ok()?;
    let (mime, size) = match kind {
        "svg" => ("image/svg+xml", svg_size(&bytes)),
        _ => ("image/png", png_size(&bytes)),
    };
    let Some((width, height)) = size else {
        missing.push(format!("`{file}` is no picture"));
        return None;
    };
    Some(Figure {
        source: format!("data:{mime};base64,{}", STANDARD.encode(&bytes)),
        alt: caption.to_owned(),
        caption: caption.to_owned(),
        width,
        height,
    })
}

/// Says which pictures a run like this one has, and this one has not; nothing while it goes on, because they come with its end.
pub(super) fn absent(record: &Value, run: &Path) -> Option<String> {
    let is_there = |pointer: &str| {
        record
            .pointer(pointer)
            .is_some_and(|value| !value.is_null())
    };
    if !is_there("/result") {
        return None;
    }
    let of_classes = record
        .pointer("/data/classes")
        .and_then(Value::as_array)
        .is_some_and(|classes| !classes.is_empty());
    let is_judged = is_there("/result/validation") || is_there("/result/test");
    let shape = text(record, "/data/shape").unwrap_or_default();
    let names: Vec<&str> = [
        ("confusion", of_classes && is_judged),
        ("classes", of_classes && is_judged),
        ("samples", shape.contains('×')),
        ("boundary", shape == "2 features"),
        ("layers", run.join("layers.csv").is_file()),
    ]
    .into_iter()
    .filter(|&(name, is_due)| {
        let file = |kind: &str| run.join(FOLDER).join(format!("{name}.{kind}"));
        is_due && !file("svg").is_file() && !file("png").is_file()
    })
    .map(|(name, _)| name)
    .collect();
    (!names.is_empty()).then(|| {
        format!(
            "`{FOLDER}` has no {}: `brecha report` draws what can still be drawn",
            names.join(", ")
        )
    })
}

/// As our SVG documents begin: `<svg width="800" height="600" `.
fn svg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = String::from_utf8_lossy(bytes.get(..200.min(bytes.len()))?);
    let attribute = |name: &str| {
        let (_, rest) = head.split_once(&format!(" {name}=\""))?;
        rest.split_once('"')?.0.parse().ok()
    };
    Some((attribute("width")?, attribute("height")?))
}

/// Half of the pixels: PNGs are drawn twice as large as they are shown.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    let reader = decoder.read_info().ok()?;
    let info = reader.info();
    let scale = if info.is_animated() {
        1
    } else {
        crate::report::style::PNG_SCALE
    };
    Some((info.width / scale, info.height / scale))
}
