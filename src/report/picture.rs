//! The kit that every picture is drawn with, and the two formats it comes in.
//!
//! A picture says how large it is and what it shows, with one generic function; [`svg()`] and [`png()`] only differ
//! in what they let it draw on. Nothing depends on the machine: the same picture gives the same bytes, and the PNG
//! brings its own font.

pub(super) mod axis;
pub(super) mod canvas;
pub(super) mod epochs;
pub(super) mod heading;
pub(super) mod image;
pub(super) mod key;
pub(super) mod labels;
pub(super) mod lines;
mod mask;
mod palette;
pub(super) mod panel;
mod raster;
pub(super) mod runs;
pub(super) mod spread;
#[cfg(test)]
pub(super) mod testing;
pub(super) mod text;
pub(super) mod thinning;
pub(super) mod ticks;
mod vector;

use std::error::Error;

use plotters::prelude::{DrawingAreaErrorKind, DrawingBackend, IntoDrawingArea};

use self::canvas::{Canvas, Drawn, UNITS};
use self::palette::Indexed;
use self::raster::Raster;
use self::text::{Typeface, printable};
use self::vector::Vector;
use super::style;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The drawing library gave up.
    #[error("the picture could not be drawn")]
    Draw(#[source] Box<dyn Error + Send + Sync>),
    /// The embedded font is damaged.
    #[error("the font for the picture could not be read")]
    Font(#[from] ab_glyph::InvalidFont),
    /// The drawn pixels could not be compressed.
    #[error("the picture could not be encoded as PNG")]
    Encode(#[from] png::EncodingError),
}

/// What can be drawn in both formats.
pub(super) trait Picture {
    /// What the picture is, for those who cannot see it.
    fn name(&self) -> String;

    /// Width and height in pixels of the SVG.
    fn size(&self) -> (u32, u32) {
        (style::WIDTH, style::HEIGHT)
    }

    /// Draws everything, on paper that is still empty.
    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend>;
}

/// What those who choose pictures need to know of one.
pub trait Drawing: Send + Sync {
    /// As an SVG document.
    ///
    /// # Errors
    ///
    /// Any [`PictureError`], none of which any input causes.
    fn svg(&self) -> Result<String, PictureError>;

    /// As a PNG.
    ///
    /// # Errors
    ///
    /// Any [`PictureError`], none of which any input causes.
    fn png(&self) -> Result<Vec<u8>, PictureError>;
}

impl<P: Picture + Send + Sync> Drawing for P {
    fn svg(&self) -> Result<String, PictureError> {
        svg(self)
    }

    fn png(&self) -> Result<Vec<u8>, PictureError> {
        png(self)
    }
}

/// The picture as an SVG document, its text as text.
///
/// # Errors
///
/// [`PictureError::Draw`] and [`PictureError::Font`], neither of which any input causes.
pub(super) fn svg(picture: &impl Picture) -> Result<String, PictureError> {
    let (width, height) = picture.size();
    let drawn_size = (width * UNITS, height * UNITS);
    let typeface = Typeface::embedded()?;
    let mut document = String::new();
    let mut images = Vec::new();
    draw(
        Vector::new(&mut document, drawn_size, &mut images),
        &typeface,
        picture,
    )?;
    if !images.is_empty() {
        document = vector::with_images(&document, &images)?;
    }
    // plotters writes the size it draws in, and neither joins nor a title for those who cannot see the picture.
    let opening = format!(
        r#"<svg width="{}" height="{}" "#,
        drawn_size.0, drawn_size.1
    );
    let better = format!(
        r#"<svg width="{width}" height="{height}" role="img" stroke-linejoin="round" stroke-linecap="round" "#,
    );
    let (head, body) = document.split_once('\n').unwrap_or((document.as_str(), ""));
    Ok(format!(
        "{}\n<title>{}</title>\n{body}",
        head.replacen(&opening, &better, 1),
        escaped(&printable(&picture.name())),
    ))
}

/// The picture as a PNG of [`style::PNG_SCALE`] times the size.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub(super) fn png(picture: &impl Picture) -> Result<Vec<u8>, PictureError> {
    let (pixels, (width, height)) = pixels(picture, style::PNG_SCALE)?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    // A picture of few colours stays small this way too, in a fifth of the time.
    encoder.set_compression(png::Compression::Fast);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

/// Pictures of the same size one after the other, of the size of their SVG, `rate` a second, each for so many of these moments. Begins
/// anew when it is done. What knows no animation shows the last one.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub(super) fn animated_png(
    pictures: &[impl Picture],
    moments: &[u16],
    rate: u16,
) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    let mut size = (0, 0);
    let mut drawn = Vec::new();
    for picture in pictures {
        let (pixels, its_size) = pixels(picture, 1)?;
        drawn.push(pixels);
        size = its_size;
    }
    let Indexed { palette, pictures } = palette::indexed(&drawn);
    let Some(still) = pictures.last() else {
        return Ok(file);
    };
    let mut encoder = png::Encoder::new(&mut file, size.0, size.1);
    // Numbers of colours are no heights, of which a filter could take differences.
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_animated(pictures.len() as u32, 0)?;
    encoder.set_sep_def_img(true)?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(still)?;
    for (picture, &moments) in pictures.iter().zip(moments) {
        writer.set_frame_delay(moments, rate)?;
        writer.write_image_data(picture)?;
    }
    writer.finish()?;
    Ok(file)
}

/// The colours of a picture drawn `scale` times as large as its SVG, and its size.
fn pixels(picture: &impl Picture, scale: u32) -> Result<(Vec<u8>, (u32, u32)), PictureError> {
    let (width, height) = picture.size();
    let size = (width * scale, height * scale);
    let typeface = Typeface::embedded()?;
    let mut pixels = vec![0; size.0 as usize * size.1 as usize * 3];
    draw(
        Raster::new(&mut pixels, size, UNITS / scale, &typeface),
        &typeface,
        picture,
    )?;
    Ok((pixels, size))
}

fn draw<Backend>(
    backend: Backend,
    typeface: &Typeface,
    picture: &impl Picture,
) -> Result<(), PictureError>
where
    Backend: DrawingBackend,
    Backend::ErrorType: 'static,
{
    let (width, height) = picture.size();
    let canvas = Canvas {
        area: backend.into_drawing_area(),
        size: (f64::from(width), f64::from(height)),
        typeface,
    };
    canvas
        .rectangle((0.0, 0.0), canvas.size, style::BACKGROUND, 1.0)
        .and_then(|()| picture.draw(&canvas))
        .and_then(|()| canvas.area.present())
        .map_err(|error: DrawingAreaErrorKind<_>| PictureError::Draw(Box::new(error)))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
