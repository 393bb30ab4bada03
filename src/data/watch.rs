//! Who wants to know how far reading has come: `data` itself prints nothing.

/// Told of progress while data is read, from several threads.
pub trait Watch: Sync {
    /// `done` of `total` images are decoded.
    fn progress(&self, done: usize, total: usize);
}

/// Nobody.
impl Watch for () {
    fn progress(&self, _: usize, _: usize) {}
}
