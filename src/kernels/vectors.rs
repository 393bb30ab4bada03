//! Loads and stores without a check of each index: what makes the loops in here fast, and all that is unsafe in them.
//!
//! Every function checks its index where debug assertions are on; the tests run with them, on odd sizes.

use std::mem::MaybeUninit;

use pulp::Simd;

/// The number at `index`.
///
/// # Safety
///
/// `index < values.len()`
#[inline(always)]
pub(crate) unsafe fn at(values: &[f32], index: usize) -> f32 {
    debug_assert!(index < values.len(), "{index} of {}", values.len());
    // SAFETY: by contract.
    unsafe { *values.get_unchecked(index) }
}

/// The vector that begins at `index`.
///
/// # Safety
///
/// `index + S::F32_LANES <= values.len()`
#[inline(always)]
pub(crate) unsafe fn load<S: Simd>(values: &[f32], index: usize) -> S::f32s {
    debug_assert!(
        index + S::F32_LANES <= values.len(),
        "{index} and {} of {}",
        S::F32_LANES,
        values.len()
    );
    // SAFETY: in bounds by contract; any bits are a vector, and it is read wherever it lies.
    unsafe {
        values
            .as_ptr()
            .add(index)
            .cast::<S::f32s>()
            .read_unaligned()
    }
}

/// Puts a vector where it begins at `index`.
///
/// # Safety
///
/// `index + S::F32_LANES <= values.len()`
#[inline(always)]
pub(crate) unsafe fn store<S: Simd>(values: &mut [f32], index: usize, vector: S::f32s) {
    debug_assert!(
        index + S::F32_LANES <= values.len(),
        "{index} and {} of {}",
        S::F32_LANES,
        values.len()
    );
    // SAFETY: as above.
    unsafe {
        values
            .as_mut_ptr()
            .add(index)
            .cast::<S::f32s>()
            .write_unaligned(vector);
    }
}

/// The numbers of a slice, at most a vector of them, with zeros behind them. The instructions that take a part of a vector are slow on
/// some processors (AMD's write one in tens of cycles), so that a whole one goes another way.
#[inline(always)]
pub(crate) fn load_some<S: Simd>(simd: S, values: &[f32]) -> S::f32s {
    if values.len() >= S::F32_LANES {
        // SAFETY: just compared.
        unsafe { load::<S>(values, 0) }
    } else {
        simd.partial_load_f32s(values)
    }
}

/// As many numbers of a vector as the slice has room for.
#[inline(always)]
pub(crate) fn store_some<S: Simd>(simd: S, values: &mut [f32], vector: S::f32s) {
    if values.len() >= S::F32_LANES {
        // SAFETY: just compared.
        unsafe { store::<S>(values, 0, vector) }
    } else {
        simd.partial_store_f32s(values, vector);
    }
}

/// The same where nothing has been written yet.
#[inline(always)]
pub(crate) fn write_some<S: Simd>(simd: S, values: &mut [MaybeUninit<f32>], vector: S::f32s) {
    if values.len() >= S::F32_LANES {
        // SAFETY: just compared; it is written wherever it lies.
        unsafe {
            values
                .as_mut_ptr()
                .cast::<S::f32s>()
                .write_unaligned(vector);
        }
    } else {
        values.fill(MaybeUninit::new(0.0));
        // SAFETY: just written.
        simd.partial_store_f32s(unsafe { values.assume_init_mut() }, vector);
    }
}
