//! What the tests of all pictures check alike.

use std::error::Error;

/// What a test returns.
pub(in crate::report) type Checked = Result<(), Box<dyn Error>>;

/// Panics on what no XML parser accepts: tags that do not match, stray `<` and `&`, unquoted attributes.
pub(in crate::report) fn assert_is_xml(document: &str) {
    let mut open = Vec::new();
    let mut rest = document;
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('>'), "{text}");
        for reference in text.split('&').skip(1) {
            let name = reference.split_once(';').map_or("", |(name, _)| name);
            assert!(
                ["lt", "gt", "amp", "quot", "apos"].contains(&name),
                "{reference}"
            );
        }
        let (tag, after) = after.split_once('>').unwrap_or_else(|| panic!("{after}"));
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap_or_default());
        }
        rest = after;
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Width, height and the bytes of the pixels.
pub(in crate::report) fn decoded(
    file: &[u8],
) -> Result<(png::OutputInfo, Vec<u8>), Box<dyn Error>> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let information = reader.next_frame(&mut pixels)?;
    Ok((information, pixels))
}

/// Panics unless every coordinate is a number on the paper and something is drawn.
#[track_caller]
pub(in crate::report) fn assert_is_drawn(document: &str) {
    let view = attribute(document, "viewBox");
    let size: Vec<f64> = view.first().map(|view| numbers(view)).unwrap_or_default();
    let [_, _, width, height] = size[..] else {
        panic!("{document}");
    };
    let reach = width.max(height);
    let mut count = 0;
    for (name, least, most) in [
        ("x", 0.0, width),
        ("cx", 0.0, width),
        ("x1", 0.0, width),
        ("y", -0.05 * reach, height),
        ("cy", 0.0, height),
        ("y1", 0.0, height),
        ("points", 0.0, reach),
    ] {
        for value in attribute(document, name) {
            for number in numbers(value) {
                assert!((least..=most).contains(&number), "{name}={value:?}");
                count += 1;
            }
        }
    }
    assert!(count > 0);
}

fn attribute<'a>(document: &'a str, name: &str) -> Vec<&'a str> {
    document
        .split(&format!(" {name}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// Panics on what is not a number.
fn numbers(list: &str) -> Vec<f64> {
    list.split([' ', ','])
        .filter(|number| !number.is_empty())
        .map(|number| {
            number
                .parse()
                .unwrap_or_else(|_| panic!("{number:?} in {list:?}"))
        })
        .inspect(|number: &f64| assert!(number.is_finite(), "{list:?}"))
        .collect()
}
