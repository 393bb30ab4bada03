//! `y = pool(θ(w ⋆ x + b))`, an image at a time: what a row of windows needs stays in the cache.

use std::mem::MaybeUninit;

use pulp::Simd;

use crate::correlate::{Filters, Row, row};
use crate::geometry::Convolution;
use crate::images::{Images, pad};
use crate::instructions::Instructions;
use crate::parallel::{self, part_len};
use crate::scratch::{Scratch, any, zeros};
use crate::unwritten::written;
use crate::vectors::{load, store};

impl Convolution {
    /// The output, channels last, of all `images`; with the place of each window's largest value in it, row by row, channels last,
    /// if there is pooling and `keeps_winners`, else empty.
    ///
    /// # Panics
    ///
    /// It is not [possible](Convolution::is_possible), or a slice has another length than the shapes say.
    #[must_use]
    pub fn forward(
        &self,
        images: Images,
        weight: &[f32],
        bias: &[f32],
        keeps_winners: bool,
        instructions: Instructions,
    ) -> (Vec<f32>, Vec<u8>) {
        assert!(self.is_possible(), "{self:?}");
        let count = images.values.len() / self.input_len();
        assert_eq!(images.values.len(), count * self.input_len(), "images");
        assert_eq!(weight.len(), self.weight_len(), "weight");
        assert_eq!(bias.len(), self.filters, "bias");
        let len = count * self.output_len();
        let of_winners = if keeps_winners && self.pool.is_some() {
            len
        } else {
            0
        };
        let mut all_winners = Vec::new();
        // SAFETY: every part writes all rows of its images, of winners too where they are wanted.
        let output = unsafe {
            written(len, |output| {
                all_winners = written(of_winners, |winners| {
                    self.write(images, weight, bias, output, winners, instructions);
                });
            })
        };
        (output, all_winners)
    }

    fn write(
        &self,
        images: Images,
        weight: &[f32],
        bias: &[f32],
        output: &mut [MaybeUninit<f32>],
        winners: &mut [MaybeUninit<u8>],
        instructions: Instructions,
    ) {
        let filters = Filters::pack(self, weight, bias, instructions.lanes());
        let len = self.output_len();
        let size = part_len(output.len() / len);
        let mut of_winners = winners.chunks_mut(size * len);
        let parts: Vec<Part> = output
            .chunks_mut(size * len)
            .enumerate()
            .map(|(place, output)| Part {
                convolution: self,
                filters: &filters,
                images,
                first: place * size,
                output,
                winners: of_winners.next(),
            })
            .collect();
        parallel::run(parts, instructions);
    }
}

struct Part<'a> {
    convolution: &'a Convolution,
    filters: &'a Filters,
    images: Images<'a>,
    /// Image.
    first: usize,
    output: &'a mut [MaybeUninit<f32>],
    winners: Option<&'a mut [MaybeUninit<u8>]>,
}

impl parallel::Part for Part<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S, scratch: &mut Scratch) {
        let Self {
            convolution,
            filters,
            ..
        } = self;
        let padded_len = convolution.padded(0) * convolution.padded_row();
        let padded = zeros(&mut scratch.padded, padded_len);
        let places = convolution.convolved(1);
        let size = convolution.pool_size();
        let band = any(&mut scratch.band, size[0] * places * filters.width);
        let row_len = convolution.output(1) * filters.width;
        let winners = any(&mut scratch.winners, row_len);
        let output_row = convolution.output(1) * convolution.filters;
        let rows = convolution.output(0);
        for place in 0..self.output.len() / convolution.output_len() {
            let image = self
                .images
                .image(self.first + place, convolution.input_len());
            pad(convolution, image, padded);
            for y in 0..rows {
                for (line, band) in band.chunks_exact_mut(places * filters.width).enumerate() {
                    let y = y * convolution.pool_stride()[0] + line;
                    let of_row = Row {
                        input: &padded[convolution.window(y, 0)..],
                        step: convolution.stride[1] * convolution.channels,
                        padded_row: convolution.padded_row(),
                        places,
                        output_step: filters.width,
                    };
                    row(simd, filters, of_row, band);
                }
                if convolution.pool.is_some() {
                    if self.winners.is_some() {
                        largest::<S, true>(simd, convolution, filters.width, band, winners);
                    } else {
                        largest::<S, false>(simd, convolution, filters.width, band, winners);
                    }
                }
                let begin = (place * rows + y) * output_row;
                let output = &mut self.output[begin..begin + output_row];
                convolution.activation.apply(
                    simd,
                    (&band[..row_len], filters.width),
                    (output, convolution.filters),
                );
                if let Some(all) = &mut self.winners {
                    let all = &mut all[begin..begin + output_row];
                    let pixels = winners.chunks_exact(filters.width);
                    for (all, winners) in all.chunks_exact_mut(convolution.filters).zip(pixels) {
                        for (all, winner) in all.iter_mut().zip(winners) {
                            all.write(*winner as u8);
                        }
                    }
                }
            }
        }
    }
}

/// The largest of each window of `band`, written to its beginning, `[windows][width]`, and with `KEEP` which one it was.
#[inline(always)]
fn largest<S: Simd, const KEEP: bool>(
    simd: S,
    convolution: &Convolution,
    width: usize,
    band: &mut [f32],
    winners: &mut [u32],
) {
    let windows = Windows {
        count: convolution.output(1),
        stride: convolution.pool_stride()[1],
        places: convolution.convolved(1),
        width,
    };
    match convolution.pool_size() {
        // Written out by the compiler, which knows this size.
        [2, 2] => windows.largest::<S, KEEP>(simd, [2, 2], band, winners),
        size => windows.largest::<S, KEEP>(simd, size, band, winners),
    }
}

/// A row of windows.
struct Windows {
    count: usize,
    /// Places from one to the next.
    stride: usize,
    /// In a line of the band.
    places: usize,
    /// Filters, filled up to whole vectors.
    width: usize,
}

impl Windows {
    #[inline(always)]
    fn largest<S: Simd, const KEEP: bool>(
        self,
        simd: S,
        [height, columns]: [usize; 2],
        band: &mut [f32],
        winners: &mut [u32],
    ) {
        let Self {
            count,
            stride,
            places,
            width,
        } = self;
        let line = places * width;
        assert!(band.len() >= height * line && winners.len() >= count * width);
        assert!((count - 1) * stride + columns <= places);
        let kept = &mut S::as_mut_simd_u32s(winners).0[..count * width / S::F32_LANES];
        let mut kept = kept.iter_mut();
        for window in 0..count {
            for filter in (0..width).step_by(S::F32_LANES) {
                let begin = window * stride * width + filter;
                // SAFETY: windows lie in their lines, of which the band has as many as a window is high; what is written lies
                // before or at what is read next, since windows do not overlap.
                unsafe {
                    let mut best = load::<S>(band, begin);
                    let mut winner = simd.splat_u32s(0);
                    for y in 0..height {
                        for x in 0..columns {
                            if (y, x) == (0, 0) {
                                continue;
                            }
                            let value = load::<S>(band, begin + y * line + x * width);
                            let is_more = simd.greater_than_f32s(value, best);
                            // What is no number wins, so that it is seen.
                            let is_none = simd.not_m32s(simd.equal_f32s(value, value));
                            let wins = simd.or_m32s(is_more, is_none);
                            best = simd.select_f32s(wins, value, best);
                            if KEEP {
                                let place = simd.splat_u32s((y * columns + x) as u32);
                                winner = simd.select_u32s(wins, place, winner);
                            }
                        }
                    }
                    store::<S>(band, window * width + filter, best);
                    if KEEP && let Some(kept) = kept.next() {
                        *kept = winner;
                    }
                }
            }
        }
    }
}
