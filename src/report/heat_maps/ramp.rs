//! From a number to a colour.
//!
//! The anchors are ten even steps of cividis (Nuñez, Anderton and Renslow 2018), which was made so that equal steps of
//! the number are equal steps for the eye, with colour-deficient vision too. Low is dark, high is light.

use plotters::style::{BLACK, RGBColor, WHITE};

/// Cividis in even steps.
const ANCHORS: [[f64; 3]; 10] = [
    [0.0, 32.0, 77.0],
    [0.0, 51.0, 111.0],
    [57.0, 72.0, 107.0],
    [87.0, 92.0, 109.0],
    [112.0, 113.0, 115.0],
    [138.0, 135.0, 121.0],
    [166.0, 157.0, 117.0],
    [196.0, 181.0, 108.0],
    [228.0, 207.0, 91.0],
    [255.0, 234.0, 70.0],
];

/// From this luminance on, black is easier to read than white.
const BLACK_FROM: f64 = 0.179;

/// The range of numbers that the colours show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ramp {
    /// The darkest.
    pub(super) low: f64,
    /// The lightest.
    pub(super) high: f64,
}

impl Ramp {
    /// The range of those `values` that are finite; nothing without any.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .map(|value| (value, value))
            .reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))?;
        // Equal numbers are in the middle of a range that shows them as equal.
        let least = 1e-9 * low.abs().max(high.abs()).max(1.0);
        let half = if high - low > least {
            0.0
        } else {
            0.5_f64.max(0.05 * high.abs())
        };
        Some(Self {
            low: low - half,
            high: high + half,
        })
    }

    /// The colour of `value`.
    pub(super) fn color(self, value: f64) -> RGBColor {
        color((value - self.low) / (self.high - self.low))
    }
}

/// The colour of a share of the range.
pub(in crate::report) fn color(share: f64) -> RGBColor {
    let steps = ANCHORS.windows(2).map(|_| 1.0).sum::<f64>();
    let mut left = share.clamp(0.0, 1.0) * steps;
    let mut mixed = ANCHORS[0];
    for ends in ANCHORS.windows(2) {
        let part = left.clamp(0.0, 1.0);
        mixed =
            std::array::from_fn(|index| ends[0][index] + part * (ends[1][index] - ends[0][index]));
        left -= 1.0;
        if left <= 0.0 {
            break;
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "mixed from bytes"
    )]
    let [red, green, blue] = mixed.map(|channel| channel.round() as u8);
    RGBColor(red, green, blue)
}

/// Black or white, whichever is easier to read on `background`.
pub(in crate::report) fn text_on(background: RGBColor) -> RGBColor {
    if luminance(background) >= BLACK_FROM {
        BLACK
    } else {
        WHITE
    }
}

/// The relative luminance of the Web Content Accessibility Guidelines.
fn luminance(RGBColor(red, green, blue): RGBColor) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares() -> impl Iterator<Item = f64> {
        (0..=90).map(|step| f64::from(step) / 90.0)
    }

    #[test]
    fn lightness_rises_evenly() {
        let lightness: Vec<f64> = shares()
            .map(|share| 116.0 * luminance(color(share)).cbrt() - 16.0)
            .collect();
        let mean = (lightness[90] - lightness[0]) / 90.0;
        for pair in lightness.windows(2) {
            let step = pair[1] - pair[0];
            assert!(step > 0.6 * mean && step < 1.4 * mean, "{step} of {mean}");
        }
    }

    #[test]
    fn text_is_readable_on_every_color() {
        for background in shares().map(color) {
            let [one, other] =
                [background, text_on(background)].map(|color| luminance(color) + 0.05);
            assert!(one.max(other) / one.min(other) >= 4.5, "{background:?}");
        }
    }

    #[test]
    fn the_ends_are_the_extremes() {
        let ramp = Ramp::of([3.0, f64::NAN, -1.0].into_iter());
        let expected = Ramp {
            low: -1.0,
            high: 3.0,
        };
        assert_eq!(ramp, Some(expected));
        assert_eq!(expected.color(-1.0), RGBColor(0, 32, 77));
        assert_eq!(expected.color(3.0), RGBColor(255, 234, 70));
        assert_eq!(Ramp::of(std::iter::once(f64::NAN)), None);
        assert!(Ramp::of([7.0, 7.0].into_iter()).is_some_and(|ramp| ramp.low < 7.0));
    }
}
