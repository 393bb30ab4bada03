//! White paper with images of one size and words.

use crate::data::SampleShape;
use crate::report::picture::PictureError;
use crate::report::picture::text::Typeface;

/// Small images are enlarged by a whole number until a tile has about this many pixels to a side.
const TILE: usize = 64;

/// Larger ones lose rows and columns.
const LARGEST_TILE: usize = 128;

pub(in crate::report) const MARGIN: usize = 16;
pub(in crate::report) const GAP: usize = 4;
pub(in crate::report) const TEXT: f64 = 15.0;
const LONGEST_NAME: f64 = 180.0;

/// How images of one size are drawn.
#[derive(Clone, Copy)]
pub(in crate::report) struct Tiles {
    channels: usize,
    height: usize,
    width: usize,
    grow: usize,
    shrink: usize,
}

impl Tiles {
    /// `None` for samples that are no images.
    pub(in crate::report) fn new(shape: SampleShape) -> Option<Self> {
        let SampleShape::Image {
            channels,
            height,
            width,
        } = shape
        else {
            return None;
        };
        let side = height.max(width);
        Some(Self {
            channels,
            height,
            width,
            grow: (TILE / side).max(1),
            shrink: side.div_ceil(LARGEST_TILE),
        })
    }

    /// Pixels of the sheet that an image covers from top to bottom.
    pub(in crate::report) fn tall(&self) -> usize {
        (self.height * self.grow).div_ceil(self.shrink)
    }

    /// And from left to right.
    pub(in crate::report) fn wide(&self) -> usize {
        (self.width * self.grow).div_ceil(self.shrink)
    }

    /// A row with this much room has a line of text at its side.
    pub(in crate::report) fn row(&self) -> usize {
        self.tall().max(TEXT as usize + GAP) + GAP
    }

    /// Draws the image whose value at a position (channel by channel, row by row) is `value`; grey unless there are three
    /// channels.
    pub(in crate::report) fn draw(
        &self,
        sheet: &mut Sheet,
        (left, top): (usize, usize),
        value: impl Fn(usize) -> u8,
    ) {
        let area = self.height * self.width;
        for y in 0..self.tall() {
            for x in 0..self.wide() {
                let row = (y * self.shrink / self.grow).min(self.height - 1);
                let column = (x * self.shrink / self.grow).min(self.width - 1);
                let first = row * self.width + column;
                let colour = if self.channels == 3 {
                    [0, 1, 2].map(|channel| value(first + channel * area))
                } else {
                    [value(first); 3]
                };
                sheet.put(left + x, top + y, colour);
            }
        }
    }
}

/// A byte as one of 256 shades, where the source has `largest + 1` of them.
pub(in crate::report) fn shade(byte: u8, largest: u8) -> u8 {
    (u32::from(byte) * 255 / u32::from(largest).max(1)) as u8
}

pub(in crate::report) struct Sheet {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Sheet {
    pub(in crate::report) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pixels: vec![255; width * height * 3],
        }
    }

    fn put(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        if x < self.width && y < self.height {
            self.pixels[(y * self.width + x) * 3..][..3].copy_from_slice(&colour);
        }
    }

    pub(in crate::report) fn write(
        &mut self,
        typeface: &Typeface,
        text: &str,
        (left, baseline): (f64, f64),
    ) {
        for glyph in typeface.glyphs(text, TEXT) {
            let Some(outline) = typeface.outline(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            let corner = (
                f64::from(bounds.min.x) + left,
                f64::from(bounds.min.y) + baseline,
            );
            outline.draw(|x, y, coverage| {
                let ink = (255.0 * (1.0 - coverage.clamp(0.0, 1.0))) as u8;
                let (x, y) = (
                    corner.0 as usize + x as usize,
                    corner.1 as usize + y as usize,
                );
                if ink < 255 {
                    self.put(x, y, [ink; 3]);
                }
            });
        }
    }

    pub(in crate::report) fn png(&self) -> Result<Vec<u8>, PictureError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

/// Names that stand before the rows, none too long, and the room that they take.
pub(in crate::report) fn names<'n>(
    typeface: &Typeface,
    names: impl Iterator<Item = &'n str>,
) -> (Vec<String>, usize) {
    let names: Vec<String> = names
        .map(|name| typeface.shorten_end(name, TEXT, LONGEST_NAME))
        .collect();
    let widths = names.iter().map(|name| typeface.width(name, TEXT));
    let width = widths.fold(0.0, f64::max).ceil() as usize;
    (names, width)
}
