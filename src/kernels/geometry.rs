//! What a convolution is: shapes, and where each of its windows lies.

/// `y = pool(θ(w ⋆ x + b))` for images of one shape: a cross-correlation (what the field calls a convolution), a function of each
/// value, and the largest of each window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convolution {
    /// Of the input.
    pub channels: usize,
    /// Height and width of the input.
    pub input: [usize; 2],
    /// Channels of the output.
    pub filters: usize,
    /// Height and width.
    pub kernel: [usize; 2],
    /// Down and to the right.
    pub stride: [usize; 2],
    /// Zeros before and behind, vertically and horizontally.
    pub padding: [(usize, usize); 2],
    /// θ
    pub activation: Activation,
    /// `None`: every value is kept.
    pub pool: Option<Pool>,
}

/// The largest value of each window. Windows do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Height and width of a window.
    pub size: [usize; 2],
    /// Down and to the right, at least the size.
    pub stride: [usize; 2],
}

/// A function whose derivative is one of its value, and which never falls: so the largest value stays the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// x
    Identity,
    /// max(x, 0)
    Relu,
    /// x, or this times x where x < 0
    LeakyRelu(f32),
    /// tanh x
    Tanh,
    /// 1 / (1 + e⁻ˣ)
    Sigmoid,
}

impl Convolution {
    /// Whether it can be computed here: every side is at least 1, kernels and windows fit, and windows do not overlap.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let sides = (0..2).all(|axis| {
            let fits = self.padded(axis) >= self.kernel[axis];
            let pool = self.pool.is_none_or(|pool| {
                fits && pool.size[axis] > 0
                    && pool.stride[axis] >= pool.size[axis]
                    && self.convolved(axis) >= pool.size[axis]
            });
            self.input[axis] > 0 && self.kernel[axis] > 0 && self.stride[axis] > 0 && fits && pool
        });
        let winners = self
            .pool
            .is_none_or(|pool| pool.size[0] * pool.size[1] <= 256);
        sides && winners && self.channels > 0 && self.filters > 0
    }

    /// A side of the input with its padding.
    #[must_use]
    pub fn padded(&self, axis: usize) -> usize {
        let (before, behind) = self.padding[axis];
        before + self.input[axis] + behind
    }

    /// A side before pooling.
    #[must_use]
    pub fn convolved(&self, axis: usize) -> usize {
        (self.padded(axis) - self.kernel[axis]) / self.stride[axis] + 1
    }

    /// A side of the output.
    #[must_use]
    pub fn output(&self, axis: usize) -> usize {
        let side = self.convolved(axis);
        self.pool.map_or(side, |pool| {
            (side - pool.size[axis]) / pool.stride[axis] + 1
        })
    }

    /// Numbers of one input image.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.channels * self.input[0] * self.input[1]
    }

    /// Numbers of one output image.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.filters * self.output(0) * self.output(1)
    }

    /// Numbers of all filters.
    #[must_use]
    pub fn weight_len(&self) -> usize {
        self.filters * self.filter_len()
    }

    /// Numbers of one filter.
    pub(crate) fn filter_len(&self) -> usize {
        self.channels * self.kernel[0] * self.kernel[1]
    }

    /// Numbers that a row of the kernel covers: they lie side by side in an image of channels last.
    pub(crate) fn row_len(&self) -> usize {
        self.kernel[1] * self.channels
    }

    /// Numbers of a row of the padded input, channels last.
    pub(crate) fn padded_row(&self) -> usize {
        self.padded(1) * self.channels
    }

    /// Where in the padded input, channels last, the window of this place begins.
    pub(crate) fn window(&self, y: usize, x: usize) -> usize {
        y * self.stride[0] * self.padded_row() + x * self.stride[1] * self.channels
    }

    /// Height and width of a pooling window, 1×1 without pooling.
    pub(crate) fn pool_size(&self) -> [usize; 2] {
        self.pool.map_or([1, 1], |pool| pool.size)
    }

    /// Its stride, 1×1 without pooling.
    pub(crate) fn pool_stride(&self) -> [usize; 2] {
        self.pool.map_or([1, 1], |pool| pool.stride)
    }
}
