//! `s = w ⋆ x + b` for one row of places: the product behind the forward pass, and behind the gradient of an input.
//!
//! Channels lie last, so the numbers under one row of a kernel lie side by side, and windows of neighbouring places overlap: a row
//! of the convolution is a matrix product whose left matrix needs no copy (no im2col). Filters lie in the lanes of vectors. `M`
//! places by `N` vectors of filters stay in registers while all rows of the kernel pass by.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::geometry::Convolution;
use crate::vectors::{at, load, store};

/// Filters in the order in which they are multiplied: in panels of two vectors, the last of which may have one, and in a panel all
/// numbers of these filters that are multiplied by the first number of a window, then all by the second. What stays in registers is
/// multiplied by one panel from its beginning to its end.
pub(crate) struct Filters {
    packed: Vec<f32>,
    bias: Vec<f32>,
    rows: usize,
    row_len: usize,
    lanes: usize,
    /// Filters, filled up to whole vectors.
    pub(crate) width: usize,
}

/// Below so many numbers, a panel is packed before another core would have begun.
const FEW: usize = 1 << 14;

impl Filters {
    /// Of `weight` as `[filters, channels, height, width]`, for vectors of `lanes`.
    pub(crate) fn pack(
        convolution: &Convolution,
        weight: &[f32],
        bias: &[f32],
        lanes: usize,
    ) -> Self {
        let Convolution {
            channels,
            filters,
            kernel: [rows, columns],
            ..
        } = *convolution;
        let mut packed = Self::zeros(filters, [rows, convolution.row_len()], bias, lanes);
        for (filter, weight) in weight.chunks_exact(convolution.filter_len()).enumerate() {
            let (first, step) = packed.place(filter);
            for (channel, weight) in weight.chunks_exact(rows * columns).enumerate() {
                for (place, weight) in weight.iter().enumerate() {
                    packed.packed[first + (place * channels + channel) * step] = *weight;
                }
            }
        }
        packed
    }

    /// The filters that take the gradient of the output of a convolution of stride 1 to that of its input: channels and filters
    /// have changed places, and the kernel is turned by half a circle.
    pub(crate) fn pack_turned(convolution: &Convolution, weight: &[f32], lanes: usize) -> Self {
        let Convolution {
            channels,
            filters,
            kernel: [rows, columns],
            ..
        } = *convolution;
        let mut packed = Self::zeros(channels, [rows, columns * filters], &[], lanes);
        for (filter, weight) in weight.chunks_exact(convolution.filter_len()).enumerate() {
            for (channel, weight) in weight.chunks_exact(rows * columns).enumerate() {
                let (first, step) = packed.place(channel);
                for (place, weight) in weight.iter().rev().enumerate() {
                    packed.packed[first + (place * filters + filter) * step] = *weight;
                }
            }
        }
        packed
    }

    /// Of a matrix `[numbers of a window][filters]`.
    pub(crate) fn of_columns(weight: &[f32], filters: usize, bias: &[f32], lanes: usize) -> Self {
        let depth = weight.len() / filters;
        let mut packed = Self::zeros(filters, [1, depth], bias, lanes);
        packed.fill(|first, panel, step| {
            let count = step.min(filters - first);
            let rows = weight.chunks_exact(filters);
            for (panel, row) in panel.chunks_exact_mut(step).zip(rows) {
                panel[..count].copy_from_slice(&row[first..first + count]);
            }
        });
        packed
    }

    /// Of a matrix `[filters][from]`, of which the first numbers of a window are all, and the others, up to `depth`, are zeros.
    pub(crate) fn of_rows(weight: &[f32], from: usize, depth: usize, lanes: usize) -> Self {
        let filters = weight.len() / from;
        let mut packed = Self::zeros(filters, [1, depth], &[], lanes);
        packed.fill(|first, panel, step| {
            // In squares that stay in the cache.
            const SQUARE: usize = 16;
            let count = step.min(filters - first);
            for begin in (0..from).step_by(SQUARE) {
                let end = from.min(begin + SQUARE);
                for filter in 0..count {
                    let row = &weight[(first + filter) * from..][begin..end];
                    for (number, &weight) in (begin..end).zip(row) {
                        panel[number * step + filter] = weight;
                    }
                }
            }
        });
        packed
    }

    fn zeros(filters: usize, [rows, row_len]: [usize; 2], bias: &[f32], lanes: usize) -> Self {
        let width = filters.next_multiple_of(lanes);
        let mut whole = bias.to_vec();
        whole.resize(width, 0.0);
        Self {
            packed: vec![0.0; rows * row_len * width],
            bias: whole,
            rows,
            row_len,
            lanes,
            width,
        }
    }

    /// Has `fill` put numbers into each panel: the number of its first filter, the panel, and how many filters it has.
    fn fill(&mut self, fill: impl Fn(usize, &mut [f32], usize) + Sync) {
        let depth = self.rows * self.row_len;
        let panel = 2 * self.lanes;
        let is_small = self.packed.len() < FEW;
        let fill = |(number, numbers): (usize, &mut [f32])| {
            let step = numbers.len() / depth;
            fill(number * panel, numbers, step);
        };
        if is_small {
            self.packed
                .chunks_mut(panel * depth)
                .enumerate()
                .for_each(fill);
        } else {
            self.packed
                .par_chunks_mut(panel * depth)
                .enumerate()
                .for_each(fill);
        }
    }

    /// Where the first number of a filter lies, and how far it is to its next.
    fn place(&self, filter: usize) -> (usize, usize) {
        let depth = self.rows * self.row_len;
        let panel = 2 * self.lanes;
        let first = filter / panel * panel;
        let step = panel.min(self.width - first);
        (first * depth + filter - first, step)
    }

    /// Numbers under a window from its first to behind its last, where a row of the padded input has `padded_row`.
    fn window_len(&self, padded_row: usize) -> usize {
        (self.rows - 1) * padded_row + self.row_len
    }
}

/// Where a row of places lies.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// The padded input, channels last, from the first window on.
    pub(crate) input: &'a [f32],
    /// Numbers from one window to the next.
    pub(crate) step: usize,
    /// Numbers of a row of the padded input.
    pub(crate) padded_row: usize,
    /// How many places.
    pub(crate) places: usize,
    /// Numbers from the output of one place to that of the next.
    pub(crate) output_step: usize,
}

/// Writes `filters.width` numbers for each place to `output`.
///
/// # Panics
///
/// A window does not lie in the input, or `output` is too short.
#[inline(always)]
pub(crate) fn row<S: Simd>(simd: S, filters: &Filters, row: Row, output: &mut [f32]) {
    assert_eq!(filters.lanes, S::F32_LANES, "packed for other vectors");
    let last = (row.places - 1) * row.step + filters.window_len(row.padded_row);
    assert!(last <= row.input.len());
    assert!((row.places - 1) * row.output_step + filters.width <= output.len());
    let vectors = filters.width / S::F32_LANES;
    let (most_of_two, most_of_one) = if S::REGISTER_COUNT >= 32 {
        (14, 14)
    } else {
        (6, 12)
    };
    let mut vector = 0;
    while vector < vectors {
        let is_double = vector + 1 < vectors;
        let most = if is_double { most_of_two } else { most_of_one };
        let blocks = row.places.div_ceil(most);
        let mut place = 0;
        for block in 0..blocks {
            let count = row.places / blocks + usize::from(block < row.places % blocks);
            let block = Block {
                filters,
                filter: vector * S::F32_LANES,
                row: Row {
                    input: &row.input[place * row.step..],
                    places: count,
                    ..row
                },
                output: &mut output[place * row.output_step..],
            };
            if is_double {
                block.run::<S, 2>(simd);
            } else {
                block.run::<S, 1>(simd);
            }
            place += count;
        }
        vector += 1 + usize::from(is_double);
    }
}

struct Block<'a> {
    filters: &'a Filters,
    /// The first; where a panel begins.
    filter: usize,
    row: Row<'a>,
    output: &'a mut [f32],
}

impl Block<'_> {
    #[inline(always)]
    fn run<S: Simd, const N: usize>(self, simd: S) {
        match self.row.places {
            1 => simd.vectorize(Sized::<1, N>(self)),
            2 => simd.vectorize(Sized::<2, N>(self)),
            3 => simd.vectorize(Sized::<3, N>(self)),
            4 => simd.vectorize(Sized::<4, N>(self)),
            5 => simd.vectorize(Sized::<5, N>(self)),
            6 => simd.vectorize(Sized::<6, N>(self)),
            7 => simd.vectorize(Sized::<7, N>(self)),
            8 => simd.vectorize(Sized::<8, N>(self)),
            9 => simd.vectorize(Sized::<9, N>(self)),
            10 => simd.vectorize(Sized::<10, N>(self)),
            11 => simd.vectorize(Sized::<11, N>(self)),
            12 => simd.vectorize(Sized::<12, N>(self)),
            13 => simd.vectorize(Sized::<13, N>(self)),
            _ => simd.vectorize(Sized::<14, N>(self)),
        }
    }
}

struct Sized<'a, const M: usize, const N: usize>(Block<'a>);

impl<const M: usize, const N: usize> WithSimd for Sized<'_, M, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Block {
            filters,
            filter,
            row,
            output,
        } = self.0;
        let Row {
            input,
            step,
            padded_row,
            output_step,
            ..
        } = row;
        let Filters {
            packed,
            bias,
            rows,
            row_len,
            ..
        } = filters;
        let (rows, row_len) = (*rows, *row_len);
        let (panel, step_of_panel) = (filter * rows * row_len, N * S::F32_LANES);
        // SAFETY: `row` has checked that all windows lie in the input and all sums in the output, and that filters were packed for
        // these lanes; `filter` is the first of a panel of `N` vectors, which begins behind all numbers of those before it.
        unsafe {
            let mut sums = [[simd.splat_f32s(0.0); N]; M];
            for n in 0..N {
                let bias = load::<S>(bias, filter + n * S::F32_LANES);
                for sums in &mut sums {
                    sums[n] = bias;
                }
            }
            for kernel_row in 0..rows {
                for k in 0..row_len {
                    let mut weights = [simd.splat_f32s(0.0); N];
                    for n in 0..N {
                        let place = panel + (kernel_row * row_len + k) * step_of_panel;
                        weights[n] = load::<S>(packed, place + n * S::F32_LANES);
                    }
                    for m in 0..M {
                        let x = at(input, kernel_row * padded_row + m * step + k);
                        let x = simd.splat_f32s(x);
                        for n in 0..N {
                            sums[m][n] = simd.mul_add_e_f32s(x, weights[n], sums[m][n]);
                        }
                    }
                }
            }
            for m in 0..M {
                for n in 0..N {
                    store::<S>(
                        output,
                        m * output_step + filter + n * S::F32_LANES,
                        sums[m][n],
                    );
                }
            }
        }
    }
}
