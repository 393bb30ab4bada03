//! The bitmap side of the picture: a plotters backend with smooth edges.
//!
//! plotters' own bitmap backend is not used: it knows whole pixels only, cuts the corners of dense lines, and spaces
//! letters unevenly (see `text.rs`). Here every shape is a coverage between 0 and 1 per pixel, from coordinates finer
//! than a pixel, and strokes have round joins like those of the SVG.

use std::convert::Infallible;

use plotters::prelude::DrawingBackend;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};

use super::image::Image;
use super::mask::Mask;
use super::text::Typeface;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// plotters divides a font's size by this to get the SVG's `font-size`.
pub(super) const FONT_SIZE_PER_EM: f64 = 1.24;

/// How far plotters' SVG puts the baseline below the top of a text, in em.
pub(super) const BASELINE_BELOW_TOP: f64 = 0.76;

/// Draws onto RGB pixels, in coordinates of `units` per pixel.
pub(super) struct Raster<'a> {
    /// Three bytes each, row by row.
    pixels: &'a mut [u8],
    size: (u32, u32),
    units: u32,
    typeface: &'a Typeface,
}

impl<'a> Raster<'a> {
    /// A backend for the `width` times `height` pixels of three bytes in `buffer`, which must hold as many.
    pub(super) fn new(
        buffer: &'a mut [u8],
        (width, height): (u32, u32),
        units: u32,
        typeface: &'a Typeface,
    ) -> Self {
        Self {
            pixels: buffer,
            size: (width, height),
            units,
            typeface,
        }
    }

    /// From the coordinates of plotters to pixels.
    fn pixel(&self, (x, y): BackendCoord) -> (f64, f64) {
        let units = f64::from(self.units);
        (f64::from(x) / units, f64::from(y) / units)
    }

    fn width<S: BackendStyle>(&self, style: &S) -> f64 {
        f64::from(style.stroke_width()) / f64::from(self.units)
    }

    fn mask(&self) -> Mask {
        Mask::new(self.size)
    }

    fn paint(&mut self, mask: &Mask, color: BackendColor) {
        for (y, left, coverage) in mask.rows() {
            for (pixel, &coverage) in self
                .pixels_of_row(y, left..i32::MAX)
                .iter_mut()
                .zip(coverage)
            {
                if coverage > 0.0 {
                    blend(pixel, color.rgb, color.alpha * coverage.min(1.0));
                }
            }
        }
    }

    /// The three bytes of each pixel of this row in these columns, of those there are.
    fn pixels_of_row(&mut self, y: i32, columns: std::ops::Range<i32>) -> &mut [[u8; 3]] {
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let column = |x: i32| usize::try_from(x).unwrap_or(0).min(width);
        let (left, right) = (column(columns.start), column(columns.end));
        match usize::try_from(y) {
            Ok(y) if y < height && left < right => {
                let row = &mut self.pixels[3 * y * width..][..3 * width];
                &mut row.as_chunks_mut().0[left..right]
            }
            _ => &mut [],
        }
    }

    /// Its three bytes; nothing outside of the picture.
    fn pixel_at(&mut self, x: i32, y: i32) -> Option<&mut [u8; 3]> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        if x >= width || y >= height {
            return None;
        }
        self.pixels[3 * (y * width + x)..].first_chunk_mut()
    }
}

impl DrawingBackend for Raster<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.size.0 * self.units, self.size.1 * self.units)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        // A handful.
        let units = self.units.cast_signed();
        let is_whole = [left, top, right, bottom].iter().all(|at| at % units == 0);
        let has_pixels = right >= left + units && bottom >= top + units;
        if fill && is_whole && has_pixels && style.color().alpha >= 1.0 {
            // Whole pixels have no edges to smooth.
            let first = (left / units, top / units);
            let behind = (right / units, bottom / units);
            let (red, green, blue) = style.color().rgb;
            for y in first.1..behind.1 {
                for pixel in self.pixels_of_row(y, first.0..behind.0) {
                    *pixel = [red, green, blue];
                }
            }
            Ok(())
        } else if fill {
            self.fill_polygon(corners, style)
        } else {
            self.draw_path(corners.into_iter().chain([corners[0]]), style)
        }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<_> = path.into_iter().map(|point| self.pixel(point)).collect();
        let mut mask = self.mask();
        for ends in points.windows(2) {
            mask.add_stroke(ends[0], ends[1], self.width(style));
        }
        self.paint(&mask, style.color());
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let radius = f64::from(radius) / f64::from(self.units);
        let (inner, outer) = if fill {
            (0.0, radius)
        } else {
            let half = self.width(style) / 2.0;
            (radius - half, radius + half)
        };
        let mut mask = self.mask();
        mask.add_ring(self.pixel(center), inner, outer);
        self.paint(&mask, style.color());
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        let corners: Vec<_> = corners
            .into_iter()
            .map(|corner| self.pixel(corner))
            .collect();
        let mut mask = self.mask();
        mask.add_polygon(&corners);
        self.paint(&mask, style.color());
        Ok(())
    }

    /// Draws text in the embedded font, whatever family is asked for, and never rotated.
    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        position: BackendCoord,
    ) -> Drawn {
        let em = style.size() / FONT_SIZE_PER_EM / f64::from(self.units);
        let (x, y) = self.pixel(position);
        let width = self.typeface.width(text, em);
        let left = match style.anchor().h_pos {
            HPos::Left => x,
            HPos::Center => x - width / 2.0,
            HPos::Right => x - width,
        };
        let baseline = match style.anchor().v_pos {
            VPos::Top => y + BASELINE_BELOW_TOP * em,
            VPos::Center => y + 0.27 * em,
            VPos::Bottom => y - 0.27 * em,
        };
        let mut mask = self.mask();
        for mut glyph in self.typeface.glyphs(text, em) {
            glyph.position.x += single(left);
            glyph.position.y += single(baseline);
            if let Some(outline) = self.typeface.outline(glyph) {
                let bounds = outline.px_bounds();
                outline.draw(|x, y, coverage| {
                    let corner = (f64::from(bounds.min.x), f64::from(bounds.min.y));
                    mask.add_pixel(
                        (corner.0 + f64::from(x), corner.1 + f64::from(y)),
                        f64::from(coverage),
                    );
                });
            }
        }
        self.paint(&mask, style.color());
        Ok(())
    }

    /// Opens the envelope of an [`Image`], whose pixels are as large as `size` says.
    fn blit_bitmap(
        &mut self,
        corner: BackendCoord,
        (width, height): (u32, u32),
        bytes: &[u8],
    ) -> Drawn {
        let Some(image) = Image::opened(bytes) else {
            return Ok(());
        };
        let (left, top) = self.pixel(corner);
        let units = f64::from(self.units);
        let (width, height) = (f64::from(width) / units, f64::from(height) / units);
        // A pixel of the paper has the colour at its middle.
        let pixels = |start: f64, length: f64| {
            let (first, behind) = (start.round(), (start + length).round());
            (first as i32..behind as i32)
                .map(move |place| (place, (f64::from(place) + 0.5 - start) / length))
        };
        let columns = image.columns(pixels(left, width).map(|(_, across)| across));
        for (y, down) in pixels(top, height) {
            for ((x, _), color) in pixels(left, width).zip(image.row(down, &columns)) {
                if let Some(pixel) = self.pixel_at(x, y) {
                    *pixel = color;
                }
            }
        }
        Ok(())
    }
}

/// Moves a pixel by a share of the way to a colour, in steps of 1/256.
fn blend(pixel: &mut [u8; 3], (red, green, blue): (u8, u8, u8), share: f64) {
    let share = (256.0 * share.clamp(0.0, 1.0)) as u32;
    for (old, new) in pixel.iter_mut().zip([red, green, blue]) {
        let way = u32::from(old.abs_diff(new)) * share / 256;
        // At most the way itself.
        let way = way as u8;
        *old = if new > *old { *old + way } else { *old - way };
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a place in the picture: no more digits are needed"
)]
const fn single(value: f64) -> f32 {
    value as f32
}
