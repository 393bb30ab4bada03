//! How the run ended and what is to be thought of it.

use serde_json::Value;

use super::content::{Bar, Verdict, count, estimate, number, text};
use crate::report::progress::points;

/// `finished on 2026-11-24T01:55:41Z, 300 of 300 epochs, the 300th kept`
pub(super) fn status(record: &Value) -> String {
    let status = text(record, "/status").unwrap_or_else(|| "unknown".to_owned());
    let when = match (text(record, "/ended"), text(record, "/started")) {
        (Some(ended), _) => format!(" on {ended}"),
        (None, Some(started)) => format!(" since {started}"),
        (None, None) => String::new(),
    };
    let epochs = match (
        count(record, "/epochs/finished"),
        count(record, "/epochs/planned"),
    ) {
        (Some(finished), Some(planned)) if status != "running" => {
            format!(", {finished} of {planned} epochs")
        }
        (_, Some(planned)) => format!(", {planned} epochs planned"),
        _ => String::new(),
    };
    let best = count(record, "/epochs/best")
        .map_or_else(String::new, |best| format!(", epoch {best} kept"));
    let error = text(record, "/error").map_or_else(String::new, |error| format!(": {error}"));
    format!("{status}{when}{epochs}{best}{error}")
}

const WHOLE: &str = "/judgement";
const REST: &str = "/without-leaks/judgement";

fn name(result: &Value, judgement: &str) -> Option<String> {
    text(result, &format!("{judgement}/verdict/name"))
}

/// The judgement that [`of`] puts into words.
pub(super) fn judgement(record: &Value) -> Option<&Value> {
    let result = record.pointer("/result")?;
    let shown = match (name(result, WHOLE), name(result, REST)) {
        (Some(with), Some(without)) if with != without => REST,
        _ => WHOLE,
    };
    result.pointer(shown)
}

/// The verdict of the record; without the samples that another split has too where that makes it another one, as on the terminal.
pub(super) fn of(record: &Value) -> Verdict {
    let Some(result) = record.pointer("/result").filter(|result| !result.is_null()) else {
        return without_result(record);
    };
    let (shown, note) = match (name(result, WHOLE), name(result, REST)) {
        (Some(with), Some(without)) if with != without => (
            REST,
            format!(
                " This is the verdict without the samples that another split has too. With them it would be “{with}”, which is NOT to be believed."
            ),
        ),
        _ => (WHOLE, String::new()),
    };
    let word = name(result, shown).unwrap_or_else(|| "unknown".to_owned());
    let reason = text(result, &format!("{shown}/reason")).unwrap_or_default();
    let advice = result.pointer("/advice").and_then(Value::as_array);
    Verdict {
        kind: match word.as_str() {
            "learned" => "good",
            "overfit" | "underfit" | "diverged" => "bad",
            _ => "open",
        },
        reason: format!("{}.{note}", sentence(&reason)),
        bar: result.pointer(shown).and_then(bar),
        advice: advice
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        word,
    }
}

fn without_result(record: &Value) -> Verdict {
    let reason = match text(record, "/status").as_deref() {
        Some("running") => {
            "The run goes on, or was killed: the verdict comes with its end.".to_owned()
        }
        _ => text(record, "/error").map_or_else(
            || "The run ended before there was anything to judge.".to_owned(),
            |error| format!("{}.", sentence(&error)),
        ),
    };
    Verdict {
        kind: "open",
        word: "no verdict".to_owned(),
        reason,
        bar: None,
        advice: Vec::new(),
    }
}

/// With a capital letter and without a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// From a bit left of zero to a bit right of whatever reaches farthest.
fn bar(judgement: &Value) -> Option<Bar> {
    let [value, low, high] = estimate(judgement, "/accuracy-gap")
        .or_else(|| estimate(judgement, "/r2-gap"))
        .filter(|ends| ends.iter().all(|end| end.is_finite()))?;
    let tolerance = number(judgement, "/tolerance").filter(|tolerance| tolerance.is_finite())?;
    let left = low.min(0.0).min(-0.2 * tolerance);
    let right = high.max(1.5 * tolerance).max(value);
    let span = 1.06 * (right - left);
    // Places in per cent need no more than a decimal.
    let place = |share: f64| (1000.0 * share / span).round() / 10.0;
    let from_left = |at: f64| place(at - left + 0.03 * (right - left));
    Some(Bar {
        zero: from_left(0.0),
        low: from_left(low),
        width: place(high - low),
        value: from_left(value),
        tolerance: place(tolerance),
        label: format!(
            "gap {} points, 95 % interval {} to {}; tolerated up to {:.1} points",
            points(value),
            points(low),
            points(high),
            100.0 * tolerance
        ),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bar_has_its_parts_in_order() {
        let judgement = json!({
            "accuracy-gap": { "value": 0.03, "low": 0.01, "high": 0.07 },
            "tolerance": 0.05
        });
        let bar = bar(&judgement).expect("all numbers are there");
        assert!(0.0 < bar.zero && bar.zero < bar.low && bar.low < bar.value);
        assert!(bar.value < bar.low + bar.width && bar.low + bar.width <= 100.0);
        assert!(bar.zero + bar.tolerance < bar.low + bar.width);
        assert_eq!(
            bar.label,
            "gap +3.0 points, 95 % interval +1.0 to +7.0; tolerated up to 5.0 points"
        );
    }

    #[test]
    fn leaks_have_the_last_word() {
        let judgement = |name: &str| json!({ "verdict": { "name": name }, "reason": "because" });
        let record = json!({ "result": {
            "judgement": judgement("learned"),
            "without-leaks": { "judgement": judgement("overfit") },
        }});
        let verdict = of(&record);
        assert_eq!((verdict.word.as_str(), verdict.kind), ("overfit", "bad"));
        assert!(
            verdict.reason.starts_with("Because. This is"),
            "{}",
            verdict.reason
        );
    }
}
