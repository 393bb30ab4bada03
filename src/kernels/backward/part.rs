//! The gradients of some images of a batch, one after the other: what one thread sums.

use std::mem::MaybeUninit;

use pulp::Simd;

use super::Passed;
use super::plan::Plan;
use crate::correlate::{Filters, Row, row};
use crate::dense::{self, Places};
use crate::geometry::Convolution;
use crate::images::{Images, pad};
use crate::parallel;
use crate::scratch::{Scratch, any, zeros};
use crate::sparse::{self, Lines, Live};
use crate::vectors::{load, load_some, store};

/// Some images of a batch.
pub(super) struct Part<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) passed: Passed<'a>,
    pub(super) gradient: Images<'a>,
    /// From this one up to that one.
    pub(super) images: [usize; 2],
    pub(super) sums: &'a mut [f32],
    /// Of these images.
    pub(super) input: Option<&'a mut [MaybeUninit<f32>]>,
}

impl parallel::Part for Part<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S, scratch: &mut Scratch) {
        let plan = self.plan;
        let convolution = plan.convolution;
        let Scratch {
            padded,
            band,
            winners,
            gradient,
            padded_gradient,
            offsets,
            values,
        } = scratch;
        let places = convolution.output(0) * convolution.output(1);
        let padded_len = convolution.padded(0) * convolution.padded_row();
        // A vector more, for what the last one has behind a row.
        let padded = zeros(padded, padded_len + S::F32_LANES);
        let gradient = zeros(gradient, places * plan.width);
        let list = (any(offsets, places), any(values, places));
        for image in self.images[0]..self.images[1] {
            let of_image = self.passed.images.image(image, convolution.input_len());
            pad(convolution, of_image, padded);
            self.before_activation(simd, image, gradient);
            let winners_of_image = if convolution.pool.is_some() {
                let len = convolution.output_len();
                &self.passed.winners[image * len..(image + 1) * len]
            } else {
                &[]
            };
            let is_listed = plan.ways.is_sparse || plan.wants_input && plan.ways.input_is_sparse;
            if is_listed {
                let padded_gradient = if plan.wants_input && plan.ways.input_is_sparse {
                    zeros(padded_gradient, padded_len + S::F32_LANES)
                } else {
                    &mut []
                };
                self.add_lists(
                    simd,
                    winners_of_image,
                    gradient,
                    padded,
                    padded_gradient,
                    (&mut *list.0, &mut *list.1),
                );
                self.keep_input(image, padded_gradient);
            }
            if !plan.ways.is_sparse {
                self.add_products(simd, winners_of_image, gradient, padded, band, winners);
            }
            if let Some(turned) = &plan.turned {
                self.turned(simd, turned, image, gradient, padded_gradient, band);
            }
        }
    }
}

impl Part<'_> {
    /// The gradient behind pooling and before the activation, `[places][width]`; and adds it to that of the bias.
    #[inline(always)]
    fn before_activation<S: Simd>(&mut self, simd: S, image: usize, gradient: &mut [f32]) {
        let plan = self.plan;
        let Convolution {
            filters,
            activation,
            ..
        } = *plan.convolution;
        let [height, columns] = [plan.convolution.output(0), plan.convolution.output(1)];
        let len = plan.convolution.output_len();
        let width = plan.width;
        let of_image = self.gradient.image(image, len);
        of_image.spread([filters, height, columns], gradient, columns * width, width);
        let output = &self.passed.output[image * len..(image + 1) * len];
        let biases = plan.of_filters();
        for filter in (0..filters).step_by(S::F32_LANES) {
            let count = (filters - filter).min(S::F32_LANES);
            // SAFETY: the sums of the bias and every place are `width` wide, of whole vectors.
            unsafe {
                let mut bias = load::<S>(self.sums, biases + filter);
                for (place, output) in output.chunks_exact(filters).enumerate() {
                    let value = load_some(simd, &output[filter..filter + count]);
                    let of_place = load::<S>(gradient, place * width + filter);
                    let of_place = activation.backward(simd, of_place, value);
                    store::<S>(gradient, place * width + filter, of_place);
                    bias = simd.add_f32s(bias, of_place);
                }
                store::<S>(self.sums, biases + filter, bias);
            }
        }
    }

    /// Filter by filter, from its live places.
    #[inline(always)]
    fn add_lists<S: Simd>(
        &mut self,
        simd: S,
        winners: &[u8],
        gradient: &[f32],
        padded: &[f32],
        padded_gradient: &mut [f32],
        (windows, values): (&mut [u32], &mut [f32]),
    ) {
        let plan = self.plan;
        let filters = plan.convolution.filters;
        let lines = Lines {
            rows: plan.convolution.kernel[0],
            vectors: plan.line / S::F32_LANES,
            padded_row: plan.convolution.padded_row(),
        };
        let of_filter = lines.rows * plan.line;
        for filter in 0..filters {
            let mut count = 0;
            let places = plan.windows.iter().zip(gradient.chunks_exact(plan.width));
            for (place, (window, gradient)) in places.enumerate() {
                let value = gradient[filter];
                let winner = winners.get(place * filters + filter);
                let shift = winner.map_or(0, |&winner| plan.shifts[usize::from(winner)]);
                windows[count] = window + shift;
                values[count] = value;
                // No branch: nothing could foretell it.
                count += usize::from(value != 0.0);
            }
            let live = Live {
                windows: &windows[..count],
                gradients: &values[..count],
            };
            if plan.ways.is_sparse {
                let sums = &mut self.sums[filter * of_filter..(filter + 1) * of_filter];
                sparse::add_to_filter(simd, live, lines, padded, sums);
            }
            if !padded_gradient.is_empty() {
                let filter = &plan.lines[filter * of_filter..(filter + 1) * of_filter];
                sparse::add_to_windows(simd, live, lines, filter, padded_gradient);
            }
        }
    }

    /// The gradient of the filters from that of all places, row by row of the output where there is pooling.
    #[inline(always)]
    fn add_products<S: Simd>(
        &mut self,
        simd: S,
        winners: &[u8],
        gradient: &[f32],
        padded: &[f32],
        band: &mut Vec<f32>,
        wide_winners: &mut Vec<u32>,
    ) {
        let plan = self.plan;
        let convolution = plan.convolution;
        let [rows, columns] = [convolution.convolved(0), convolution.convolved(1)];
        let places = Places {
            input: padded,
            step: convolution.stride[1] * convolution.channels,
            row_step: convolution.stride[0] * convolution.padded_row(),
            places: [rows, columns],
            gradients: gradient,
            width: plan.width,
        };
        let sums = &mut self.sums[..plan.of_filters()];
        if convolution.pool.is_none() {
            dense::add_to_filters(simd, places, &plan.offsets, sums);
            return;
        }
        let [height, _] = convolution.pool_size();
        let outputs = convolution.output(1);
        let band = zeros(band, height * columns * plan.width);
        let wide = any(wide_winners, outputs * plan.width);
        let of_row = winners.chunks_exact(outputs * convolution.filters);
        for (y, winners) in of_row.enumerate() {
            for (wide, winners) in wide
                .chunks_exact_mut(plan.width)
                .zip(winners.chunks_exact(convolution.filters))
            {
                for (wide, winner) in wide.iter_mut().zip(winners) {
                    *wide = u32::from(*winner);
                }
            }
            let gradient = &gradient[y * outputs * plan.width..][..outputs * plan.width];
            plan.unpool(simd, wide, gradient, band);
            let first = convolution.window(y * convolution.pool_stride()[0], 0);
            let of_band = Places {
                input: &padded[first..],
                places: [height, columns],
                gradients: band,
                ..places
            };
            dense::add_to_filters(simd, of_band, &plan.offsets, sums);
        }
    }

    /// The gradient of the input of a convolution of stride 1 is one with turned filters.
    #[inline(always)]
    fn turned<S: Simd>(
        &mut self,
        simd: S,
        turned: &Filters,
        image: usize,
        gradient: &[f32],
        padded_gradient: &mut Vec<f32>,
        band: &mut Vec<f32>,
    ) {
        let plan = self.plan;
        let convolution = plan.convolution;
        let Some(input) = &mut self.input else {
            return;
        };
        let Convolution {
            channels,
            filters,
            kernel,
            padding,
            ..
        } = *convolution;
        let [rows, columns] = convolution.input;
        let padded_row = (columns + kernel[1] - 1) * filters;
        let padded = zeros(padded_gradient, (rows + kernel[0] - 1) * padded_row);
        let begin =
            (kernel[0] - 1 - padding[0].0) * padded_row + (kernel[1] - 1 - padding[1].0) * filters;
        let outputs = convolution.output(1);
        for (y, gradient) in gradient.chunks_exact(outputs * plan.width).enumerate() {
            let padded = &mut padded[begin + y * padded_row..][..outputs * filters];
            let places = gradient.chunks_exact(plan.width);
            for (padded, gradient) in padded.chunks_exact_mut(filters).zip(places) {
                padded.copy_from_slice(&gradient[..filters]);
            }
        }
        let band = any(band, columns * turned.width);
        let first = (image - self.images[0]) * convolution.input_len();
        for y in 0..rows {
            let of_row = Row {
                input: &padded[y * padded_row..],
                step: filters,
                padded_row,
                places: columns,
                output_step: turned.width,
            };
            row(simd, turned, of_row, band);
            let into = &mut input[first + y * columns * channels..][..columns * channels];
            let places = band.chunks_exact(turned.width);
            for (into, values) in into.chunks_exact_mut(channels).zip(places) {
                into.write_copy_of_slice(&values[..channels]);
            }
        }
    }

    /// Takes the gradient of an input image out of its padding.
    fn keep_input(&mut self, image: usize, padded: &[f32]) {
        let convolution = self.plan.convolution;
        if let Some(input) = &mut self.input
            && !padded.is_empty()
        {
            let row = convolution.padded_row();
            let len = convolution.input[1] * convolution.channels;
            let left = convolution.padding[1].0 * convolution.channels;
            let first = (image - self.images[0]) * convolution.input_len();
            for y in 0..convolution.input[0] {
                let from = &padded[(y + convolution.padding[0].0) * row + left..][..len];
                input[first + y * len..][..len].write_copy_of_slice(from);
            }
        }
    }
}

impl Plan<'_> {
    /// Puts the gradients of a row of outputs where each of them won; 0 elsewhere.
    #[inline(always)]
    fn unpool<S: Simd>(&self, simd: S, winners: &[u32], gradient: &[f32], band: &mut [f32]) {
        let convolution = self.convolution;
        let [height, columns] = convolution.pool_size();
        let stride = convolution.pool_stride()[1];
        let line = convolution.convolved(1) * self.width;
        let outputs = convolution.output(1);
        assert!(band.len() >= height * line && gradient.len() >= outputs * self.width);
        assert!((outputs - 1) * stride + columns <= convolution.convolved(1));
        let zero = simd.splat_f32s(0.0);
        let mut winners = S::as_simd_u32s(winners).0.iter();
        for output in 0..outputs {
            for filter in (0..self.width).step_by(S::F32_LANES) {
                let Some(winner) = winners.next() else {
                    return;
                };
                // SAFETY: the windows lie in the lines of the band.
                unsafe {
                    let value = load::<S>(gradient, output * self.width + filter);
                    for y in 0..height {
                        for x in 0..columns {
                            let place = simd.splat_u32s((y * columns + x) as u32);
                            let has_won = simd.equal_u32s(*winner, place);
                            let value = simd.select_f32s(has_won, value, zero);
                            let place = y * line + (output * stride + x) * self.width + filter;
                            store::<S>(band, place, value);
                        }
                    }
                }
            }
        }
    }
}
