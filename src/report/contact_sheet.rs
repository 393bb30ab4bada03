//! Some images of each class, as one picture: what the network is about to see.

use super::picture::PictureError;
use super::picture::text::Typeface;
use super::summary;
use crate::data::samples::{SampleShape, SampleValues};
use crate::data::{DataError, Dataset, Split, Targets};

/// Small images are enlarged by a whole number until a tile has about this many pixels to a side.
const TILE: usize = 64;

/// Larger ones lose rows and columns.
const LARGEST_TILE: usize = 128;

const MARGIN: usize = 16;
const GAP: usize = 4;
const TEXT: f64 = 15.0;
const LONGEST_NAME: f64 = 180.0;

/// Why there is no contact sheet.
#[derive(Debug, thiserror::Error)]
pub enum ContactSheetError {
    /// Images that are on disk cannot be read.
    #[error("{0}")]
    Data(#[from] DataError),
    /// The picture cannot be drawn; no input causes that.
    #[error("{0}")]
    Picture(#[from] PictureError),
}

/// A PNG with a row per class and the first `per_class` training images of each; `None` for inputs that are no images.
///
/// # Errors
///
/// Images that are on disk cannot be read; any [`PictureError`], none of which any input causes.
pub fn contact_sheet(
    dataset: &Dataset,
    per_class: usize,
) -> Result<Option<Vec<u8>>, ContactSheetError> {
    let SampleShape::Image { height, width, .. } = dataset.shape() else {
        return Ok(None);
    };
    let typeface = Typeface::embedded().map_err(PictureError::from)?;
    let side = height.max(width);
    let grow = (TILE / side).max(1);
    let shrink = side.div_ceil(LARGEST_TILE);
    let (tile_height, tile_width) = (
        (height * grow).div_ceil(shrink),
        (width * grow).div_ceil(shrink),
    );
    let rows = rows(dataset, per_class);
    let names: Vec<String> = rows
        .iter()
        .map(|(name, _)| typeface.shorten_end(name, TEXT, LONGEST_NAME))
        .collect();
    let widths = names.iter().map(|name| typeface.width(name, TEXT));
    let names_width = widths.fold(0.0, f64::max).ceil() as usize;
    let left = MARGIN + names_width + 3 * GAP;
    let row_height = tile_height.max(TEXT as usize + GAP) + GAP;
    let mut sheet = Sheet::new(
        left + per_class * (tile_width + GAP) + MARGIN,
        2 * MARGIN + names.len() * row_height,
    );
    let mut buffer = Vec::new();
    for (row, (name, (_, members))) in names.iter().zip(&rows).enumerate() {
        let top = MARGIN + row * row_height;
        let baseline = top as f64 + tile_height as f64 / 2.0 + TEXT / 3.0;
        sheet.write(&typeface, name, (MARGIN as f64, baseline));
        for (place, &sample) in members.iter().enumerate() {
            let values = dataset.samples().read(sample as usize, &mut buffer)?;
            let corner = (left + place * (tile_width + GAP), top);
            for y in 0..tile_height {
                for x in 0..tile_width {
                    let (row, column) = (y * shrink / grow, x * shrink / grow);
                    let colour =
                        colour(dataset, values, row.min(height - 1), column.min(width - 1));
                    sheet.put(corner.0 + x, corner.1 + y, colour);
                }
            }
        }
    }
    Ok(Some(sheet.png()?))
}

/// Names and samples: a row per class; where numbers are predicted, a row for each tenth of the training samples, from the
/// smallest numbers to the largest.
fn rows(dataset: &Dataset, per_row: usize) -> Vec<(String, Vec<u32>)> {
    const TENTHS: usize = 10;
    let train = dataset.indices(Split::Train);
    let targets = &dataset.samples().targets;
    match targets {
        Targets::Classes(labels) => {
            let names = dataset.classes().iter().enumerate();
            let row = |(class, name): (usize, &String)| {
                let of_class = |sample: &&u32| usize::from(labels[**sample as usize]) == class;
                let members = train.iter().filter(of_class).take(per_row);
                (name.clone(), members.copied().collect())
            };
            names.map(row).collect()
        }
        Targets::Numbers(numbers) => {
            let number = |sample: u32| numbers[sample as usize];
            let mut ascending = train.to_vec();
            ascending.sort_by(|&a, &b| number(a).total_cmp(&number(b)));
            let size = ascending.len().div_ceil(TENTHS).max(1);
            let row = |tenth: &[u32]| {
                let ends = [tenth.first(), tenth.last()].into_iter().flatten();
                let ends: Vec<String> = ends
                    .map(|&sample| summary::number(number(sample)))
                    .collect();
                (
                    ends.join(" to "),
                    tenth.iter().copied().take(per_row).collect(),
                )
            };
            ascending.chunks(size).map(row).collect()
        }
    }
}

/// The colour of a pixel, grey unless there are three channels.
fn colour(dataset: &Dataset, values: SampleValues, row: usize, column: usize) -> [u8; 3] {
    let SampleShape::Image {
        channels,
        height,
        width,
    } = dataset.shape()
    else {
        return [0; 3];
    };
    let maximum = dataset.samples().values.largest_pixel();
    let maximum = u32::from(maximum.unwrap_or(u8::MAX)).max(1);
    let value = |channel: usize| {
        let position = (channel * height + row) * width + column;
        match values {
            SampleValues::U8(values) => (u32::from(values[position]) * 255 / maximum) as u8,
            SampleValues::F32(values) => (values[position].clamp(0.0, 1.0) * 255.0) as u8,
        }
    };
    if channels == 3 {
        [0, 1, 2].map(value)
    } else {
        [value(0); 3]
    }
}

/// White paper.
struct Sheet {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Sheet {
    fn new(width: usize, height: usize) -> Self {
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

    fn write(&mut self, typeface: &Typeface, text: &str, (left, baseline): (f64, f64)) {
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

    fn png(&self) -> Result<Vec<u8>, PictureError> {
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
