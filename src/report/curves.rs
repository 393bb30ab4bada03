//! The learning curves of a run as one picture: loss and accuracy of both splits over the epochs.
//!
//! It is what a user looks at first, so it answers at a glance what the verdict says in words: how far training and
//! validation are apart (the shaded gap), how sure that is (the band around validation), since when, and which epoch
//! was kept. One generic function draws it (`curves/picture.rs`); [`svg()`] and [`png()`] only differ in what they
//! draw on. Nothing depends on the machine: the same curves give the same bytes, and the PNG brings its own font.

mod axis;
mod canvas;
mod labels;
mod lines;
mod mask;
mod panel;
mod picture;
mod raster;
mod series;
mod text;
mod thinning;
mod ticks;

use std::error::Error;

use plotters::prelude::{DrawingAreaErrorKind, DrawingBackend, IntoDrawingArea, SVGBackend};

use self::canvas::{Canvas, UNITS};
use self::raster::Raster;
use self::text::{Typeface, printable};
use super::style;

/// What was measured after one epoch. Accuracies and their gap are shares of one; the picture shows per cent.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePoint {
    /// Which epoch.
    pub epoch: usize,
    /// Mean loss of the training split.
    pub train_loss: f64,
    /// Mean loss of the validation split.
    pub validation_loss: Option<f64>,
    /// Share of the training split that was classified correctly.
    pub train_accuracy: f64,
    /// Share of the validation split that was classified correctly.
    pub validation_accuracy: Option<f64>,
    /// 95 % interval of the accuracy gap, training − validation, low and high: `(0.004, 0.030)` is 0.4 to 3 points.
    pub accuracy_gap: Option<(f64, f64)>,
    /// 95 % interval of the loss gap, validation − training, low and high.
    pub loss_gap: Option<(f64, f64)>,
}

/// Everything the picture shows. Values that are not finite leave a hole in their curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// The name of the run. Its middle is left out when it is too long.
    pub title: String,
    /// One sentence, on two lines at most.
    pub subtitle: String,
    /// The epochs, in any order; there may be none.
    pub points: Vec<CurvePoint>,
    /// The epoch whose weights were kept.
    pub best_epoch: Option<usize>,
    /// The accuracy, as a share of one, of always answering the most frequent class.
    pub baseline: Option<f64>,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The drawing library gave up.
    #[error("the learning curves could not be drawn")]
    Draw(#[source] Box<dyn Error + Send + Sync>),
    /// The embedded font is damaged.
    #[error("the font for the learning curves could not be read")]
    Font(#[from] ab_glyph::InvalidFont),
    /// The drawn pixels could not be compressed.
    #[error("the learning curves could not be encoded as PNG")]
    Encode(#[from] png::EncodingError),
}

/// The picture as an SVG document of 800 by 600 pixels, its text as text.
///
/// # Errors
///
/// [`PictureError::Draw`] and [`PictureError::Font`], neither of which any input causes.
pub fn svg(curves: &Curves) -> Result<String, PictureError> {
    let size = (style::WIDTH * UNITS, style::HEIGHT * UNITS);
    let typeface = Typeface::embedded()?;
    let mut document = String::new();
    draw(
        SVGBackend::with_string(&mut document, size),
        &typeface,
        curves,
    )?;
    // plotters writes the size it draws in, and neither joins nor a title for those who cannot see the picture.
    let (width, height) = size;
    let opening = format!(r#"<svg width="{width}" height="{height}" "#);
    let better = format!(
        r#"<svg width="{}" height="{}" role="img" stroke-linejoin="round" stroke-linecap="round" "#,
        style::WIDTH,
        style::HEIGHT,
    );
    let (head, body) = document.split_once('\n').unwrap_or((document.as_str(), ""));
    Ok(format!(
        "{}\n<title>Learning curves of {}</title>\n{body}",
        head.replacen(&opening, &better, 1),
        escaped(&printable(&curves.title)),
    ))
}

/// The picture as a PNG of 1600 by 1200 pixels.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn png(curves: &Curves) -> Result<Vec<u8>, PictureError> {
    let (width, height) = (
        style::WIDTH * style::PNG_SCALE,
        style::HEIGHT * style::PNG_SCALE,
    );
    let typeface = Typeface::embedded()?;
    let mut pixels = vec![0; width as usize * height as usize * 3];
    let units = UNITS / style::PNG_SCALE;
    draw(
        Raster::new(&mut pixels, (width, height), units, &typeface),
        &typeface,
        curves,
    )?;
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

fn draw<Backend>(backend: Backend, typeface: &Typeface, curves: &Curves) -> Result<(), PictureError>
where
    Backend: DrawingBackend,
    Backend::ErrorType: 'static,
{
    let canvas = Canvas {
        area: backend.into_drawing_area(),
        typeface,
    };
    picture::draw(&canvas, curves)
        .and_then(|()| canvas.area.present())
        .map_err(|error: DrawingAreaErrorKind<_>| PictureError::Draw(Box::new(error)))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
