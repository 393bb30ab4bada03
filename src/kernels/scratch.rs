//! Memory that a thread keeps from one batch to the next: fresh pages cost more than what is computed in them.

use std::cell::RefCell;

/// What a thread computes in.
#[derive(Default)]
pub(crate) struct Scratch {
    /// An input image with its padding.
    pub(crate) padded: Vec<f32>,
    /// Rows of places before pooling.
    pub(crate) band: Vec<f32>,
    /// Which place of each window had the largest value.
    pub(crate) winners: Vec<u32>,
    /// The gradient before the activation, filters filled up to whole vectors.
    pub(crate) gradient: Vec<f32>,
    /// The gradient of a padded input image.
    pub(crate) padded_gradient: Vec<f32>,
    /// The places whose value has a gradient.
    pub(crate) offsets: Vec<u32>,
    /// Their gradients.
    pub(crate) values: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Scratch {
    /// Runs `compute` in the memory of this thread. It must not ask for it again.
    pub(crate) fn with<T>(compute: impl FnOnce(&mut Self) -> T) -> T {
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => compute(&mut scratch),
            Err(_) => compute(&mut Self::default()),
        })
    }
}

/// `len` zeros.
pub(crate) fn zeros(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    buffer.clear();
    buffer.resize(len, 0.0);
    buffer
}

/// `len` numbers of no meaning.
pub(crate) fn any<T: Copy + Default>(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
    if buffer.len() < len {
        buffer.resize(len, T::default());
    }
    &mut buffer[..len]
}
