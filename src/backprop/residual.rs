//! The way around in a residual block (He, Zhang, Ren and Sun 2016): what two ways make of one `x` is added.
//!
//! ```text
//! s = F(x) + S(x)
//! ```
//!
//! F and S are chains of other operations, S perhaps none at all. A sum hands its derivative on to both as it is, and `x`, which is
//! used twice, gets one from each:
//!
//! ```text
//! dF = ds        dS = ds        dx = F'(x)ᵀ dF + S'(x)ᵀ dS
//! ```
//!
//! So however much the derivative shrinks on its way back through F, with `S(x) = x` it arrives whole: `dx = ds + F'(x)ᵀ ds`. That is
//! why deep networks of such blocks learn.
//!
//! In the chain of [`network`](super::network) a block is laid out one way after the other. `Skip` goes back to the block's `x`, and
//! `Sum` adds what came out of F:
//!
//! ```text
//! x ── F ──→ f     Skip: x ── S ──→ g     Sum: g + f
//! ```

use super::array::Array;

/// `s = g + f`
#[must_use]
pub fn forward<const D: usize>(g: &Array<D>, f: &Array<D>) -> Array<D> {
    g.zip(f, |g, f| g + f)
}

/// `dg` and `df`, which are the same.
#[must_use]
pub fn dx<const D: usize>(ds: &Array<D>) -> Array<D> {
    ds.clone()
}
