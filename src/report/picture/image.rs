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
const STEP: u8 = 5;

/// Two pixels, and how near to the second one a place between them is.
pub(super) type Neighbours = (usize, usize, f32);

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

    /// A row of the paper: the colours at a share of the height and at the places of [`Image::columns`].
    pub(super) fn row(&self, down: f64, columns: &[Neighbours]) -> impl Iterator<Item = [u8; 3]> {
        let (above, below, part) = self.neighbours(down, self.height);
        let smooth = self.manner == Manner::Smooth;
        let pixel = move |row: usize, column: usize| -> [u8; 3] {
            let first = 3 * (row * self.width as usize + column);
            std::array::from_fn(|channel| self.pixels[first + channel])
        };
        columns.iter().map(move |&(left, right, share)| {
            if !smooth {
                return pixel(above, left);
            }
            let corners = [
                pixel(above, left),
                pixel(above, right),
                pixel(below, left),
                pixel(below, right),
            ];
            std::array::from_fn(|channel| {
                let [a, b, c, d] = corners.map(|corner| f32::from(corner[channel]));
                let (upper, lower) = (a + share * (b - a), c + share * (d - c));
                let byte = upper + part * (lower - upper);
                // Between 0 and 255, in whole steps, of which there are 51.
                (byte / f32::from(STEP) + 0.5) as u8 * STEP
            })
        })
    }

    /// The pixels at these shares of the width.
    pub(super) fn columns(&self, across: impl Iterator<Item = f64>) -> Vec<Neighbours> {
        across
            .map(|share| self.neighbours(share, self.width))
            .collect()
    }

    /// The two of `count` pixels on both sides of a place, and how near it is to the second one; the one pixel there, twice, where
    /// they are squares.
    fn neighbours(&self, share: f64, count: u32) -> Neighbours {
        let nearest = |place: f64| place.clamp(0.0, f64::from(count) - 1.0) as usize;
        let place = share * f64::from(count);
        match self.manner {
            Manner::Squares => (nearest(place.floor()), nearest(place.floor()), 0.0),
            // A pixel has its colour in its middle.
            Manner::Smooth => {
                let first = (place - 0.5).floor();
                let part = (place - 0.5 - first) as f32;
                (nearest(first), nearest(first + 1.0), part)
            }
        }
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
        let at = |manner, across: f64, down: f64| {
            let image = image(manner);
            let columns = image.columns(std::iter::once(across));
            image.row(down, &columns).next()
        };
        assert_eq!(at(Manner::Squares, 0.49, 0.5), Some([0; 3]));
        assert_eq!(at(Manner::Squares, 0.51, 0.5), Some([200, 100, 50]));
        assert_eq!(at(Manner::Smooth, 0.5, 0.5), Some([100, 50, 25]));
        assert_eq!(at(Manner::Smooth, 0.0, 0.0), Some([0; 3]));
        assert_eq!(at(Manner::Smooth, 1.0, 1.0), Some([200, 100, 50]));
    }
}
