//! The judge's error rates as tables for people.

use std::fmt::Write;

use serde::Serialize;

use crate::generalization::simulation::{
    Coverage, FalseVerdict, LossCoverage, Losses, Memorising, Plateau, Residuals, SquareCoverage,
    VerdictRates,
};

/// Everything that is computed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Calibration {
    /// Of the verdicts.
    pub tolerance: f64,
    /// Of the accuracy gap's interval.
    pub coverage: Vec<Coverage>,
    /// Each verdict where it is wrong most often.
    pub false_verdicts: Vec<FalseVerdict>,
    /// How often each verdict is said, by the true gap.
    pub power: Vec<VerdictRates>,
    /// Of the loss gap's interval.
    pub loss_coverage: Vec<LossCoverage>,
    /// Of verdicts on numbers, and of the intervals of squared errors.
    pub squared_losses: Vec<SquareCoverage>,
    /// What choosing the best epoch costs.
    pub plateaus: Vec<Plateau>,
    /// How often a rise of the validation loss is seen.
    pub memorising: Vec<Memorising>,
}

/// Wrong answers to be expected, by which the coverage is told apart.
const BINS: [(f64, f64); 6] = [
    (0.0, 1.0),
    (1.0, 3.0),
    (3.0, 5.0),
    (5.0, 10.0),
    (10.0, 30.0),
    (30.0, f64::INFINITY),
];

/// All tables, one after the other.
#[must_use]
pub fn tables(calibration: &Calibration) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = coverage(&mut text, &calibration.coverage)
        .and_then(|()| verdicts(&mut text, calibration))
        .and_then(|()| losses(&mut text, calibration))
        .and_then(|()| squares(&mut text, calibration))
        .and_then(|()| epochs(&mut text, calibration));
    text
}

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

fn coverage(text: &mut String, cells: &[Coverage]) -> std::fmt::Result {
    writeln!(
        text,
        "THE ACCURACY GAP'S 95 % INTERVAL HOLDS THE TRUE GAP (exact; splits of 20 to 10,000, accuracies of 50 to 99.9 %)\n\n\
         wrong answers expected   cells   in 94.5 to 95.5 %   lowest   highest   misses above, below (at most)"
    )?;
    for (from, to) in BINS {
        let inside: Vec<&Coverage> = cells
            .iter()
            .filter(|cell| (from..to).contains(&cell.wrong_answers))
            .collect();
        let good = inside
            .iter()
            .filter(|cell| (0.945..=0.955).contains(&cell.covered))
            .count();
        let extreme = |of: fn(&Coverage) -> f64, pick: fn(f64, f64) -> f64, start| {
            percent(inside.iter().map(|cell| of(cell)).fold(start, pick))
        };
        let name = if to.is_finite() {
            format!("{from} to {to}")
        } else {
            format!("{from} and more")
        };
        writeln!(
            text,
            "{name:<22} {:>7} {:>19} {:>8} {:>9}   {}, {}",
            inside.len(),
            percent(good as f64 / inside.len().max(1) as f64),
            extreme(|cell| cell.covered, f64::min, 1.0),
            extreme(|cell| cell.covered, f64::max, 0.0),
            extreme(|cell| cell.above, f64::max, 0.0),
            extreme(|cell| cell.below, f64::max, 0.0),
        )?;
    }
    Ok(())
}

fn verdicts(text: &mut String, calibration: &Calibration) -> std::fmt::Result {
    writeln!(
        text,
        "\nFALSE VERDICTS WHERE THEY ARE SAID MOST OFTEN (exact; tolerance {} points), in %\n",
        100.0 * calibration.tolerance
    )?;
    for name in ["learned", "overfit", "underfit"] {
        let worst = calibration
            .false_verdicts
            .iter()
            .filter(|verdict| verdict.verdict == name)
            .max_by(|a, b| a.probability.total_cmp(&b.probability));
        if let Some(worst) = worst {
            writeln!(
                text,
                "{name:<9} {:>4}   with {} training and {} validation samples, at a training accuracy of {} %",
                percent(worst.probability),
                worst.train,
                worst.validation,
                percent(worst.train_rate)
            )?;
        }
    }
    writeln!(
        text,
        "\nPOWER: WHAT IS SAID OF A TRUE GAP (exact), in %\n\n\
         samples         gap (points)   learned   overfit   underfit   inconclusive"
    )?;
    for rates in &calibration.power {
        writeln!(
            text,
            "{:<15} {:>12} {:>9} {:>9} {:>10} {:>14}",
            format!("{} / {}", rates.train, rates.validation),
            percent(rates.train_rate - rates.validation_rate),
            percent(rates.learned),
            percent(rates.overfit),
            percent(rates.underfit),
            percent(rates.inconclusive)
        )?;
    }
    Ok(())
}

fn losses(text: &mut String, calibration: &Calibration) -> std::fmt::Result {
    writeln!(
        text,
        "\nTHE LOSS GAP'S 95 % INTERVAL HOLDS THE TRUE GAP (seeded draws), in %\n\n\
         training        validation      samples          covered   by Welch's alone"
    )?;
    let name = |losses: Losses| match losses {
        Losses::Memorised => "memorised",
        Losses::Margins => "cross-entropy",
        Losses::RareMistakes => "rare mistakes",
        Losses::LogNormal => "log-normal",
    };
    for row in &calibration.loss_coverage {
        writeln!(
            text,
            "{:<15} {:<15} {:<13} {:>10} {:>18}",
            name(row.train_losses),
            name(row.validation_losses),
            format!("{} / {}", row.train, row.validation),
            percent(row.covered),
            percent(row.covered_by_welch)
        )?;
    }
    Ok(())
}

fn squares(text: &mut String, calibration: &Calibration) -> std::fmt::Result {
    writeln!(
        text,
        "\nNUMBERS: SQUARED ERRORS, 5 % OF THE VARIANCE UNEXPLAINED ON TRAINING (seeded draws; tolerance {} points), in %\n\n\
         residuals   samples   gap (points)   gap held   misses above, below   R² held   learned   overfit",
        100.0 * calibration.tolerance
    )?;
    for row in &calibration.squared_losses {
        let name = match row.residuals {
            Residuals::Normal => "normal",
            Residuals::Student => "Student's t",
            Residuals::Outliers => "outliers",
        };
        writeln!(
            text,
            "{name:<11} {:>7} {:>14} {:>10} {:>21} {:>9} {:>9} {:>9}",
            row.samples,
            percent(row.held_out - row.train),
            percent(row.gap_covered),
            format!("{}, {}", percent(row.gap_above), percent(row.gap_below)),
            percent(row.r2_covered),
            percent(row.learned),
            percent(row.overfit)
        )?;
    }
    Ok(())
}

fn epochs(text: &mut String, calibration: &Calibration) -> std::fmt::Result {
    writeln!(
        text,
        "\nCHOOSING THE BEST OF EPOCHS THAT ARE ALL EQUALLY GOOD (seeded draws)\n\n\
         validation   epochs   wandering   optimism: loss, accuracy   false \"learned\" %   untreated   false rise %   pointwise"
    )?;
    for row in &calibration.plateaus {
        writeln!(
            text,
            "{:>10} {:>8} {:>9} % {:>26} {:>19} {:>11} {:>14} {:>11}",
            row.validation,
            row.epochs,
            percent(row.wandering),
            format!("{:.1}, {:.1}", row.loss_optimism, row.accuracy_optimism),
            percent(row.false_learned),
            percent(row.false_learned_untreated),
            percent(row.false_rise),
            percent(row.first_crossing)
        )?;
    }
    writeln!(
        text,
        "\nA NETWORK THAT MEMORISES FROM EPOCH 11 OF 40 ON (seeded draws)\n\n\
         validation   true rise of the loss   seen %   since epoch (mean)"
    )?;
    for row in &calibration.memorising {
        writeln!(
            text,
            "{:>10} {:>23.2} {:>8} {:>20}",
            row.validation,
            row.true_rise,
            percent(row.seen),
            row.since_epoch
                .map_or_else(String::new, |epoch| format!("{epoch:.0}"))
        )?;
    }
    Ok(())
}
