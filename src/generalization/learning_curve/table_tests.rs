//! The tables in `learning_curve.rs`: `COUNT=400 cargo test table -- --ignored --nocapture`.

use super::Quantity;
use super::simulation_tests::{Design, USUAL, law, shape, shapes, slight_shapes};

#[test]
#[ignore = "a table to look at: two minutes with COUNT=400"]
#[expect(clippy::print_stdout, reason = "a table to look at")]
fn table_of_laws() {
    let count = count();
    for (quantity, name) in [(Quantity::VanishingGap, "vanish"), (Quantity::Gap, "gap")] {
        for design in [
            USUAL,
            Design { seeds: 3, ..USUAL },
            Design { seeds: 10, ..USUAL },
            Design { sizes: 4, ..USUAL },
            Design { sizes: 8, ..USUAL },
            Design {
                validation: 500,
                ..USUAL
            },
            Design {
                validation: 3000,
                ..USUAL
            },
            Design {
                shared: 0.0,
                ..USUAL
            },
            Design {
                shared: 1.0,
                ..USUAL
            },
            Design { blocks: 1, ..USUAL },
            Design {
                blocks: 1,
                shared: 0.0,
                ..USUAL
            },
            Design {
                spread: 0.15,
                ..USUAL
            },
            Design {
                spread: 0.0,
                ..USUAL
            },
        ] {
            for truth in [
                (0.0, 0.4, 0.2),
                (0.0, 0.4, 0.5),
                (0.05, 0.3, 0.5),
                (0.1, 0.4, 1.0),
            ] {
                let t = law(&design, quantity, truth, count);
                let per = |number: u32| 100.0 * f64::from(number) / f64::from(t.experiments);
                println!(
                    "{name} S{:<2} k{} m{:<4} B{:<2} c{:.1} s{:.2} {truth:?}: exponent {:5.1} curve {:5.1} beyond {:5.1} | N {:5.1} of {:5.1}, >= {:5.1}, none {:4.1}, lof {:4.1}, flat {:5.1}, 0 {:4.1}; false {:4.1}",
                    design.seeds,
                    design.sizes,
                    design.validation,
                    design.blocks,
                    design.shared,
                    design.spread,
                    per(t.exponent),
                    per(t.curve),
                    per(t.beyond),
                    100.0 * f64::from(t.holds) / f64::from(t.answered.max(1)),
                    per(t.answered),
                    per(t.at_least),
                    per(t.no_amount),
                    per(t.lack_of_fit),
                    per(t.not_decreasing),
                    per(t.nothing),
                    per(t.false_answers)
                );
            }
        }
    }
}

#[test]
#[ignore = "a table to look at: a minute with COUNT=400"]
#[expect(clippy::print_stdout, reason = "a table to look at")]
fn table_of_shapes() {
    let count = count();
    for (quantity, name) in [(Quantity::VanishingGap, "vanish"), (Quantity::Gap, "gap")] {
        let slight = slight_shapes();
        let gross = shapes().map(|shape| (shape, f64::NAN));
        for ((name_of, curve), needed) in gross.into_iter().chain(slight) {
            for design in [
                USUAL,
                Design { seeds: 3, ..USUAL },
                Design {
                    validation: 5000,
                    ..USUAL
                },
            ] {
                let t = shape(&design, quantity, curve, needed, count);
                let per = |number: u32| 100.0 * f64::from(number) / f64::from(t.experiments);
                println!(
                    "{name} {name_of:<12} S{:<2} m{:<4}: number {:5.1}, >= {:5.1}, none {:5.1}, lof {:5.1}, flat {:5.1}, 0 {:5.1}; false {:5.1}",
                    design.seeds,
                    design.validation,
                    per(t.answered),
                    per(t.at_least),
                    per(t.no_amount),
                    per(t.lack_of_fit),
                    per(t.not_decreasing),
                    per(t.nothing),
                    per(t.false_answers)
                );
            }
        }
    }
}

/// Experiments for every line.
fn count() -> u64 {
    let asked = std::env::var("COUNT").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(200)
}
