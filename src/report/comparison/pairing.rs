//! Two runs on the very same samples, if they were asked the same ones.

use std::collections::BTreeMap;

use super::ComparedRun;
use crate::generalization::paired::Pairs;
use crate::generalization::{CONFIDENCE, Estimate, Moments, mean_change};
use crate::report::predictions::{ClassRow, HeldOut, NumberRow, Predictions};

/// What one run is worth against another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Paired {
    /// Where.
    pub(in crate::report) split: HeldOut,
    /// On so many samples.
    pub(in crate::report) samples: u64,
    /// Accuracy or R² of the second run minus that of the first.
    pub(in crate::report) difference: Estimate,
    /// Of networks that tell classes apart.
    pub(in crate::report) pairs: Option<Pairs>,
}

/// The second run against the first on test, or else on validation; or why that says nothing.
pub(in crate::report) fn paired(
    first: &ComparedRun,
    second: &ComparedRun,
) -> Result<Paired, String> {
    let fingerprint = |run: &ComparedRun| {
        let digest = run.record.pointer("/data/fingerprint");
        digest.and_then(|digest| digest.as_str().map(str::to_owned))
    };
    let (Some(data), Some(other)) = (fingerprint(first), fingerprint(second)) else {
        return Err("the digest of the data is not known".to_owned());
    };
    if data != other {
        return Err("the data is another one".to_owned());
    }
    let said = |run: &ComparedRun| {
        let predictions = run.predictions.clone();
        predictions.ok_or_else(|| {
            format!(
                "{} has no `predictions.csv`: it goes on, or is of an older version",
                run.letter
            )
        })
    };
    match (said(first)?, said(second)?) {
        (Predictions::Classes(first), Predictions::Classes(second)) => of_classes(&first, &second),
        (Predictions::Numbers(first), Predictions::Numbers(second)) => of_numbers(&first, &second),
        _ => Err("one tells classes apart, the other predicts numbers".to_owned()),
    }
}

fn of_classes(first: &[ClassRow], second: &[ClassRow]) -> Result<Paired, String> {
    let rows = |rows: &[ClassRow]| -> Vec<_> {
        let row = |row: &ClassRow| {
            let is_right = row.class == row.predicted;
            (row.split, row.index, (row.class.clone(), is_right))
        };
        rows.iter().map(row).collect()
    };
    let (split, samples) = same_samples(rows(first), rows(second))?;
    if samples.iter().any(|(one, other)| one.0 != other.0) {
        return Err("the classes of some samples are others".to_owned());
    }
    let pairs = Pairs::count(samples.iter().map(|(one, other)| (one.1, other.1)));
    Ok(Paired {
        split,
        samples: pairs.samples(),
        difference: pairs.difference(CONFIDENCE),
        pairs: Some(pairs),
    })
}

/// The difference of squared errors in variances of these samples, which is that of R².
fn of_numbers(first: &[NumberRow], second: &[NumberRow]) -> Result<Paired, String> {
    let rows = |rows: &[NumberRow]| -> Vec<_> {
        let row = |row: &NumberRow| (row.split, row.index, (row.target, row.predicted));
        rows.iter().map(row).collect()
    };
    let (split, samples) = same_samples(rows(first), rows(second))?;
    if samples
        .iter()
        .any(|((one, _), (other, _))| one.to_bits() != other.to_bits())
    {
        return Err("the numbers of some samples are others".to_owned());
    }
    let targets: Vec<f64> = samples.iter().map(|((target, _), _)| *target).collect();
    let count = targets.len() as f64;
    let variance = Moments::of(&targets).variance * (count - 1.0) / count;
    let square = |(target, predicted): (f64, f64)| (predicted - target).powi(2) / variance;
    let changes: Vec<f64> = samples
        .iter()
        .map(|&(one, other)| square(one) - square(other))
        .collect();
    let difference = mean_change(Moments::of(&changes), CONFIDENCE);
    if !difference.value.is_finite() {
        return Err("the errors are not finite, or all numbers are equal".to_owned());
    }
    Ok(Paired {
        split,
        samples: changes.len() as u64,
        difference,
        pairs: None,
    })
}

/// For each sample of one split, what both runs say of it.
type SameSamples<T> = (HeldOut, Vec<(T, T)>);

/// On test where both have one, else on validation; in the order of the samples' places.
fn same_samples<T>(
    first: Vec<(HeldOut, u32, T)>,
    second: Vec<(HeldOut, u32, T)>,
) -> Result<SameSamples<T>, String> {
    let by_split = |rows: Vec<(HeldOut, u32, T)>| {
        let mut splits: BTreeMap<HeldOut, BTreeMap<u32, T>> = BTreeMap::new();
        for (split, index, said) in rows {
            splits.entry(split).or_default().insert(index, said);
        }
        splits
    };
    let (mut first, mut second) = (by_split(first), by_split(second));
    for split in [HeldOut::Test, HeldOut::Validation] {
        let (Some(one), Some(other)) = (first.remove(&split), second.remove(&split)) else {
            continue;
        };
        if !one.keys().eq(other.keys()) {
            continue;
        }
        return Ok((split, one.into_values().zip(other.into_values()).collect()));
    }
    Err(
        "neither test nor validation has the same samples; they are drawn by `seed`, and depend on `data.split`"
            .to_owned(),
    )
}
