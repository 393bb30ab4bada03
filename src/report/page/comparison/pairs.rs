//! Whether one run is better than another on the very same samples, as a table and in sentences.

use crate::generalization::Estimate;
use crate::generalization::paired::holm;
use crate::report::comparison::ComparedRun;
use crate::report::comparison::pairing::{Paired, paired};
use crate::report::page::content::{Section, Table};
use crate::report::predictions::HeldOut;
use crate::report::progress::{points, thousands};

/// Below this p-value, corrected for the number of comparisons, a difference is called one.
const SIGNIFICANT: f64 = 0.05;

/// Every run against the first one: the section, and what it comes to.
pub(super) fn all(runs: &[ComparedRun]) -> (Section, Vec<String>) {
    let mut section = Section::new("The same samples");
    let Some((first, others)) = runs.split_first() else {
        return (section, Vec::new());
    };
    let found: Vec<_> = others.iter().map(|run| (run, paired(first, run))).collect();
    let values: Vec<f64> = found.iter().map(|(_, found)| mid_p(found)).collect();
    let adjusted = holm(&values);
    let mut table = Table::new(
        "Each run against A, sample by sample",
        &[
            "run",
            "split",
            "samples",
            "only A right",
            "only it right",
            "better by, points",
            "p, exact",
            "p, mid",
            "p, mid, Holm",
        ],
    );
    let mut findings = Vec::new();
    for ((run, found), &p) in found.iter().zip(&adjusted) {
        match found {
            Ok(found) => {
                table.rows.push(row(run, found, p));
                findings.push(sentence(first, run, found, p));
            }
            Err(reason) => {
                let text = format!(
                    "{} cannot be compared with A sample by sample: {reason}.",
                    run.letter
                );
                section.texts.push(text);
            }
        }
    }
    if !table.rows.is_empty() {
        table.note = note(&found);
        section.tables.push(table);
    } else if let [_] = others {
        findings.append(&mut section.texts);
    } else {
        findings.push(
            "No run was asked the same questions as A, for the reasons given below.".to_owned(),
        );
    }
    (section, findings)
}

fn note(found: &[(&ComparedRun, Result<Paired, String>)]) -> String {
    let any = |is: fn(&Paired) -> bool| {
        let mut of = found.iter().filter_map(|(_, found)| found.as_ref().ok());
        of.any(is)
    };
    let mut note = String::from("In parentheses: 95 % intervals, each for itself");
    if any(|found| found.pairs.is_some()) {
        note.push_str(
            "; those of accuracy by Newcombe's method 10 for paired samples. p: McNemar's test, how likely so large a difference would be \
             between two equally good networks; the mid-p-value is the one to read, the exact one is larger than need be. Holm's correction \
             makes up for having asked several times",
        );
    }
    note.push('.');
    if any(|found| found.split == HeldOut::Validation) {
        note.push_str(
            " Validation has chosen the epoch that each run keeps, so its differences are a little flattering; a test split would not be.",
        );
    }
    note
}

fn mid_p(found: &Result<Paired, String>) -> f64 {
    let pairs = found.as_ref().ok().and_then(|found| found.pairs);
    pairs.map_or(f64::NAN, |pairs| pairs.mcnemar().mid)
}

fn split_name(split: HeldOut) -> &'static str {
    match split {
        HeldOut::Validation => "validation",
        HeldOut::Test => "test",
    }
}

fn interval(of: Estimate) -> String {
    format!(
        "{} ({} to {})",
        points(of.value),
        points(of.low),
        points(of.high)
    )
}

fn row(run: &ComparedRun, found: &Paired, adjusted: f64) -> Vec<String> {
    let mut row = vec![
        format!("{} {}", run.letter, run.name),
        split_name(found.split).to_owned(),
        thousands(found.samples),
    ];
    row.extend(match found.pairs {
        Some(pairs) => {
            let test = pairs.mcnemar();
            [
                thousands(pairs.only_first),
                thousands(pairs.only_second),
                interval(found.difference),
                probability(test.exact),
                probability(test.mid),
                probability(adjusted),
            ]
        }
        None => [
            String::new(),
            String::new(),
            format!("{} of R²", interval(found.difference)),
            String::new(),
            String::new(),
            String::new(),
        ],
    });
    row
}

/// What a reader takes home. Where there is a test it decides, and the interval says by how much.
fn sentence(first: &ComparedRun, run: &ComparedRun, found: &Paired, adjusted: f64) -> String {
    let of = found.difference;
    let differs = match found.pairs {
        Some(_) => adjusted < SIGNIFICANT,
        None => of.low > 0.0 || of.high < 0.0,
    };
    let [this, that] = [run, first].map(|run| format!("{} ({})", run.letter, run.name));
    let on = format!(
        "on the same {} samples of {}",
        thousands(found.samples),
        split_name(found.split)
    );
    let unit = if found.pairs.is_some() {
        "points of accuracy"
    } else {
        "points of R²"
    };
    let test = if found.pairs.is_some() {
        format!("; p = {}", probability(adjusted)).replace("= <", "<")
    } else {
        String::new()
    };
    let numbers = format!(
        "95 % interval of the difference {} to {}{test}",
        points(of.low),
        points(of.high)
    );
    if !differs {
        return format!(
            "{this} and {that} cannot be told apart {on}: {} {unit} ({numbers}).",
            points(of.value)
        );
    }
    let better = if of.value > 0.0 { "better" } else { "worse" };
    format!(
        "{this} is {better} than {that} {on}: by {:.1} {unit} ({numbers}).",
        100.0 * of.value.abs()
    )
}

/// `0.034`, `<0.0001`
fn probability(p: f64) -> String {
    if p.is_nan() {
        String::new()
    } else if p < 1e-4 {
        "<0.0001".to_owned()
    } else if p < 0.01 {
        format!("{p:.4}")
    } else {
        format!("{p:.3}")
    }
}
