//! The gradient of the filters where most places have one: a matrix product, filters in the lanes of vectors.

use pulp::{Simd, WithSimd};

use crate::vectors::{at, load, store};

/// Rows of places, each with a window of the input and a gradient for every filter.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    /// The padded input from the first window on.
    pub(crate) input: &'a [f32],
    /// Numbers from one window to the next in a row.
    pub(crate) step: usize,
    /// Numbers from the first window of a row to that of the next.
    pub(crate) row_step: usize,
    /// Rows, and places in each.
    pub(crate) places: [usize; 2],
    /// `[rows][places][width]`
    pub(crate) gradients: &'a [f32],
    /// Filters, filled up to whole vectors.
    pub(crate) width: usize,
}

/// Adds `Σ x · gradient` to `sums`, `[numbers of a filter][width]`, where the numbers of a window lie at `offsets` from its first.
///
/// # Panics
///
/// A window does not lie in the input, or a slice is too short.
#[inline(always)]
pub(crate) fn add_to_filters<S: Simd>(
    simd: S,
    places: Places,
    offsets: &[usize],
    sums: &mut [f32],
) {
    let [rows, columns] = places.places;
    let reach = offsets.iter().copied().max().unwrap_or(0);
    assert!(
        (rows - 1) * places.row_step + (columns - 1) * places.step + reach < places.input.len()
    );
    assert!(places.gradients.len() >= rows * columns * places.width);
    assert!(sums.len() >= offsets.len() * places.width);
    let vectors = places.width / S::F32_LANES;
    let most = if S::REGISTER_COUNT >= 32 { 12 } else { 6 };
    let blocks = offsets.len().div_ceil(most);
    let mut first = 0;
    for block in 0..blocks {
        let count = offsets.len() / blocks + usize::from(block < offsets.len() % blocks);
        let block = Block {
            places,
            offsets: &offsets[first..first + count],
            sums: &mut sums[first * places.width..],
            filter: 0,
        };
        block.run(simd, vectors);
        first += count;
    }
}

struct Block<'a> {
    places: Places<'a>,
    offsets: &'a [usize],
    sums: &'a mut [f32],
    filter: usize,
}

impl Block<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S, vectors: usize) {
        let Self {
            places,
            offsets,
            sums,
            ..
        } = self;
        let mut vector = 0;
        while vector < vectors {
            let block = Block {
                places,
                offsets,
                sums: &mut *sums,
                filter: vector * S::F32_LANES,
            };
            let is_double = vector + 1 < vectors;
            macro_rules! run {
                ($($m:literal),*) => {
                    match (offsets.len(), is_double) {
                        $(($m, true) => simd.vectorize(Sized::<$m, 2>(block)),
                        ($m, false) => simd.vectorize(Sized::<$m, 1>(block)),)*
                        _ => unreachable!("at most 12"),
                    }
                };
            }
            run!(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
            vector += 1 + usize::from(is_double);
        }
    }
}

struct Sized<'a, const M: usize, const N: usize>(Block<'a>);

impl<const M: usize, const N: usize> WithSimd for Sized<'_, M, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Block {
            places,
            offsets,
            sums,
            filter,
        } = self.0;
        let Places {
            input,
            step,
            row_step,
            gradients,
            width,
            ..
        } = places;
        let [rows, columns] = places.places;
        let mut of_window = [0; M];
        of_window.copy_from_slice(&offsets[..M]);
        // SAFETY: `add_to_filters` has checked that windows lie in the input, and gradients and sums in their slices; the `N`
        // vectors from `filter` on are some of `width`.
        unsafe {
            let mut total = [[simd.splat_f32s(0.0); N]; M];
            for m in 0..M {
                for n in 0..N {
                    total[m][n] = load::<S>(sums, m * width + filter + n * S::F32_LANES);
                }
            }
            for row in 0..rows {
                for column in 0..columns {
                    let window = row * row_step + column * step;
                    let place = (row * columns + column) * width + filter;
                    let mut gradient = [simd.splat_f32s(0.0); N];
                    for n in 0..N {
                        gradient[n] = load::<S>(gradients, place + n * S::F32_LANES);
                    }
                    for m in 0..M {
                        let x = simd.splat_f32s(at(input, window + of_window[m]));
                        for n in 0..N {
                            total[m][n] = simd.mul_add_e_f32s(x, gradient[n], total[m][n]);
                        }
                    }
                }
            }
            for m in 0..M {
                for n in 0..N {
                    store::<S>(sums, m * width + filter + n * S::F32_LANES, total[m][n]);
                }
            }
        }
    }
}
