//! What the ranges allow but the size of the images does not.

use crate::config::{AugmentationConfig, Problem};
use crate::data::samples::SampleShape;

/// Everything that does not fit samples of this shape.
pub(super) fn problems(configured: &[AugmentationConfig], shape: SampleShape) -> Vec<Problem> {
    let numbered = configured.iter().enumerate();
    numbered
        .filter_map(|(index, operation)| problem(operation, index, shape))
        .collect()
}

fn problem(operation: &AugmentationConfig, index: usize, shape: SampleShape) -> Option<Problem> {
    use AugmentationConfig as Operation;
    let place = format!("data.augmentation.{index}");
    let tag = operation.name();
    let SampleShape::Image { height, width, .. } = shape else {
        if matches!(operation, Operation::Mixup(_)) {
            return None;
        }
        return Some(Problem {
            key: format!("{place}.{tag}"),
            message: format!("`{tag}` changes images, but a sample here is {shape}"),
            hint: Some("remove it; of the operations only `mixup` is for vectors too".to_owned()),
        });
    };
    let too_large = |option: &str,
                     [vertical, horizontal]: [usize; 2],
                     most: [usize; 2],
                     why: &str| {
        let key = format!("{place}.{tag}.{option}");
        let fits = vertical <= most[0] && horizontal <= most[1];
        (!fits).then(|| Problem {
            message: format!(
                "`{key}` is {vertical}×{horizontal}, but the images have {height}×{width} pixels, and {why}"
            ),
            hint: Some(format!("use at most {}×{}", most[0], most[1])),
            key,
        })
    };
    let less = [height - 1, width - 1];
    match operation {
        Operation::Shift(shift) => {
            let sides = shift.pixels.sides();
            too_large("pixels", sides, less, "nothing of them would be left")
        }
        Operation::Crop(crop) => {
            let padding = [crop.padding; 2];
            too_large(
                "padding",
                padding,
                less,
                "the window could lie in the padding alone",
            )
        }
        Operation::Cutout(cutout) => {
            let sides = cutout.size.sides();
            too_large(
                "size",
                sides,
                [height, width],
                "it would cover more than all of them",
            )
        }
        Operation::Flip(_)
        | Operation::Rotation(_)
        | Operation::Scale(_)
        | Operation::Brightness(_)
        | Operation::Contrast(_)
        | Operation::Mixup(_) => None,
    }
}
