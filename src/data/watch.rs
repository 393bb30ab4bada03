//! Who wants to know how far reading has come: `data` itself prints nothing.

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Images that are decoded.
    Images,
    /// Rows of a table that are encoded.
    Rows,
    /// Rows of a table, in the walk that finds out how many there are.
    RowsSeen,
}

/// Told of progress while data is read, from several threads.
pub trait Watch: Sync {
    /// So many are done, of so many where that is known.
    fn progress(&self, counted: Counted, done: usize, total: Option<usize>);
}

/// Nobody.
impl Watch for () {
    fn progress(&self, _: Counted, _: usize, _: Option<usize>) {}
}
