//! Where everything of a gallery lies.

use super::{Block, Captions, Gallery, Shown, Tile};
use crate::report::picture::text::printable;
use crate::report::style;

pub(super) const WIDTH: u32 = 940;
/// Below the title and a subtitle of two lines.
const TOP: f64 = 96.0;
/// From a heading's top to its first tile.
const HEADING: f64 = 34.0;
/// Between two blocks.
const BETWEEN_BLOCKS: f64 = 16.0;
/// Between the images of a tile, and between tiles.
const BETWEEN_IMAGES: f64 = 3.0;
const BETWEEN_TILES: f64 = 12.0;
/// More, behind an image that stands apart.
const APART: f64 = 9.0;
/// From an image to the first baseline of its captions, and from there to the next.
const TO_CAPTION: f64 = 15.0;
pub(super) const CAPTION_LINE: f64 = 15.5;
/// Words at the left have so much room.
const BESIDE: f64 = 112.0;
/// Images and captions of the scale at the bottom.
pub(super) const SCALE: f64 = 58.0;
const BOTTOM: f64 = 22.0;

pub(super) struct Layout<'a> {
    pub(super) headings: Vec<Heading>,
    pub(super) images: Vec<Placed<'a>>,
    pub(super) captions: Vec<Words>,
    pub(super) height: f64,
}

pub(super) struct Heading {
    /// Which.
    pub(super) block: usize,
    /// Its baseline.
    pub(super) y: f64,
}

pub(super) struct Placed<'a> {
    pub(super) image: &'a Shown,
    pub(super) corner: (f64, f64),
    pub(super) opposite: (f64, f64),
    pub(super) is_framed: bool,
}

pub(super) struct Words {
    pub(super) lines: Vec<String>,
    pub(super) left: f64,
    pub(super) baseline: f64,
    pub(super) room: f64,
}

impl<'a> Layout<'a> {
    pub(super) fn new(gallery: &'a Gallery) -> Self {
        let mut layout = Self {
            headings: Vec::new(),
            images: Vec::new(),
            captions: Vec::new(),
            height: TOP,
        };
        for (number, block) in gallery.blocks.iter().enumerate() {
            if block.tiles.is_empty() {
                continue;
            }
            if number > 0 {
                layout.height += BETWEEN_BLOCKS;
            }
            if !block.heading.is_empty() {
                layout.headings.push(Heading {
                    block: number,
                    y: layout.height + 18.0,
                });
                layout.height += HEADING;
            }
            layout.place(block);
        }
        if layout.images.is_empty() {
            layout.height += 120.0;
        }
        layout.height += if gallery.scale.is_some() {
            SCALE
        } else {
            BOTTOM
        };
        layout
    }

    /// Tiles from left to right, as many in a line as there is room for.
    fn place(&mut self, block: &'a Block) {
        let beside = if block.captions == Captions::Beside {
            BESIDE
        } else {
            0.0
        };
        let left = style::MARGIN + beside;
        let room = f64::from(WIDTH) - style::MARGIN - left;
        let between = if block.captions == Captions::None {
            6.0
        } else {
            BETWEEN_TILES
        };
        let widest = block.tiles.iter().map(|tile| width(tile, block.side));
        let widest = widest.fold(0.0, f64::max);
        let column = match block.captions {
            Captions::None => widest,
            Captions::Below(least) => widest.max(least),
            Captions::Beside => room,
        };
        let columns = (((room + between) / (column + between)).floor() as usize).max(1);
        // Lines of about the same length: eight and eight, not nine and seven.
        let lines = block.tiles.len().div_ceil(columns).max(1);
        let columns = block.tiles.len().div_ceil(lines).max(1);
        for line in block.tiles.chunks(columns) {
            let tall = |tile: &Tile| {
                let heights = tile.images.iter().map(|image| size(image, block.side).1);
                heights.fold(0.0, f64::max)
            };
            let tallest = line.iter().map(tall).fold(0.0, f64::max);
            for (place, tile) in line.iter().enumerate() {
                let x = left + place as f64 * (column + between);
                self.place_tile(tile, (x, self.height), block.side, room);
                let lines: Vec<String> = tile.captions.iter().map(|line| printable(line)).collect();
                let words = match block.captions {
                    Captions::None => continue,
                    Captions::Below(_) => Words {
                        lines,
                        left: x,
                        baseline: self.height + tallest + TO_CAPTION,
                        room: column,
                    },
                    Captions::Beside => {
                        let below_first = CAPTION_LINE * lines.len().saturating_sub(1) as f64;
                        Words {
                            lines,
                            left: style::MARGIN,
                            baseline: self.height + (tallest - below_first) / 2.0 + 4.5,
                            room: BESIDE - 12.0,
                        }
                    }
                };
                self.captions.push(words);
            }
            let most = line
                .iter()
                .map(|tile| tile.captions.len())
                .max()
                .unwrap_or(0) as f64;
            self.height += tallest
                + match block.captions {
                    Captions::None => 6.0,
                    Captions::Below(_) => TO_CAPTION + CAPTION_LINE * (most - 1.0).max(0.0) + 17.0,
                    Captions::Beside => 5.0,
                };
        }
    }

    /// Images beside each other, as many as there is room for.
    fn place_tile(&mut self, tile: &'a Tile, (left, top): (f64, f64), side: f64, room: f64) {
        let mut x = left;
        for (number, image) in tile.images.iter().enumerate() {
            let (wide, tall) = size(image, side);
            if number > 0 && x + wide > left + room + 0.5 {
                break;
            }
            self.images.push(Placed {
                image,
                corner: (x, top),
                opposite: (x + wide, top + tall),
                is_framed: number == 0 || !tile.is_first_apart,
            });
            x += wide + BETWEEN_IMAGES;
            if number == 0 && tile.is_first_apart {
                x += APART;
            }
        }
    }
}

fn width(tile: &Tile, side: f64) -> f64 {
    let images: f64 = tile.images.iter().map(|image| size(image, side).0).sum();
    let between = BETWEEN_IMAGES * tile.images.len().saturating_sub(1) as f64;
    let apart = tile.is_first_apart && tile.images.len() > 1;
    images + between + if apart { APART } else { 0.0 }
}

/// The longer side becomes `side`, or the nearest smaller length that gives every pixel of a small image the same size.
fn size(image: &Shown, side: f64) -> (f64, f64) {
    let (width, height) = image.size();
    let longest = width.max(height).max(1.0);
    // The PNG has two pixels for each of the paper.
    let scale = if side >= longest {
        (2.0 * side / longest).floor() / 2.0
    } else {
        side / longest
    };
    (width * scale, height * scale)
}
