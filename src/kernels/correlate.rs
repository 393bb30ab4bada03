//! `s = w ⋆ x + b` for one row of places: the product behind the forward pass, and behind the gradient of an input.
//!
//! Channels lie last, so the numbers under one row of a kernel lie side by side, and windows of neighbouring places overlap: a row
//! of the convolution is a matrix product whose left matrix needs no copy (no im2col). Filters lie in the lanes of vectors. `M`
//! places by `N` vectors of filters stay in registers while all rows of the kernel pass by.

use std::borrow::Cow;

use pulp::{Simd, WithSimd};

use crate::geometry::Convolution;
use crate::vectors::{at, load, store};

/// Filters in the order in which they are multiplied: `[kernel height][kernel width · channels][filters, filled up to whole vectors]`.
pub(crate) struct Filters<'a> {
    packed: Cow<'a, [f32]>,
    bias: Vec<f32>,
    rows: usize,
    row_len: usize,
    /// Filters, filled up to whole vectors.
    pub(crate) width: usize,
}

impl<'a> Filters<'a> {
    /// Of `weight` as `[filters, channels, height, width]`, for vectors of `lanes`.
    pub(crate) fn pack(
        convolution: &Convolution,
        weight: &[f32],
        bias: &[f32],
        lanes: usize,
    ) -> Self {
        let [rows, columns] = convolution.kernel;
        let Convolution {
            channels, filters, ..
        } = *convolution;
        let width = filters.next_multiple_of(lanes);
        let mut packed = vec![0.0; rows * columns * channels * width];
        for (filter, weight) in weight.chunks_exact(convolution.filter_len()).enumerate() {
            for (channel, weight) in weight.chunks_exact(rows * columns).enumerate() {
                for (place, weight) in weight.iter().enumerate() {
                    packed[(place * channels + channel) * width + filter] = *weight;
                }
            }
        }
        Self::new(packed.into(), bias, [rows, convolution.row_len()], width)
    }

    /// The filters that take the gradient of the output of a convolution of stride 1 to that of its input: channels and filters
    /// have changed places, and the kernel is turned by half a circle.
    pub(crate) fn pack_turned(convolution: &Convolution, weight: &[f32], lanes: usize) -> Self {
        let [rows, columns] = convolution.kernel;
        let Convolution {
            channels, filters, ..
        } = *convolution;
        let width = channels.next_multiple_of(lanes);
        let mut packed = vec![0.0; rows * columns * filters * width];
        for (filter, weight) in weight.chunks_exact(convolution.filter_len()).enumerate() {
            for (channel, weight) in weight.chunks_exact(rows * columns).enumerate() {
                for (place, weight) in weight.iter().rev().enumerate() {
                    packed[(place * filters + filter) * width + channel] = *weight;
                }
            }
        }
        Self::new(packed.into(), &[], [rows, columns * filters], width)
    }

    /// Of numbers that lie as they are multiplied: `[rows][row_len][width]`.
    pub(crate) fn new(
        packed: Cow<'a, [f32]>,
        bias: &[f32],
        [rows, row_len]: [usize; 2],
        width: usize,
    ) -> Self {
        assert_eq!(packed.len(), rows * row_len * width, "packed filters");
        let mut whole = bias.to_vec();
        whole.resize(width, 0.0);
        Self {
            packed,
            bias: whole,
            rows,
            row_len,
            width,
        }
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
    filters: &'a Filters<'a>,
    /// The first.
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
            width,
        } = filters;
        let (rows, row_len, width) = (*rows, *row_len, *width);
        // SAFETY: `row` has checked that all windows lie in the input and all sums in the output; packed filters and bias are
        // `width` wide, and the first of the `N` vectors of filters is one of them with `N - 1` behind it.
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
                        let place = (kernel_row * row_len + k) * width + filter;
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
