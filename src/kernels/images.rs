//! Batches of images in either order of their numbers.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use crate::geometry::Convolution;
use crate::parallel::part_len;
use crate::unwritten::written;

/// In which order the numbers of an image lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `[channels, height, width]`
    ChannelsFirst,
    /// `[height, width, channels]`: what the kernels compute in and what they give.
    ChannelsLast,
}

/// Images, one behind the other.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    /// Of all of them.
    pub values: &'a [f32],
    /// Of each of them.
    pub order: Order,
}

impl<'a> Images<'a> {
    /// The same numbers [channels first](Order::ChannelsFirst), of images of so many channels and pixels.
    ///
    /// # Panics
    ///
    /// There are not as many numbers as some such images have.
    #[must_use]
    pub fn channels_first(self, channels: usize, pixels: usize) -> Vec<f32> {
        let len = channels * pixels;
        let count = self.values.len() / len;
        assert_eq!(self.values.len(), count * len, "images");
        if self.order == Order::ChannelsFirst || channels == 1 {
            return self.values.to_vec();
        }
        let size = part_len(count) * len;
        let turn = |(output, values): (&mut [MaybeUninit<f32>], &[f32])| {
            let images = output.chunks_exact_mut(len).zip(values.chunks_exact(len));
            for (output, values) in images {
                for (channel, plane) in output.chunks_exact_mut(pixels).enumerate() {
                    let mut place = channel;
                    for output in plane {
                        output.write(values[place]);
                        place += channels;
                    }
                }
            }
        };
        let write = |output: &mut [MaybeUninit<f32>]| {
            let parts = output
                .par_chunks_mut(size)
                .zip(self.values.par_chunks(size));
            parts.for_each(turn);
        };
        // SAFETY: every number of every plane of every image is written.
        unsafe { written(self.values.len(), write) }
    }

    /// The image at this place, of `len` numbers.
    pub(crate) fn image(self, place: usize, len: usize) -> Image<'a> {
        Image {
            values: &self.values[place * len..(place + 1) * len],
            order: self.order,
        }
    }
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image<'a> {
    values: &'a [f32],
    order: Order,
}

impl Image<'_> {
    /// Writes its numbers, channels last, into `into`: the pixel `(y, x)` begins at `place(y, x)`.
    pub(crate) fn spread(
        self,
        [channels, height, width]: [usize; 3],
        into: &mut [f32],
        row: usize,
        pixel: usize,
    ) {
        let area = height * width;
        match self.order {
            Order::ChannelsLast if pixel == channels => {
                let rows = self.values.chunks_exact(width * channels);
                for (y, values) in rows.enumerate() {
                    into[y * row..][..width * channels].copy_from_slice(values);
                }
            }
            Order::ChannelsLast => {
                for y in 0..height {
                    for x in 0..width {
                        let from = &self.values[(y * width + x) * channels..][..channels];
                        into[y * row + x * pixel..][..channels].copy_from_slice(from);
                    }
                }
            }
            Order::ChannelsFirst if channels == 1 && pixel == 1 => {
                for (y, values) in self.values.chunks_exact(width).enumerate() {
                    into[y * row..][..width].copy_from_slice(values);
                }
            }
            Order::ChannelsFirst => {
                for y in 0..height {
                    let into = &mut into[y * row..][..(width - 1) * pixel + channels];
                    for (x, into) in into.chunks_mut(pixel).enumerate() {
                        let planes = self.values[y * width + x..].iter().step_by(area);
                        for (value, plane) in into[..channels].iter_mut().zip(planes) {
                            *value = *plane;
                        }
                    }
                }
            }
        }
    }
}

/// Writes an input image into its padded place, channels last. The padding is there already.
pub(crate) fn pad(convolution: &Convolution, image: Image, into: &mut [f32]) {
    let [height, width] = convolution.input;
    let row = convolution.padded_row();
    let (top, left) = (convolution.padding[0].0, convolution.padding[1].0);
    let begin = top * row + left * convolution.channels;
    image.spread(
        [convolution.channels, height, width],
        &mut into[begin..],
        row,
        convolution.channels,
    );
}
