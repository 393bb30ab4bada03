//! eˣ, tanh and the logistic function of vectors, to a few units in the last place.
//!
//! Reduction and polynomials are those of Cephes' `expf` and `tanhf` (Moshier 1992).

use pulp::Simd;

/// What has a whole number in its lowest bits: 1.5 · 2²³.
const MAGIC: f32 = 12_582_912.0;

/// eˣ; 0 below about −87, and about 10³⁸ above 88.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value| simd.splat_f32s(value);
    let is_none = simd.not_m32s(simd.equal_f32s(x, x));
    let inside = simd.min_f32s(simd.max_f32s(x, splat(-87.3)), splat(88.0));
    // n = x / ln 2, to the nearest whole number, and r = x − n ln 2 in two steps that lose nothing.
    let shifted = simd.mul_add_f32s(inside, splat(std::f32::consts::LOG2_E), splat(MAGIC));
    let n = simd.sub_f32s(shifted, splat(MAGIC));
    let r = simd.mul_add_f32s(n, splat(-0.693_359_4), inside);
    let r = simd.mul_add_f32s(n, splat(2.121_944_4e-4), r);
    let mut p = splat(1.987_569_1e-4);
    for coefficient in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        p = simd.mul_add_f32s(p, r, splat(coefficient));
    }
    let p = simd.mul_add_f32s(p, simd.mul_f32s(r, r), simd.add_f32s(r, splat(1.0)));
    // · 2ⁿ: n in the bits of the exponent.
    let exponent =
        simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    let bits = simd.add_u32s(simd.transmute_u32s_f32s(p), exponent);
    simd.select_f32s(is_none, x, simd.transmute_f32s_u32s(bits))
}

/// 1 / (1 + e⁻ˣ)
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    simd.div_f32s(one, simd.add_f32s(one, exp(simd, simd.neg_f32s(x))))
}

/// tanh x: a polynomial near 0, where a quotient of exponentials would lose its digits.
#[inline(always)]
pub(crate) fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value| simd.splat_f32s(value);
    let size = simd.abs_f32s(x);
    let square = simd.mul_f32s(x, x);
    let mut p = splat(-5.704_988_7e-3);
    for coefficient in [2.063_908_8e-2, -5.373_972e-2, 1.333_144_2e-1, -3.333_328e-1] {
        p = simd.mul_add_f32s(p, square, splat(coefficient));
    }
    let near = simd.mul_add_f32s(simd.mul_f32s(p, square), x, x);
    let twice = exp(simd, simd.add_f32s(size, size));
    let quotient = simd.div_f32s(splat(2.0), simd.add_f32s(twice, splat(1.0)));
    let far = simd.sub_f32s(splat(1.0), quotient);
    let far = simd.select_f32s(simd.less_than_f32s(x, splat(0.0)), simd.neg_f32s(far), far);
    simd.select_f32s(simd.less_than_f32s(size, splat(0.625)), near, far)
}
