//! One file becomes the bytes of one image: channel by channel, each row by row.
//!
//! The format is that of the content, whatever the name. What a viewer shows is what the network gets: the orientation that
//! a camera noted is applied, transparent pixels lie on white, of an animation the first frame counts. Values of 16 bits are
//! rounded to 8, CMYK becomes RGB, palettes their colours; grey is 0.2126 R + 0.7152 G + 0.0722 B. Colour profiles are
//! ignored.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Rgba, RgbaImage};

use crate::config::{FilterConfig, FitConfig};
use crate::data::preparation::ImageScaling;

/// A picture with more pixels is refused before it is decoded: 64 million take up to 512 MiB.
const MOST_PIXELS: u64 = 64 << 20;

/// Pictures with more pixels are decoded one at a time: 8 million take up to 64 MiB.
const LARGE_PICTURE: u64 = 8 << 20;

/// A file that is larger is no photograph.
const LARGEST_FILE: u64 = 256 << 20;

/// What an image becomes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) height: u32,
    pub(super) width: u32,
    pub(super) channels: usize,
    /// How other sizes are scaled; `None` where they are refused.
    pub(super) scaling: Option<ImageScaling>,
}

/// Why an image cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is none, or not whole.
    Unusable(String),
    /// It has another size: columns, rows.
    Size(u32, u32),
}

fn unusable(reason: &str) -> Fault {
    Fault::Unusable(reason.to_owned())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the form that `map_err` takes"
)]
fn unreadable(error: std::io::Error) -> Fault {
    Fault::Unusable(error.to_string())
}

impl Target {
    /// Bytes of an image.
    pub(super) fn length(&self) -> usize {
        self.channels * self.height as usize * self.width as usize
    }
}

/// Whoever decodes a large picture holds this, so that a machine with many cores does not decode as many at once.
static LARGE: Mutex<()> = Mutex::new(());

/// Waits for its turn, if `large`.
fn turn(large: bool) -> Option<MutexGuard<'static, ()>> {
    // Who panicked meanwhile has left nothing behind.
    large.then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Rows and columns of a file, as it is to be looked at.
pub(super) fn size(path: &Path) -> Result<[u32; 2], Fault> {
    let (image, _turn) = decode(&content(path)?)?;
    Ok([image.height(), image.width()])
}

/// Decodes a file and brings it to the target's size and channels, in `output`. Uses up to eight bytes for each pixel of the
/// picture besides: of those with more than [`LARGE_PICTURE`] pixels one is decoded at a time.
pub(super) fn prepared(path: &Path, target: &Target, output: &mut [u8]) -> Result<(), Fault> {
    let (image, _turn) = decode(&content(path)?)?;
    prepare(image, target, output)
}

fn content(path: &Path) -> Result<Vec<u8>, Fault> {
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unusable("a pipe or a device, not a file"));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(Fault::Unusable(format!(
            "{} bytes, but at most {LARGEST_FILE} are read",
            metadata.len()
        )));
    }
    fs::read(path).map_err(unreadable)
}

/// With the right to have so large a picture in memory, until it is dropped.
fn decode(bytes: &[u8]) -> Result<(DynamicImage, Option<MutexGuard<'static, ()>>), Fault> {
    if bytes.is_empty() {
        return Err(unusable("the file is empty"));
    }
    let reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(unreadable)?;
    let format = reader.format().ok_or_else(|| {
        let start: Vec<String> = bytes
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Fault::Unusable(format!(
            "not an image: it begins with the bytes {}",
            start.join(" ")
        ))
    })?;
    if !format.reading_enabled() {
        let name = format.extensions_str().first().copied().unwrap_or("this");
        return Err(Fault::Unusable(format!(
            "the format {} is not read",
            name.to_uppercase()
        )));
    }
    // The decoder would fill what is missing with grey.
    if format == ImageFormat::Jpeg && !is_whole_jpeg(bytes) {
        return Err(unusable("the JPEG is cut off: it has no end marker"));
    }
    let mut decoder = reader.into_decoder().map_err(|error| reason(&error))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS {
        return Err(Fault::Unusable(format!(
            "{width} × {height} = {pixels} pixels, but at most {MOST_PIXELS} are decoded"
        )));
    }
    let turn = turn(pixels > LARGE_PICTURE);
    let orientation = decoder.orientation().map_err(|error| reason(&error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| reason(&error))?;
    image.apply_orientation(orientation);
    Ok((image, turn))
}

/// The decoder's own words, on one line.
fn reason(error: &image::ImageError) -> Fault {
    let text = error.to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    Fault::Unusable(words.join(" ").chars().take(200).collect())
}

/// Whether an end marker follows the last scan. In compressed data neither marker can occur by chance.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let last = |marker| bytes.windows(2).rposition(|two| two == [0xff, marker]);
    match (last(0xda), last(0xd9)) {
        (Some(scan), Some(end)) => end > scan,
        _ => false,
    }
}

/// What the first bytes of a file say: columns and rows as it is to be looked at, and whether it is grey. `None` where they say
/// nothing; why, [`prepared`] says.
pub(super) fn header(path: &Path) -> Option<(u32, u32, bool)> {
    // Opening a pipe would wait for a writer.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let reader = ImageReader::open(path).ok()?.with_guessed_format().ok()?;
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let grey = !decoder.color_type().has_color();
    let turned = matches!(
        decoder.orientation().ok()?,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    Some(if turned {
        (height, width, grey)
    } else {
        (width, height, grey)
    })
}

/// Brings an image to the target's size and channels, and writes it to `output`.
fn prepare(image: DynamicImage, target: &Target, output: &mut [u8]) -> Result<(), Fault> {
    let mut image = on_white(image);
    let (width, height) = (image.width(), image.height());
    if (width, height) != (target.width, target.height) {
        let Some(scaling) = target.scaling else {
            return Err(Fault::Size(width, height));
        };
        image = scale(image, target, scaling);
    }
    let area = (target.width * target.height) as usize;
    if target.channels == 1 {
        output.copy_from_slice(&image.into_luma8());
        return Ok(());
    }
    for (position, pixel) in image.into_rgb8().pixels().enumerate() {
        for (channel, &value) in pixel.0.iter().enumerate() {
            output[channel * area + position] = value;
        }
    }
    Ok(())
}

/// Transparent pixels in front of white.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut pixels: RgbaImage = image.into_rgba8();
    for Rgba([red, green, blue, alpha]) in pixels.pixels_mut() {
        for value in [red, green, blue] {
            let (above, share) = (u32::from(*value), u32::from(*alpha));
            *value = ((above * share + 255 * (255 - share) + 127) / 255) as u8;
        }
        *alpha = 255;
    }
    DynamicImage::ImageRgba8(pixels)
}

fn scale(image: DynamicImage, target: &Target, scaling: ImageScaling) -> DynamicImage {
    let filter = match scaling.filter {
        FilterConfig::Nearest => FilterType::Nearest,
        FilterConfig::Triangle => FilterType::Triangle,
        FilterConfig::Lanczos => FilterType::Lanczos3,
    };
    // Colours of 16 bits are rounded before they are mixed, so that all images are treated alike.
    let image = if target.channels == 1 {
        DynamicImage::ImageLuma8(image.into_luma8())
    } else {
        DynamicImage::ImageRgb8(image.into_rgb8())
    };
    match scaling.fit {
        FitConfig::Stretch => image.resize_exact(target.width, target.height, filter),
        FitConfig::Crop => image.resize_to_fill(target.width, target.height, filter),
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
