//! Pixels inside of a picture: a plane of probabilities, a filter, a photograph.
//!
//! plotters can copy pixels to a bitmap one to one, but cannot scale them. So an image travels through
//! [`DrawingBackend::blit_bitmap`] in an envelope of our own: the size that is given is that of the place, and in front of
//! the pixels stand their own width, height and manner. Both of our backends open it.

use plotters::element::{Drawable, PointCollection};
use plotters_backend::{BackendCoord, DrawingBackend, DrawingErrorKind};

/// How pixels become larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Manner {
    /// Each stays a square.
    Squares,
    /// Colours run into each other.
    Smooth,
}

/// Pixels of three bytes, row by row from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::report) struct Image {
    pub(in crate::report) width: u32,
    pub(in crate::report) height: u32,
    pub(in crate::report) pixels: Vec<u8>,
    pub(in crate::report) manner: Manner,
}

/// Between two shades of what runs into each other: nobody sees it, and the file becomes a third as large.
const STEP: f64 = 5.0;

/// Width, height, manner.
const HEAD: usize = 9;

impl Image {
    /// The bytes for `blit_bitmap`.
    fn enveloped(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.pixels.len());
        bytes.extend(self.width.to_le_bytes());
        bytes.extend(self.height.to_le_bytes());
        bytes.push(u8::from(self.manner == Manner::Smooth));
        bytes.extend(&self.pixels);
        bytes
    }

    /// What was enveloped; nothing for other bytes.
    pub(super) fn opened(bytes: &[u8]) -> Option<Self> {
        let (width, rest) = bytes.split_first_chunk()?;
        let (height, rest) = rest.split_first_chunk()?;
        let (&smooth, pixels) = rest.split_first()?;
        let (width, height) = (u32::from_le_bytes(*width), u32::from_le_bytes(*height));
        let whole = width as usize * height as usize * 3 == pixels.len() && !pixels.is_empty();
        whole.then(|| Self {
            width,
            height,
            pixels: pixels.to_vec(),
            manner: if smooth == 0 {
                Manner::Squares
            } else {
                Manner::Smooth
            },
        })
    }

    /// The colour at a share of the width and of the height.
    pub(super) fn at(&self, across: f64, down: f64) -> [f64; 3] {
        let (x, y) = (
            across * f64::from(self.width),
            down * f64::from(self.height),
        );
        match self.manner {
            Manner::Squares => self.pixel(x.floor(), y.floor()),
            // A pixel has its colour in its middle.
            Manner::Smooth => {
                let (x, y) = (x - 0.5, y - 0.5);
                let (left, top) = (x.floor(), y.floor());
                let mix = |a: [f64; 3], b: [f64; 3], part: f64| {
                    std::array::from_fn(|channel| a[channel] + part * (b[channel] - a[channel]))
                };
                let row = |y| mix(self.pixel(left, y), self.pixel(left + 1.0, y), x - left);
                mix(row(top), row(top + 1.0), y - top).map(|byte| (byte / STEP).round() * STEP)
            }
        }
    }

    /// The nearest pixel.
    fn pixel(&self, x: f64, y: f64) -> [f64; 3] {
        let nearest = |place: f64, count: u32| place.clamp(0.0, f64::from(count) - 1.0) as usize;
        let first = 3 * (nearest(y, self.height) * self.width as usize + nearest(x, self.width));
        std::array::from_fn(|channel| f64::from(self.pixels[first + channel]))
    }

    /// As a PNG file.
    pub(in crate::report) fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

/// An image at its place, in plotters' coordinates.
pub(super) struct Placed<'a> {
    pub(super) image: &'a Image,
    pub(super) corner: BackendCoord,
    pub(super) size: (u32, u32),
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Placed<'_> {
    type Point = &'a BackendCoord;
    type IntoIter = std::iter::Once<&'a BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.corner)
    }
}

impl<Backend: DrawingBackend> Drawable<Backend> for Placed<'_> {
    fn draw<Points: Iterator<Item = BackendCoord>>(
        &self,
        mut points: Points,
        backend: &mut Backend,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Backend::ErrorType>> {
        match points.next() {
            Some(corner) => backend.blit_bitmap(corner, self.size, &self.image.enveloped()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(manner: Manner) -> Image {
        Image {
            width: 2,
            height: 1,
            pixels: vec![0, 0, 0, 200, 100, 50],
            manner,
        }
    }

    #[test]
    fn an_envelope_gives_back_what_it_was_given() {
        for manner in [Manner::Squares, Manner::Smooth] {
            let image = image(manner);
            assert_eq!(Image::opened(&image.enveloped()), Some(image));
        }
        assert_eq!(Image::opened(&[1, 2, 3]), None);
        assert_eq!(Image::opened(&[1, 0, 0, 0, 1, 0, 0, 0, 0, 9]), None);
    }

    #[test]
    fn squares_stay_and_smooth_colours_mix() {
        let squares = image(Manner::Squares);
        assert_eq!(
            squares.at(0.49, 0.5).map(f64::to_bits),
            [0.0; 3].map(f64::to_bits)
        );
        assert_eq!(
            squares.at(0.51, 0.5).map(f64::to_bits),
            [200.0, 100.0, 50.0].map(f64::to_bits)
        );
        let smooth = image(Manner::Smooth);
        assert_eq!(
            smooth.at(0.5, 0.5).map(f64::to_bits),
            [100.0, 50.0, 25.0].map(f64::to_bits)
        );
        assert_eq!(
            smooth.at(0.0, 0.0).map(f64::to_bits),
            [0.0; 3].map(f64::to_bits)
        );
        assert_eq!(
            smooth.at(1.0, 1.0).map(f64::to_bits),
            [200.0, 100.0, 50.0].map(f64::to_bits)
        );
    }
}
