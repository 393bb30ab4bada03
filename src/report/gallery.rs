//! Images side by side with words: samples, filters, activation maps, saliency, mistakes.
//!
//! A gallery is made of blocks with a heading, a block of tiles, and a tile of one or several images of the same height with its
//! captions below or at its left. Where everything lies is settled before anything is drawn, so that the paper is as high as needed.

mod layout;
mod shown;

#[cfg(test)]
mod tests;

use plotters::prelude::DrawingBackend;

use self::layout::{CAPTION_LINE, Layout, SCALE};
pub use self::shown::Shown;
use super::heat_maps::ramp;
use super::picture::canvas::{Align, Canvas, Drawn};
use super::picture::{Picture, heading};
use super::style;

/// The whole picture.
#[derive(Clone, Debug)]
pub struct Gallery {
    /// What it is, for those who cannot see it.
    pub name: String,
    /// The name of the run.
    pub title: String,
    /// One or two sentences.
    pub subtitle: String,
    /// From top to bottom.
    pub blocks: Vec<Block>,
    /// What colours mean, where they mean numbers.
    pub scale: Option<Scale>,
}

/// Tiles that belong together.
#[derive(Clone, Debug)]
pub struct Block {
    /// Written above.
    pub heading: String,
    /// Written after it, quieter.
    pub note: String,
    /// The longer side of an image is about so long.
    pub side: f64,
    /// Where captions stand.
    pub captions: Captions,
    /// The tiles, in the order of reading.
    pub tiles: Vec<Tile>,
}

/// Where the words of a tile stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Captions {
    /// There are none, and tiles stand close together.
    None,
    /// Below; a tile has at least so much room from left to right.
    Below(f64),
    /// At the left, and every tile has a line of its own.
    Beside,
}

/// Images that belong together, and what is said of them.
#[derive(Clone, Debug)]
pub struct Tile {
    /// From left to right.
    pub images: Vec<Shown>,
    /// Line by line; the first is the strongest.
    pub captions: Vec<String>,
    /// Whether the first image stands a little apart from what was made of it.
    pub is_first_apart: bool,
}

/// The numbers that the ends of the colours mean.
#[derive(Clone, Debug)]
pub struct Scale {
    /// Below the darkest, the middle and the lightest colour.
    pub labels: [String; 3],
    /// What the numbers are.
    pub meaning: String,
}

impl Picture for Gallery {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn size(&self) -> (u32, u32) {
        (layout::WIDTH, Layout::new(self).height.ceil() as u32)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let below = heading::draw(canvas, &self.title, &self.subtitle)?;
        if self.blocks.iter().all(|block| block.tiles.is_empty()) {
            return heading::draw_nothing(canvas, below, "nothing to show");
        }
        let layout = Layout::new(self);
        for heading in &layout.headings {
            draw_heading(canvas, heading.y, &self.blocks[heading.block])?;
        }
        for placed in &layout.images {
            let image = &placed.image.image;
            canvas.image(placed.corner, placed.opposite, image)?;
            // A line around it, so that a white image has an end.
            let ((left, top), (right, bottom)) = (placed.corner, placed.opposite);
            if placed.is_framed {
                let corners = [
                    (left, top),
                    (right, top),
                    (right, bottom),
                    (left, bottom),
                    (left, top),
                ];
                canvas.line(&corners, style::HATCH, 0.75)?;
            }
        }
        for words in &layout.captions {
            draw_captions(canvas, words)?;
        }
        match &self.scale {
            Some(scale) => draw_scale(canvas, scale, canvas.size.1 - SCALE + 14.0),
            None => Ok(()),
        }
    }
}

fn draw_heading<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    baseline: f64,
    block: &Block,
) -> Drawn<Backend> {
    let (size, small) = (style::PANEL_TITLE_SIZE, style::SMALL_TEXT_SIZE);
    let place = (style::MARGIN, baseline);
    canvas.text(&block.heading, place, size, style::STRONG_TEXT, Align::Left)?;
    let left = style::MARGIN + canvas.typeface.width(&block.heading, size) + 10.0;
    let room = canvas.size.0 - style::MARGIN - left;
    let note = canvas.typeface.shorten_end(&block.note, small, room);
    canvas.text(
        &note,
        (left, baseline),
        small,
        style::QUIET_TEXT,
        Align::Left,
    )
}

fn draw_captions<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    words: &layout::Words,
) -> Drawn<Backend> {
    for (line, text) in words.lines.iter().enumerate() {
        let (size, color) = if line == 0 {
            (style::SMALL_TEXT_SIZE, style::STRONG_TEXT)
        } else {
            (12.0, style::QUIET_TEXT)
        };
        let text = canvas.typeface.shorten_middle(text, size, words.room);
        let baseline = words.baseline + line as f64 * CAPTION_LINE;
        canvas.text(&text, (words.left, baseline), size, color, Align::Left)?;
    }
    Ok(())
}

fn draw_scale<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    scale: &Scale,
    top: f64,
) -> Drawn<Backend> {
    const PIECES: u32 = 96;
    const LENGTH: f64 = 210.0;
    const BAR: f64 = 12.0;
    let place = |share: f64| style::MARGIN + share * LENGTH;
    for piece in 0..PIECES {
        let [from, to] = [piece, piece + 1].map(|p| f64::from(p) / f64::from(PIECES));
        let color = ramp::color(f64::midpoint(from, to));
        let corner = (place(from).round(), top);
        canvas.rectangle(corner, (place(to).round(), top + BAR), color, 1.0)?;
    }
    let (size, quiet) = (style::SMALL_TEXT_SIZE, style::QUIET_TEXT);
    let below = top + BAR + 5.0 + 0.8 * size;
    let aligned = [
        (0.0, Align::Left),
        (0.5, Align::Center),
        (1.0, Align::Right),
    ];
    for (label, (share, align)) in scale.labels.iter().zip(aligned) {
        canvas.text(label, (place(share), below), size, quiet, align)?;
    }
    let beside = (place(1.0) + 14.0, top + BAR - 1.0);
    canvas.text(&scale.meaning, beside, size, quiet, Align::Left)
}
