//! Text: how wide it is, and how it is made to fit.
//!
//! Both formats are laid out with the metrics of the embedded font. plotters' own bitmap text is not used: it
//! drops each glyph's left bearing, which spaces letters unevenly, and sets text 6 % larger than its SVG does.

use ab_glyph::{Font, FontRef, InvalidFont, PxScale, ScaleFont};

static FONT: &[u8] = include_bytes!("../fonts/DejaVuSans-subset.ttf");

const ELLIPSIS: char = '…';

/// The embedded font.
pub(in crate::report) struct Typeface {
    font: FontRef<'static>,
}

impl Typeface {
    /// Reads the embedded font.
    ///
    /// # Errors
    ///
    /// When its bytes are no font, which only a damaged build can cause.
    pub(in crate::report) fn embedded() -> Result<Self, InvalidFont> {
        FontRef::try_from_slice(FONT).map(|font| Self { font })
    }

    /// The outlines of `text` and where each starts, counted from the start of the baseline, at `size` pixels per em.
    pub(in crate::report) fn glyphs(&self, text: &str, size: f64) -> Vec<ab_glyph::Glyph> {
        let scale = self.scale(size);
        let scaled = self.font.as_scaled(scale);
        let mut x = 0.0;
        let mut previous = None;
        text.chars()
            .map(|character| {
                let id = self.font.glyph_id(character);
                x += previous.map_or(0.0, |before| scaled.kern(before, id));
                let glyph = id.with_scale_and_position(scale, ab_glyph::point(x, 0.0));
                x += scaled.h_advance(id);
                previous = Some(id);
                glyph
            })
            .collect()
    }

    /// The filled shape of one of [`Self::glyphs`]; a space has none.
    pub(in crate::report) fn outline(
        &self,
        glyph: ab_glyph::Glyph,
    ) -> Option<ab_glyph::OutlinedGlyph> {
        self.font.outline_glyph(glyph)
    }

    /// The width of `text` at `size` pixels per em.
    pub(in crate::report) fn width(&self, text: &str, size: f64) -> f64 {
        let scaled = self.font.as_scaled(self.scale(size));
        self.glyphs(text, size).last().map_or(0.0, |glyph| {
            f64::from(glyph.position.x + scaled.h_advance(glyph.id))
        })
    }

    /// `text`, or as much of its start as fits into `width`, with an ellipsis.
    pub(in crate::report) fn shorten_end(&self, text: &str, size: f64, width: f64) -> String {
        self.shorten(text, size, width, |kept| (kept, 0))
    }

    /// `text`, or as much of its start and end as fits into `width`: run names often differ at the end only.
    pub(in crate::report) fn shorten_middle(&self, text: &str, size: f64, width: f64) -> String {
        self.shorten(text, size, width, |kept| (kept - kept / 2, kept / 2))
    }

    /// `text` on at most `most` lines of `width`; the last is shortened when it does not fit.
    pub(in crate::report) fn wrap(
        &self,
        text: &str,
        size: f64,
        width: f64,
        most: usize,
    ) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let full = lines.len() >= most;
            match lines.last_mut() {
                Some(line) if full || self.width(&format!("{line} {word}"), size) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
            .iter()
            .map(|line| self.shorten_end(line, size, width))
            .collect()
    }

    /// Keeps the most characters that fit, divided by `ends` into so many of the start and so many of the end.
    fn shorten(
        &self,
        text: &str,
        size: f64,
        width: f64,
        ends: fn(usize) -> (usize, usize),
    ) -> String {
        if self.width(text, size) <= width {
            return text.to_owned();
        }
        let characters: Vec<char> = text.chars().collect();
        let shortened = |kept: usize| -> String {
            let (start, end) = ends(kept);
            let head: String = characters[..start].iter().collect();
            let tail: String = characters[characters.len() - end..].iter().collect();
            format!("{}{ELLIPSIS}{}", head.trim_end(), tail.trim_start())
        };
        // The width grows with the characters kept, but for kerning: the largest count that fits is found by halving.
        let (mut fits, mut too_many) = (0, characters.len());
        while too_many - fits > 1 {
            let middle = usize::midpoint(fits, too_many);
            if self.width(&shortened(middle), size) <= width {
                fits = middle;
            } else {
                too_many = middle;
            }
        }
        shortened(fits)
    }

    fn scale(&self, size: f64) -> PxScale {
        let units_per_em = self.font.units_per_em().unwrap_or(2048.0);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "text sizes are small numbers"
        )]
        let size = size as f32;
        PxScale::from(size * self.font.height_unscaled() / units_per_em)
    }
}

/// `text` without what XML 1.0 forbids or a single line cannot show: each such character becomes a space.
pub(in crate::report) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{FFFE}' | '\u{FFFF}' => ' ',
            character if character.is_control() => ' ',
            character => character,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shortened_to_its_width() -> Result<(), InvalidFont> {
        let typeface = Typeface::embedded()?;
        let text = "a-run-with-a-name-nobody-would-want-to-type-2";
        let middle = typeface.shorten_middle(text, 10.0, 120.0);
        assert!(middle.starts_with("a-run") && middle.ends_with("type-2") && middle.contains('…'));
        assert!(typeface.width(&middle, 10.0) <= 120.0);
        assert_eq!(typeface.shorten_end("short", 10.0, 120.0), "short");
        assert_eq!(typeface.shorten_end("short", 10.0, 0.0), "…");
        Ok(())
    }

    #[test]
    fn long_text_is_wrapped_and_its_end_shortened() -> Result<(), InvalidFont> {
        let typeface = Typeface::embedded()?;
        let lines = typeface.wrap(&"word ".repeat(50), 10.0, 120.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| typeface.width(line, 10.0) <= 120.0));
        assert!(lines[1].ends_with('…'));
        assert!(typeface.wrap("", 10.0, 120.0, 2).is_empty());
        Ok(())
    }

    #[test]
    fn the_font_has_every_character_that_is_drawn() -> Result<(), InvalidFont> {
        let typeface = Typeface::embedded()?;
        for character in "aZ09 %.,:;()–−×·≤±…äéñßµαβγλσ⁻⁰¹²³⁴⁵⁶⁷⁸⁹".chars()
        {
            assert_ne!(typeface.font.glyph_id(character).0, 0, "{character}");
        }
        Ok(())
    }
}
