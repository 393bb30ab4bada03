//! How the gradients of a batch are summed: what all of its parts share, and what becomes of their sums.

use crate::correlate::Filters;
use crate::geometry::Convolution;
use crate::instructions::Instructions;

/// How the gradients are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ways {
    /// Of the filters: from lists of live places, or as a product of matrices.
    pub(super) is_sparse: bool,
    /// Of the input: the same, or as a convolution with turned filters.
    pub(super) input_is_sparse: bool,
}

/// What all parts of a batch share.
pub(super) struct Plan<'a> {
    pub(super) convolution: &'a Convolution,
    pub(super) ways: Ways,
    pub(super) wants_input: bool,
    /// Filters, filled up to whole vectors.
    pub(super) width: usize,
    /// Numbers under a row of the kernel, filled up to whole vectors.
    pub(super) line: usize,
    /// For the gradient of the input from lists: `[filters][rows][line]`.
    pub(super) lines: Vec<f32>,
    /// For the gradient of the input as a convolution.
    pub(super) turned: Option<Filters>,
    /// Of the numbers of a window from its first.
    pub(super) offsets: Vec<usize>,
    /// Where the window of the first place of each output begins.
    pub(super) windows: Vec<u32>,
    /// How far from there that of each place of a pooling window begins.
    pub(super) shifts: Vec<u32>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        convolution: &'a Convolution,
        weight: &[f32],
        wants_input: bool,
        instructions: Instructions,
    ) -> Self {
        let lanes = instructions.lanes();
        let row_len = convolution.row_len();
        let is_pooled = convolution.pool.is_some();
        let can_turn = convolution.stride == [1, 1]
            && (0..2).all(|axis| {
                let (before, behind) = convolution.padding[axis];
                before.max(behind) < convolution.kernel[axis]
            });
        let ways = Ways {
            // Short rows would leave most of a vector empty.
            is_sparse: is_pooled && 2 * row_len >= lanes,
            input_is_sparse: is_pooled || !can_turn,
        };
        let line = row_len.next_multiple_of(lanes);
        let mut lines = Vec::new();
        if wants_input && ways.input_is_sparse {
            lines = vec![0.0; convolution.filters * convolution.kernel[0] * line];
            for_each_weight(convolution, |of_weight, Place { filter, row, k }| {
                lines[(filter * convolution.kernel[0] + row) * line + k] = weight[of_weight];
            });
        }
        let turned = (wants_input && !ways.input_is_sparse)
            .then(|| Filters::pack_turned(convolution, weight, lanes));
        let [stride_down, stride_right] = convolution.pool_stride();
        let [height, width] = convolution.pool_size();
        let places = |rows: usize, columns: usize| {
            (0..rows).flat_map(move |y| (0..columns).map(move |x| (y, x)))
        };
        Self {
            convolution,
            ways,
            wants_input,
            width: convolution.filters.next_multiple_of(lanes),
            line,
            lines,
            turned,
            offsets: places(convolution.kernel[0], row_len)
                .map(|(row, k)| row * convolution.padded_row() + k)
                .collect(),
            windows: places(convolution.output(0), convolution.output(1))
                .map(|(y, x)| convolution.window(y * stride_down, x * stride_right) as u32)
                .collect(),
            shifts: places(height, width)
                .map(|(y, x)| convolution.window(y, x) as u32)
                .collect(),
        }
    }

    /// Numbers that a part sums: of the filters, and of the bias behind them.
    pub(super) fn sums_len(&self) -> usize {
        self.of_filters() + self.width
    }

    pub(super) fn of_filters(&self) -> usize {
        if self.ways.is_sparse {
            self.convolution.filters * self.convolution.kernel[0] * self.line
        } else {
            self.offsets.len() * self.width
        }
    }

    /// Adds up what the parts have summed, in their order.
    pub(super) fn gather(&self, mut sums: Vec<f32>) -> (Vec<f32>, Vec<f32>) {
        let (first, others) = sums.split_at_mut(self.sums_len());
        for other in others.chunks_exact(first.len()) {
            for (sum, other) in first.iter_mut().zip(other) {
                *sum += other;
            }
        }
        let (filters, biases) = first.split_at(self.of_filters());
        let bias = biases[..self.convolution.filters].to_vec();
        let mut weight = vec![0.0; self.convolution.weight_len()];
        let Convolution { kernel, .. } = *self.convolution;
        let row_len = self.convolution.row_len();
        for_each_weight(self.convolution, |of_weight, Place { filter, row, k }| {
            weight[of_weight] = if self.ways.is_sparse {
                filters[(filter * kernel[0] + row) * self.line + k]
            } else {
                filters[(row * row_len + k) * self.width + filter]
            };
        });
        (weight, bias)
    }
}

/// Where a number of a filter lies when channels lie last.
struct Place {
    filter: usize,
    /// Of the kernel.
    row: usize,
    /// Within the row.
    k: usize,
}

/// All numbers of `[filters, channels, height, width]` in their order.
fn for_each_weight(convolution: &Convolution, mut f: impl FnMut(usize, Place)) {
    let [rows, columns] = convolution.kernel;
    let mut number = 0;
    for filter in 0..convolution.filters {
        for channel in 0..convolution.channels {
            for row in 0..rows {
                for column in 0..columns {
                    let k = column * convolution.channels + channel;
                    f(number, Place { filter, row, k });
                    number += 1;
                }
            }
        }
    }
}
