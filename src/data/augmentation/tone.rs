//! Brightness and contrast: `v ↦ factor · v + offset` for every byte, rounded, within 0 and the largest value of the source.

use super::draws::Draws;
use crate::config::FactorConfig;

/// Black stays black.
pub(super) fn brightness(
    brightness: &FactorConfig,
    pixels: &mut [u8],
    largest: u8,
    draws: &mut Draws,
) {
    let factor = draws.between(brightness.range);
    if draws.happens(brightness.probability) {
        change(pixels, factor, 0.0, largest);
    }
}

/// The mean over all pixels and channels stays.
pub(super) fn contrast(contrast: &FactorConfig, pixels: &mut [u8], largest: u8, draws: &mut Draws) {
    let factor = draws.between(contrast.range);
    if draws.happens(contrast.probability) {
        let sum: u64 = pixels.iter().map(|&pixel| u64::from(pixel)).sum();
        let mean = sum as f64 / pixels.len().max(1) as f64;
        change(pixels, factor, (1.0 - factor) * mean, largest);
    }
}

/// Through a table: an image has more pixels than a byte has values.
fn change(pixels: &mut [u8], factor: f64, offset: f64, largest: u8) {
    let mut table = [0; 256];
    let shades = table.iter_mut().take(usize::from(largest) + 1);
    for (value, new) in shades.enumerate() {
        // Halves are rounded up: the conversion to a byte cuts off.
        let changed = factor * value as f64 + offset + 0.5;
        *new = changed.clamp(0.0, f64::from(largest)) as u8;
    }
    for pixel in pixels {
        *pixel = table[usize::from(*pixel)];
    }
}
