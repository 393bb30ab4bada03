//! Ranges of the operations on training images. What depends on the size of the images is checked by
//! [`Augmentation::new`](crate::data::augmentation::Augmentation::new), which knows it.

use super::super::schema::{AugmentationConfig, BatchSize, Config, CropConfig};
use super::Checks;

/// Beyond these a sample is never mixed or always halved, and logarithms of the draws leave the range of numbers.
const ALPHA: [f64; 2] = [0.001, 1000.0];

pub(super) fn check(config: &Config, checks: &mut Checks) {
    let operations = &config.data.augmentation;
    for (index, operation) in operations.iter().enumerate() {
        let key = format!("data.augmentation.{index}");
        check_operation(operation, &key, checks);
        let is_mixup = matches!(operation, AugmentationConfig::Mixup(_));
        if is_mixup && index + 1 < operations.len() {
            checks.add(
                &format!("{key}.mixup"),
                format!(
                    "`mixup` is operation {} of {}, but it mixes finished images",
                    index + 1,
                    operations.len()
                ),
            );
            checks.hint("write it once, as the last operation");
        }
    }
    let mixes = matches!(operations.last(), Some(AugmentationConfig::Mixup(_)));
    if mixes && config.training.batch_size == BatchSize::Samples(1) {
        checks.add(
            "training.batch-size",
            "`training.batch-size` is 1, but `mixup` mixes the samples of a batch with each other"
                .to_owned(),
        );
        checks.hint("use 2 or more, better 16 or more, or remove `mixup`");
    }
}

fn check_operation(operation: &AugmentationConfig, key: &str, checks: &mut Checks) {
    use AugmentationConfig as Operation;
    let key = |name: &str| format!("{key}.{}.{name}", operation.name());
    let probability = match operation {
        Operation::Flip(flip) => Some(flip.probability),
        Operation::Shift(shift) => Some(shift.probability),
        Operation::Rotation(rotation) => Some(rotation.probability),
        Operation::Scale(scale) => Some(scale.probability),
        Operation::Crop(crop) => Some(crop.probability),
        Operation::Cutout(cutout) => Some(cutout.probability),
        Operation::Brightness(factor) | Operation::Contrast(factor) => Some(factor.probability),
        Operation::Mixup(_) => None,
    };
    if let Some(probability) = probability {
        checks.at_most_1(&key("probability"), probability);
    }
    match operation {
        Operation::Flip(_) => {}
        Operation::Shift(shift) => {
            let sides = shift.pixels.sides();
            let moves = sides.iter().any(|side| *side >= 1);
            checks.require(moves, &key("pixels"), sides, "at least 1 in one direction");
        }
        Operation::Rotation(rotation) => {
            let degrees = rotation.degrees;
            let is_valid = degrees > 0.0 && degrees <= 180.0;
            checks.require(
                is_valid,
                &key("degrees"),
                degrees,
                "above 0 and at most 180",
            );
        }
        Operation::Scale(scale) => checks.range(&key("range"), scale.range, [0.1, 10.0]),
        Operation::Crop(crop) => check_crop(crop, &key, checks),
        Operation::Cutout(cutout) => checks.extent(&key("size"), cutout.size),
        Operation::Brightness(factor) | Operation::Contrast(factor) => {
            checks.range(&key("range"), factor.range, [0.0, 10.0]);
        }
        Operation::Mixup(mixup) => {
            let is_valid = (ALPHA[0]..=ALPHA[1]).contains(&mixup.alpha);
            let range = format!("{} to {}", ALPHA[0], ALPHA[1]);
            checks.require(is_valid, &key("alpha"), mixup.alpha, &range);
        }
    }
}

fn check_crop(crop: &CropConfig, key: &impl Fn(&str) -> String, checks: &mut Checks) {
    checks.range(&key("area"), crop.area, [0.01, 1.0]);
    // Written only as the default would be: the window is the whole image, wherever it is put.
    if crop.padding == 0 && crop.area.iter().all(|&area| area >= 1.0) {
        let key = key("padding");
        checks.add(
            &key,
            format!("`{key}` is 0 and `area` is the whole image: there is nothing to cut off"),
        );
        checks.hint("write `crop = { padding = 4 }` or `crop = { area = [0.6, 1.0] }`");
    }
}
