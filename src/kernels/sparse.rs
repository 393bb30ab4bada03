//! Gradients where most of them are zero: behind pooling only one place of each window has one, and behind a dead unit none.
//!
//! For each filter the live places are listed once. Each adds `gradient · (its window of x)` to the gradient of the filter, and
//! `gradient · filter` to the gradient of its window. Numbers under a row of the kernel lie side by side, channels last, so both
//! are sums of whole vectors; what a vector has behind a row is multiplied by zeros, or forgotten.

use pulp::{Simd, WithSimd};

use crate::vectors::{load, store};

/// Cuts rows and vectors into blocks that stay in registers.
macro_rules! for_blocks {
    ($simd:expr, $s:ty, $lines:expr, $block:ident, $live:expr, $from:expr, $to:expr) => {{
        let lines: Lines = $lines;
        let mut row = 0;
        while row < lines.rows {
            let rows = (lines.rows - row).min(3);
            let blocks = lines.vectors.div_ceil(4);
            let mut vector = 0;
            for block in 0..blocks {
                let vectors = lines.vectors / blocks + usize::from(block < lines.vectors % blocks);
                let corner = Corner { row, vector };
                let (live, lines) = ($live, $lines);
                let (from, to) = (&*$from, &mut *$to);
                macro_rules! run {
                    ($r:literal, $v:literal) => {
                        $simd.vectorize($block::<$r, $v> {
                            live,
                            lines,
                            corner,
                            from,
                            to,
                        })
                    };
                }
                match (rows, vectors) {
                    (1, 1) => run!(1, 1),
                    (1, 2) => run!(1, 2),
                    (1, 3) => run!(1, 3),
                    (1, _) => run!(1, 4),
                    (2, 1) => run!(2, 1),
                    (2, 2) => run!(2, 2),
                    (2, 3) => run!(2, 3),
                    (2, _) => run!(2, 4),
                    (_, 1) => run!(3, 1),
                    (_, 2) => run!(3, 2),
                    (_, 3) => run!(3, 3),
                    (_, _) => run!(3, 4),
                }
                vector += vectors;
            }
            row += rows;
        }
    }};
}
/// The live places of one filter.
#[derive(Clone, Copy)]
pub(crate) struct Live<'a> {
    /// Where their windows begin.
    pub(crate) windows: &'a [u32],
    /// Their gradients before the activation.
    pub(crate) gradients: &'a [f32],
}

/// How a filter, or a window, lies: rows, and vectors of each.
#[derive(Clone, Copy)]
pub(crate) struct Lines {
    /// Of the kernel.
    pub(crate) rows: usize,
    /// Whole vectors that hold a row.
    pub(crate) vectors: usize,
    /// Numbers from one row of a padded image to the next.
    pub(crate) padded_row: usize,
}

/// Adds `Σ gradient · window` to `filter`, `[rows][whole vectors]`.
///
/// # Panics
///
/// A window does not lie in `image`, which has a vector more behind its last number, or `filter` is too short.
#[inline(always)]
pub(crate) fn add_to_filter<S: Simd>(
    simd: S,
    live: Live,
    lines: Lines,
    image: &[f32],
    filter: &mut [f32],
) {
    lines.check::<S>(live, image.len(), filter.len());
    for_blocks!(simd, S, lines, ToFilter, live, image, filter);
}

/// Adds `gradient · filter` to each window of `image`.
///
/// # Panics
///
/// As above.
#[inline(always)]
pub(crate) fn add_to_windows<S: Simd>(
    simd: S,
    live: Live,
    lines: Lines,
    filter: &[f32],
    image: &mut [f32],
) {
    lines.check::<S>(live, image.len(), filter.len());
    for_blocks!(simd, S, lines, ToWindows, live, filter, image);
}

impl Lines {
    #[inline(always)]
    fn check<S: Simd>(self, live: Live, image: usize, filter: usize) {
        let line = self.vectors * S::F32_LANES;
        assert!(filter >= self.rows * line);
        assert_eq!(live.windows.len(), live.gradients.len());
        let last = live.windows.iter().copied().max().unwrap_or(0) as usize;
        assert!(last + (self.rows - 1) * self.padded_row + line <= image);
    }
}

/// The first of a block.
#[derive(Clone, Copy)]
struct Corner {
    row: usize,
    vector: usize,
}

impl Corner {
    #[inline(always)]
    fn in_filter<S: Simd>(self, lines: Lines) -> (usize, usize) {
        let line = lines.vectors * S::F32_LANES;
        (self.row * line + self.vector * S::F32_LANES, line)
    }

    #[inline(always)]
    fn in_image<S: Simd>(self, lines: Lines) -> (usize, usize) {
        (
            self.row * lines.padded_row + self.vector * S::F32_LANES,
            lines.padded_row,
        )
    }
}

struct ToFilter<'a, const R: usize, const V: usize> {
    live: Live<'a>,
    lines: Lines,
    corner: Corner,
    from: &'a [f32],
    to: &'a mut [f32],
}

impl<const R: usize, const V: usize> WithSimd for ToFilter<'_, R, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (begin, line) = self.corner.in_filter::<S>(self.lines);
        let (shift, padded_row) = self.corner.in_image::<S>(self.lines);
        // SAFETY: `Lines::check` has seen that every window lies in the image with a vector behind it, and the filter in `to`.
        unsafe {
            let mut sums = [[simd.splat_f32s(0.0); V]; R];
            for r in 0..R {
                for v in 0..V {
                    sums[r][v] = load::<S>(self.to, begin + r * line + v * S::F32_LANES);
                }
            }
            for (window, gradient) in self.live.windows.iter().zip(self.live.gradients) {
                let window = *window as usize + shift;
                let gradient = simd.splat_f32s(*gradient);
                for r in 0..R {
                    for v in 0..V {
                        let x = load::<S>(self.from, window + r * padded_row + v * S::F32_LANES);
                        sums[r][v] = simd.mul_add_e_f32s(gradient, x, sums[r][v]);
                    }
                }
            }
            for r in 0..R {
                for v in 0..V {
                    store::<S>(self.to, begin + r * line + v * S::F32_LANES, sums[r][v]);
                }
            }
        }
    }
}

struct ToWindows<'a, const R: usize, const V: usize> {
    live: Live<'a>,
    lines: Lines,
    corner: Corner,
    from: &'a [f32],
    to: &'a mut [f32],
}

impl<const R: usize, const V: usize> WithSimd for ToWindows<'_, R, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (begin, line) = self.corner.in_filter::<S>(self.lines);
        let (shift, padded_row) = self.corner.in_image::<S>(self.lines);
        // SAFETY: as above.
        unsafe {
            let mut weights = [[simd.splat_f32s(0.0); V]; R];
            for r in 0..R {
                for v in 0..V {
                    weights[r][v] = load::<S>(self.from, begin + r * line + v * S::F32_LANES);
                }
            }
            for (window, gradient) in self.live.windows.iter().zip(self.live.gradients) {
                let window = *window as usize + shift;
                let gradient = simd.splat_f32s(*gradient);
                for r in 0..R {
                    for v in 0..V {
                        let place = window + r * padded_row + v * S::F32_LANES;
                        let sum = load::<S>(self.to, place);
                        let sum = simd.mul_add_e_f32s(gradient, weights[r][v], sum);
                        store::<S>(self.to, place, sum);
                    }
                }
            }
        }
    }
}
