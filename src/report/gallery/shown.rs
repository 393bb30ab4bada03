//! Plain numbers as coloured pixels.

use crate::report::heat_maps::ramp;
use crate::report::picture::image::{Image, Manner};
use crate::report::style;

/// Larger images are reduced to this many pixels to a side: pictures have no room for more.
const MOST: usize = 128;

/// An image that can be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub(super) image: Image,
}

/// Channel by channel, row by row.
#[derive(Clone, Copy, Debug)]
struct Planes<'a> {
    channels: usize,
    height: usize,
    width: usize,
    values: &'a [f32],
}

impl Shown {
    /// A photograph of these channels, height and width, its values from 0 to 1: colours of three channels, grey of others, of
    /// which the first is shown.
    #[must_use]
    pub fn photograph([channels, height, width]: [usize; 3], values: &[f32]) -> Self {
        let planes = Planes {
            channels,
            height,
            width,
            values,
        };
        planes.shown(|color| match color {
            [red, green, blue] => [red, green, blue].map(|value| byte(*value)),
            [grey, ..] => [byte(*grey); 3],
            [] => [u8::MAX; 3],
        })
    }

    /// Numbers of one channel, from `low`, dark, to `high`, light.
    #[must_use]
    pub fn map([height, width]: [usize; 2], values: &[f32], (low, high): (f32, f32)) -> Self {
        let planes = Planes {
            channels: 1,
            height,
            width,
            values,
        };
        let range = if high > low { high - low } else { 1.0 };
        planes.shown(|value| {
            let value = value.first().copied().unwrap_or(f32::NAN);
            if !value.is_finite() {
                return [style::MISSING.0, style::MISSING.1, style::MISSING.2];
            }
            let color = ramp::color(f64::from((value - low) / range));
            [color.0, color.1, color.2]
        })
    }

    /// Weights from `−reach` to `reach`: of three channels as colours around grey, of one dark where negative and light where
    /// positive; of others, their mean.
    #[must_use]
    pub fn weights([channels, height, width]: [usize; 3], values: &[f32], reach: f32) -> Self {
        if channels == 3 {
            let shares: Vec<f32> = values
                .iter()
                .map(|value| 0.5 + 0.5 * value / reach.max(f32::MIN_POSITIVE))
                .collect();
            return Self::photograph([channels, height, width], &shares);
        }
        let area = height * width;
        let mean = |place: usize| {
            let sum: f32 = (0..channels)
                .map(|channel| values[channel * area + place])
                .sum();
            sum / channels.max(1) as f32
        };
        let mean: Vec<f32> = (0..area).map(mean).collect();
        Self::map([height, width], &mean, (-reach, reach))
    }

    /// Width and height.
    pub(super) fn size(&self) -> (f64, f64) {
        (f64::from(self.image.width), f64::from(self.image.height))
    }
}

fn byte(share: f32) -> u8 {
    if share.is_finite() {
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    } else {
        style::MISSING.0
    }
}

impl Planes<'_> {
    /// Every pixel's channels as a colour, averaged over squares of pixels where there are too many.
    fn shown(self, color: impl Fn(&[f32]) -> [u8; 3]) -> Shown {
        let square = self.height.max(self.width).div_ceil(MOST).max(1);
        let (height, width) = (self.height.div_ceil(square), self.width.div_ceil(square));
        let mut pixels = Vec::with_capacity(3 * height * width);
        let mut channels = vec![0.0; self.channels];
        for row in 0..height {
            for column in 0..width {
                for (channel, value) in channels.iter_mut().enumerate() {
                    *value = self.mean(channel, (row, column), square);
                }
                pixels.extend(color(&channels));
            }
        }
        Shown {
            image: Image {
                width: width as u32,
                height: height as u32,
                pixels,
                manner: if square == 1 {
                    Manner::Squares
                } else {
                    Manner::Smooth
                },
            },
        }
    }

    /// The mean of a square of pixels, as far as it lies on the image.
    fn mean(self, channel: usize, (row, column): (usize, usize), square: usize) -> f32 {
        let (mut sum, mut count) = (0.0, 0.0);
        for y in row * square..self.height.min((row + 1) * square) {
            for x in column * square..self.width.min((column + 1) * square) {
                let place = (channel * self.height + y) * self.width + x;
                sum += self.values.get(place).copied().unwrap_or(f32::NAN);
                count += 1.0;
            }
        }
        sum / count
    }
}
