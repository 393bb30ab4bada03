//! What is promised of the intervals and of the refusals, by simulation (`simulation_tests.rs`).

use super::Quantity;
use super::simulation_tests::{Design, USUAL, law, shape, shapes, slight_shapes};

/// Coverage of the exponent and of N, 200 experiments each. Nominal 95 %; three standard errors of 200 are 4.6 points.
#[test]
fn the_intervals_hold_the_truth() {
    for design in [
        USUAL,
        Design { seeds: 3, ..USUAL },
        Design {
            shared: 0.0,
            ..USUAL
        },
    ] {
        for quantity in [Quantity::VanishingGap, Quantity::Gap] {
            let tally = law(&design, quantity, (0.05, 0.3, 0.5), 200);
            assert!(
                tally.exponent >= 180 && tally.curve >= 180 && tally.false_answers <= 20,
                "{quantity:?} {tally:?}"
            );
            assert!(tally.lack_of_fit <= 20, "{quantity:?} {tally:?}");
        }
    }
}

/// Without blocks and with shared difficulty the seeds alone do not know enough: the reason for blocks, kept in view.
#[test]
fn seeds_alone_are_too_sure() {
    let tally = law(
        &Design { blocks: 1, ..USUAL },
        Quantity::VanishingGap,
        (0.0, 0.4, 0.5),
        200,
    );
    assert!(tally.exponent < 170, "{tally:?}");
}

/// Curves that are no power laws seldom get a number: 2.5 % of 50, and three standard errors, are 4.
#[test]
fn other_shapes_get_no_number() {
    for (name, curve) in shapes() {
        let tally = shape(&USUAL, Quantity::Gap, curve, f64::NAN, 50);
        assert!(tally.answered + tally.at_least <= 4, "{name}: {tally:?}");
    }
}

/// A gap with a floor: with the floor asked for, false answers are as rare as promised (2.5 % of 100, and three standard
/// errors, are 7); with a floor supposed to be zero, they are the rule.
#[test]
fn a_supposed_floor_of_zero_is_a_risk() {
    for ((name, curve), needed) in slight_shapes() {
        let asked = shape(&USUAL, Quantity::Gap, curve, needed, 100);
        assert!(asked.false_answers <= 7, "{name}: {asked:?}");
        if name.starts_with("gap floor") {
            let supposed = shape(&USUAL, Quantity::VanishingGap, curve, needed, 100);
            assert!(supposed.false_answers > 50, "{name}: {supposed:?}");
        }
    }
}
