//! From operations and their draws to one map.

use super::Size;
use super::affine::Affine;
use super::draws::Draws;
use crate::config::{
    AugmentationConfig, CropConfig, DirectionConfig, FillConfig, FlipConfig, RotationConfig,
    ScaleConfig, ShiftConfig,
};

/// What an operation fills with; `None` for one that brings nothing in.
pub(super) fn fill(operation: &AugmentationConfig) -> Option<FillConfig> {
    match operation {
        AugmentationConfig::Shift(shift) => Some(shift.fill),
        AugmentationConfig::Rotation(rotation) => Some(rotation.fill),
        AugmentationConfig::Scale(scale) => Some(scale.fill),
        AugmentationConfig::Crop(crop) => Some(crop.fill),
        _ => None,
    }
}

/// All operations, each drawn, as one map from the new picture to the old.
pub(super) fn map(operations: &[AugmentationConfig], size: Size, draws: &mut Draws) -> Affine {
    let mut map = Affine::IDENTITY;
    for operation in operations {
        let (change, probability) = match operation {
            AugmentationConfig::Flip(flip) => (mirror(flip, size), flip.probability),
            AugmentationConfig::Shift(shift) => (moved(shift, draws), shift.probability),
            AugmentationConfig::Rotation(rotation) => {
                (turned(rotation, size, draws), rotation.probability)
            }
            AugmentationConfig::Scale(scale) => (scaled(scale, size, draws), scale.probability),
            AugmentationConfig::Crop(crop) => (window(crop, size, draws), crop.probability),
            // Passes of their own.
            AugmentationConfig::Cutout(_)
            | AugmentationConfig::Brightness(_)
            | AugmentationConfig::Contrast(_)
            | AugmentationConfig::Mixup(_) => continue,
        };
        if draws.happens(probability) {
            map = change.after(map);
        }
    }
    map
}

/// Between the pixels in the middle, where the number of rows or columns is even.
fn centre(size: Size) -> [f64; 2] {
    [size.height, size.width].map(|side| (side as f64 - 1.0) / 2.0)
}

fn mirror(flip: &FlipConfig, size: Size) -> Affine {
    let matrix = match flip.direction {
        DirectionConfig::Horizontal => [[1.0, 0.0], [0.0, -1.0]],
        DirectionConfig::Vertical => [[-1.0, 0.0], [0.0, 1.0]],
    };
    Affine::about(centre(size), matrix)
}

fn moved(shift: &ShiftConfig, draws: &mut Draws) -> Affine {
    Affine::offset(shift.pixels.sides().map(|most| draws.whole(most)))
}

fn turned(rotation: &RotationConfig, size: Size, draws: &mut Draws) -> Affine {
    let degrees = draws.between([-rotation.degrees, rotation.degrees]);
    let (sin, cos) = degrees.to_radians().sin_cos();
    Affine::about(centre(size), [[cos, -sin], [sin, cos]])
}

fn scaled(scale: &ScaleConfig, size: Size, draws: &mut Draws) -> Affine {
    // Backwards: in a picture twice as large, neighbours are half a pixel apart.
    let step = 1.0 / draws.between(scale.range);
    Affine::about(centre(size), [[step, 0.0], [0.0, step]])
}

/// Somewhere in the padded image, with the proportions of the image.
fn window(crop: &CropConfig, size: Size, draws: &mut Draws) -> Affine {
    let padding = crop.padding as f64;
    let share = draws.between(crop.area).sqrt();
    let places = [draws.unit(), draws.unit()];
    if share >= 1.0 {
        // Whole pixels, of which there are 2·padding + 1 places.
        let free = 2.0 * padding + 1.0;
        return Affine::offset(places.map(|place| (place * free).floor() - padding));
    }
    // A pixel covers from −½ to +½, so the first centre lies half a step into the window.
    let begin = |side: usize, place: f64| {
        let free = side as f64 * (1.0 - share) + 2.0 * padding;
        place * free - padding + share / 2.0 - 0.5
    };
    Affine {
        matrix: [[share, 0.0], [0.0, share]],
        offset: [begin(size.height, places[0]), begin(size.width, places[1])],
    }
}
