//! Two networks on the very same samples: whether one is better, and by how much.
//!
//! Being asked the same questions, both are right about the easy ones and wrong about the hopeless ones. What tells them apart are the
//! samples that only one of them has right. Two separate intervals know nothing of that and are far too wide.

use serde::Serialize;
use statrs::function::factorial::ln_binomial;

use super::gap::{Estimate, Interval, Score, float, score_interval};
use super::quantiles;

/// Samples by who is right about them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pairs {
    /// Both are right.
    pub both: u64,
    /// Only the first network is.
    pub only_first: u64,
    /// Only the second network is.
    pub only_second: u64,
    /// Neither is.
    pub neither: u64,
}

/// How likely so unequal a number of samples that one alone has right would be, were both networks equally good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct McNemar {
    /// The exact conditional p-value: never too small, but mostly too large.
    pub exact: f64,
    /// The mid-p-value, which counts what was seen half: hardly ever too small, and not as reluctant.
    pub mid: f64,
}

impl Pairs {
    /// Counts, for each sample, whether the first and the second network are right about it.
    pub fn count(samples: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut pairs = Self::default();
        for sample in samples {
            match sample {
                (true, true) => pairs.both += 1,
                (true, false) => pairs.only_first += 1,
                (false, true) => pairs.only_second += 1,
                (false, false) => pairs.neither += 1,
            }
        }
        pairs
    }

    /// Of all samples.
    #[must_use]
    pub const fn samples(self) -> u64 {
        self.both + self.only_first + self.only_second + self.neither
    }

    /// The accuracy of the second network minus that of the first, with the interval of Newcombe's method 10 (1998, Statistics in
    /// Medicine 17:2635-2650).
    ///
    /// Wilson's intervals of both rates are combined as for separate samples, less what the correlation φ of the two networks'
    /// answers takes away: the lower end is d − √(a² − 2φab + b²), a and b being how far the one rate may be lower and the other
    /// higher. φ = (eh − fg)/√((e + f)(g + h)(e + g)(f + h)); a positive numerator is diminished by n/2, at most to zero, and
    /// where a factor of the denominator is zero, so is φ. Of no samples the value is NaN and the interval [−1, 1].
    #[must_use]
    pub fn difference(self, confidence: f64) -> Estimate {
        let [both, first, second, neither] =
            [self.both, self.only_first, self.only_second, self.neither].map(float);
        let samples = both + first + second + neither;
        let value = (second - first) / samples;
        if value.is_nan() {
            return Estimate {
                value,
                low: -1.0,
                high: 1.0,
            };
        }
        let wilson = Score {
            z: quantiles::normal(confidence),
            correction: 0.0,
        };
        let [rate, other] = [both + second, both + first].map(|right| right / samples);
        let Interval { low, high } = score_interval(rate, samples, wilson);
        let Interval {
            low: other_low,
            high: other_high,
        } = score_interval(other, samples, wilson);
        let product = (both + first) * (second + neither) * (both + second) * (first + neither);
        let concordance = both * neither - first * second;
        let phi = if product > 0.0 {
            let numerator = if concordance > 0.0 {
                (concordance - samples / 2.0).max(0.0)
            } else {
                concordance
            };
            numerator / product.sqrt()
        } else {
            0.0
        };
        let reach = |one: f64, other: f64| {
            (one * one - 2.0 * phi * one * other + other * other)
                .max(0.0)
                .sqrt()
        };
        Estimate {
            value,
            low: value - reach(rate - low, other_high - other),
            high: value + reach(high - rate, other - other_low),
        }
    }

    /// McNemar's test (1947, Psychometrika 12:153-157) on the samples that one network alone has right: were both equally good,
    /// each of them would be the first's or the second's like the toss of a coin. Exact, and as mid-p, which Fagerland, Lydersen
    /// and Laake (2013, BMC Medical Research Methodology 13:91) recommend. Where no sample tells the two apart, both are 1.
    #[must_use]
    pub fn mcnemar(self) -> McNemar {
        let (tosses, fewer) = (
            self.only_first + self.only_second,
            self.only_first.min(self.only_second),
        );
        if tosses == 0 {
            return McNemar {
                exact: 1.0,
                mid: 1.0,
            };
        }
        let seen = (ln_binomial(tosses, fewer) - float(tosses) * std::f64::consts::LN_2).exp();
        // From the largest term down, each by its ratio to the one before.
        let (mut term, mut tail) = (seen, 0.0);
        for successes in (0..=fewer).rev() {
            tail += term;
            term *= float(successes) / float(tosses - successes + 1);
            if term < f64::EPSILON * tail {
                break;
            }
        }
        if 2 * fewer == tosses {
            return McNemar {
                exact: 1.0,
                mid: 1.0 - seen / 2.0,
            };
        }
        let exact = (2.0 * tail).min(1.0);
        McNemar {
            exact,
            mid: (exact - seen).max(0.0),
        }
    }
}

/// p-values of several tests, made larger so that all of them together are wrong no more often than one alone would be (Holm 1979,
/// Scandinavian Journal of Statistics 6:65-70), in the same order: the k-th smallest of m is multiplied by m − k + 1, and none is
/// smaller than the one before it. NaN stays NaN and counts as no test.
#[must_use]
pub fn holm(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len())
        .filter(|&index| !values[index].is_nan())
        .collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut adjusted = values.to_vec();
    let mut least = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        let remaining = float((order.len() - rank) as u64);
        least = least.max((values[index] * remaining).min(1.0));
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(both: u64, only_first: u64, only_second: u64, neither: u64) -> Pairs {
        Pairs {
            both,
            only_first,
            only_second,
            neither,
        }
    }

    /// Newcombe 1998, table II, prints four decimals and subtracts the other way around, which exchanges the two middle counts.
    #[test]
    fn the_difference_agrees_with_newcombes_table() {
        for (table, low, high) in [
            (pairs(36, 2, 12, 0), 0.0569, 0.3404),
            (pairs(18, 2, 12, 18), 0.0562, 0.3290),
            (pairs(53, 0, 0, 1), -0.0729, 0.0729),
        ] {
            let found = table.difference(0.95);
            assert!(
                (found.low - low).abs() < 5e-5 && (found.high - high).abs() < 5e-5,
                "{table:?}: {found:?}"
            );
            let mirrored = pairs(
                table.both,
                table.only_second,
                table.only_first,
                table.neither,
            );
            let mirrored = mirrored.difference(0.95);
            assert!((mirrored.low + found.high).abs() < 1e-14);
        }
    }

    /// Bentur's airways before and after a transplantation, the example of Fagerland, Lydersen and Laake (2013 and 2014): 7 against 1
    /// discordant pairs. By hand: 2 (1 + 8)/2⁸ = 0.0703, less 8/2⁸ = 0.0391; the difference is −0.286 (−0.507 to −0.026).
    #[test]
    fn a_published_case_is_reproduced() {
        let bentur = pairs(1, 7, 1, 12);
        let test = bentur.mcnemar();
        assert!((test.exact - 18.0 / 256.0).abs() < 1e-12, "{test:?}");
        assert!((test.mid - 10.0 / 256.0).abs() < 1e-12, "{test:?}");
        let difference = bentur.difference(0.95);
        assert!((difference.low + 0.507).abs() < 5e-4, "{difference:?}");
        assert!((difference.high + 0.026).abs() < 5e-4, "{difference:?}");
    }

    /// Sums of binomial coefficients by hand; tolerance: the rounding of some hundred multiplications.
    #[test]
    fn the_test_is_the_toss_of_a_coin() {
        for (first, second, exact, mid) in [
            (0, 1, 1.0, 0.5),
            (0, 6, 2.0 / 64.0, 1.0 / 64.0),
            (3, 3, 1.0, 1.0 - 10.0 / 64.0),
            (2, 3, 1.0, 1.0 - 10.0 / 32.0),
            (10, 2, 2.0 * 79.0 / 4096.0, (2.0 * 79.0 - 66.0) / 4096.0),
        ] {
            let test = pairs(5, first, second, 5).mcnemar();
            assert!(
                (test.exact - exact).abs() < 1e-12,
                "{first} {second}: {test:?}"
            );
            assert!((test.mid - mid).abs() < 1e-12, "{first} {second}: {test:?}");
        }
    }

    /// Beyond what binomial coefficients fit into, the normal approximation with its correction for continuity is as good as exact:
    /// 50,500 against 49,500 heads are 999 / √100,000 standard errors.
    #[test]
    fn many_tosses_are_normal() {
        let test = pairs(0, 49_500, 50_500, 0).mcnemar();
        assert!((test.exact - 0.001_580_6).abs() < 2e-6, "{test:?}");
        assert!(test.mid < test.exact && test.mid > 0.0015);
        let all = pairs(0, 0, 100_000, 0).mcnemar();
        assert!((0.0..1e-300).contains(&all.exact), "{all:?}");
    }

    #[test]
    fn no_samples_and_equal_networks_say_nothing() {
        let test = Pairs::default().mcnemar();
        assert!((test.exact - 1.0).abs() < f64::EPSILON && (test.mid - 1.0).abs() < f64::EPSILON);
        let nothing = Pairs::default().difference(0.95);
        assert!(nothing.value.is_nan());
        assert_eq!((nothing.low, nothing.high), (-1.0, 1.0));
        let same = pairs(90, 0, 0, 10).difference(0.95);
        assert!(same.low < 0.0 && same.high > 0.0 && same.value == 0.0);
        let counted = Pairs::count([(true, true), (true, false), (false, true), (false, false)]);
        assert_eq!(counted, pairs(1, 1, 1, 1));
        assert_eq!(counted.samples(), 4);
    }

    /// If two networks are equally good and independent, at most 5 % of all tests may reach 5 %: over all outcomes of 40 tosses, exactly.
    #[test]
    fn the_error_rate_is_what_it_promises() {
        let mut rates = (0.0, 0.0);
        for heads in 0..=40 {
            let weight = (ln_binomial(40, heads) - 40.0 * std::f64::consts::LN_2).exp();
            let test = pairs(0, heads, 40 - heads, 0).mcnemar();
            rates.0 += if test.exact <= 0.05 { weight } else { 0.0 };
            rates.1 += if test.mid <= 0.05 { weight } else { 0.0 };
        }
        assert!(rates.0 <= 0.05 && rates.0 <= rates.1, "{rates:?}");
        assert!((0.03..0.055).contains(&rates.1), "{rates:?}");
    }

    /// Holm's own procedure on four p-values, by hand: 4 · 0.01, 3 · 0.02, 2 · 0.03 (not below the one before), 1 · 0.04 (neither).
    #[test]
    fn several_tests_are_made_up_for() {
        let near = |found: &[f64], expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 1e-15 || (found.is_nan() && expected.is_nan()),
                    "{found} and {expected}"
                );
            }
        };
        near(&holm(&[0.04, 0.01, 0.03, 0.02]), &[0.06, 0.04, 0.06, 0.06]);
        near(&holm(&[0.5, 0.9]), &[1.0, 1.0]);
        near(&holm(&[0.03, f64::NAN]), &[0.03, f64::NAN]);
        near(&holm(&[]), &[]);
    }
}
