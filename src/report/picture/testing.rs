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
