//! Which vector instructions are used: found out when the program runs, or asked for.

use std::fmt;
use std::str::FromStr;

use pulp::{Simd, WithSimd};

/// A set of vector instructions. The kernels are written once, for any width of vectors; this says for which width they run.
///
/// Two sets agree to rounding, and each gives the same bits again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// One number at a time: everywhere, and slow.
    Scalar,
    /// 4 lanes, aarch64.
    Neon,
    /// 8 lanes with fused multiplication and addition, x86-64 since 2013.
    Avx2,
    /// 16 lanes, x86-64.
    Avx512,
}

impl Instructions {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Scalar, Self::Neon, Self::Avx2, Self::Avx512];

    /// The widest that this processor has.
    #[must_use]
    pub fn best() -> Self {
        let from_widest = Self::ALL.into_iter().rev();
        from_widest
            .into_iter()
            .find(|instructions| instructions.is_available())
            .unwrap_or(Self::Scalar)
    }

    /// Whether this processor has them.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => pulp::x86::V3::is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => pulp::x86::V4::is_available(),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => pulp::aarch64::Neon::is_available(),
            #[allow(
                unreachable_patterns,
                reason = "depends on the processor it is compiled for"
            )]
            _ => false,
        }
    }

    /// Numbers in a vector.
    #[must_use]
    pub fn lanes(self) -> usize {
        struct Lanes;
        impl WithSimd for Lanes {
            type Output = usize;

            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> usize {
                S::F32_LANES
            }
        }
        self.run(Lanes)
    }

    /// Runs `operation` with them; one number at a time where the processor has not got them.
    pub fn run<O: WithSimd>(self, operation: O) -> O::Output {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Avx512 => {
                if let Some(simd) = pulp::x86::V4::try_new() {
                    return Simd::vectorize(simd, operation);
                }
            }
            Self::Avx2 => {
                if let Some(simd) = pulp::x86::V3::try_new() {
                    return Simd::vectorize(simd, operation);
                }
            }
            Self::Scalar | Self::Neon => {}
        }
        #[cfg(target_arch = "aarch64")]
        if self == Self::Neon
            && let Some(simd) = pulp::aarch64::Neon::try_new()
        {
            return Simd::vectorize(simd, operation);
        }
        Simd::vectorize(pulp::Scalar::new(), operation)
    }
}

impl fmt::Display for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        })
    }
}

impl FromStr for Instructions {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|instructions| instructions.to_string() == name)
            .ok_or(())
    }
}
