//! The loop that finds all mistakes: read; where serde refuses, note why, mend the place, read again.
//!
//! What is said twice helps nobody, so nothing is reported inside a place that was mended.

use super::diagnostics::{Finding, Source};
use super::document::{Document, split_key};
use super::explain::{Remedy, explain};
use super::repair;
use super::schema::Config;
use super::shapes::too_large;

/// The document is read so many times at most, which bounds the work on a hostile file.
const MOST_READINGS: usize = 32;

/// The configuration in `document`, or everything that is wrong with it, in the order of the file.
pub(super) fn check(source: &Source, document: &mut Document<'_>) -> Result<Config, Vec<Finding>> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut mended: Vec<Vec<String>> = Vec::new();
    let mut config = None;
    for _ in 0..MOST_READINGS {
        let error = match document.config() {
            Ok(read) => {
                config = Some(read);
                break;
            }
            Err(error) => error,
        };
        let (finding, remedy) = explain(&error, document);
        if !mended.iter().any(|place| remedy.place().starts_with(place)) || findings.is_empty() {
            findings.push(source.mark(finding));
        }
        match remedy {
            Remedy::Cut(path) => {
                document.remove(&path);
            }
            Remedy::Rename { from, to } => {
                if let Some(value) = document.remove(&from) {
                    document.put(&to, value);
                }
                mended.push(to);
            }
            Remedy::Replace(path) => mended.push(repair::replace(document, &path)),
            Remedy::Stop => break,
        }
    }
    if let Some(config) = &mut config {
        // Named nowhere, the back end is that of the devices.
        if document.get(&["backend".to_owned()]).is_none() {
            config.follow_devices();
        }
        for path in document.too_large_integers() {
            let is_mended = mended.iter().any(|place| path.starts_with(place));
            if let Some(value) = document.get(&path).filter(|_| !is_mended) {
                let number = value
                    .get_ref()
                    .as_integer()
                    .map_or("", |integer| integer.as_str());
                findings.push(source.mark(too_large(&path, number).at(value.span())));
                mended.push(path);
            }
        }
        for problem in config.problems() {
            let path = split_key(&problem.key);
            if !mended.iter().any(|place| path.starts_with(place)) {
                findings.push(source.place(problem, document));
            }
        }
    }
    match config {
        Some(config) if findings.is_empty() => Ok(config),
        _ => {
            findings.sort_by_key(|finding| {
                finding
                    .range
                    .as_ref()
                    .map_or(usize::MAX, |range| range.start)
            });
            Err(findings)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    const TEXT: &str = "\
[data]
source = { xor = { samples = 400, noise = 0.2 } }
split = { validation = 0.5 }
[model]
layers = [{ dense = { units = 4 } }, 'tanh', { dense = { units = 1 } }]
loss = 'mse'
[training]
epochs = 300
batch-size = 'full'
optimizer = { sgd = { learning-rate = 0.5 } }
";

    /// The messages with line, column and hint for the text with one change.
    fn messages(old: &str, new: &str) -> Vec<String> {
        assert!(TEXT.contains(old), "{old}");
        let text = TEXT.replacen(old, new, 1);
        let Err(error) = parse("test.toml", &text, &[]) else {
            return Vec::new();
        };
        let findings = error.findings().iter().map(|finding| {
            let start = finding.range.as_ref().map_or(0, |range| range.start);
            let line = text[..start].matches('\n').count() + 1;
            let column = start - text[..start].rfind('\n').map_or(0, |newline| newline + 1) + 1;
            let hint = finding.problem.hint.as_deref().unwrap_or("-");
            format!("{line}:{column} {} [{hint}]", finding.problem.message)
        });
        findings.collect()
    }

    /// What is replaced, by what, and the only message.
    const ONE_MISTAKE: &[(&str, &str, &str)] = &[
        (
            "learning-rate",
            "lerning-rate",
            "10:23 unknown key `lerning-rate` [did you mean `learning-rate`?]",
        ),
        (
            "epochs = 300",
            "",
            "7:1 missing key `epochs` in `training` [add, for example, `epochs = 100`]",
        ),
        (
            "300",
            "'ten'",
            "8:10 expected a positive whole number for `training.epochs`, found the string `ten` [-]",
        ),
        (
            "300",
            "'10'",
            "8:10 expected a positive whole number for `training.epochs`, found the string `10` [remove the quotes]",
        ),
        (
            "300",
            "3.0",
            "8:10 expected a positive whole number for `training.epochs`, found 3.0 [write `3`]",
        ),
        (
            "300",
            "-1",
            "8:10 expected a positive whole number for `training.epochs`, found -1 [-]",
        ),
        (
            "300",
            "0",
            "8:10 `training.epochs` must be at least 1, found 0 [-]",
        ),
        (
            "300",
            "9223372036854775808",
            "8:10 `training.epochs` is 9223372036854775808, but whole numbers in TOML end at 9223372036854775807 [-]",
        ),
        (
            "300",
            "true",
            "8:10 expected a positive whole number for `training.epochs`, found true [-]",
        ),
        (
            "0.5 } }",
            "1e400 } }",
            "10:39 `training.optimizer.sgd.learning-rate` is 1e400, more than a number can hold [-]",
        ),
        (
            "0.5 } }",
            "nan } }",
            "10:39 `training.optimizer.sgd.learning-rate` must be a finite number above 0, found NaN [-]",
        ),
        (
            "'full'",
            "'ful'",
            "9:14 expected a positive whole number or \"full\" for `training.batch-size`, found the string `ful` [-]",
        ),
        (
            "{ xor = { samples = 400, noise = 0.2 } }",
            "'xor'",
            "2:10 `xor` needs a table for its options [write `source = { xor = {} }`]",
        ),
        (
            "{ dense = { units = 4 } }",
            "'dense'",
            "5:11 `dense` needs a table for its options [write `{ dense = { units = 4 } }`]",
        ),
        (
            "{ dense = { units = 4 } }",
            "{ dens = { units = 4 } }",
            "5:13 unknown layer `dens` [did you mean `dense`?]",
        ),
        (
            "{ dense = { units = 4 } }",
            "{}",
            "5:11 expected a layer for `model.layers.0`, found an empty table [write, for example, `{ dense = { units = 4 } }`]",
        ),
        (
            "'tanh'",
            "{ tanh = { a = 1 } }",
            "5:47 `tanh` takes no options [write `\"tanh\"`]",
        ),
        (
            "'tanh'",
            "{ max-pool = { size = [1, 2, 3] } }",
            "5:60 expected a positive whole number or two of them, `[height, width]` for `model.layers.1.max-pool.size`, found an array of 3 [-]",
        ),
        (
            "'mse'",
            "'mae'",
            "6:8 unknown value `mae` of `model.loss` [did you mean `mse`?]",
        ),
        (
            "'mse'",
            "{}",
            "6:8 expected a name in quotes for `model.loss`, found a table [-]",
        ),
        (
            "'mse'",
            "3",
            "6:8 expected a name in quotes for `model.loss`, found 3 [-]",
        ),
        (
            "'mse'",
            "mse",
            "6:8 invalid syntax: this is not a value in TOML [text goes in quotes, `\"…\"`; numbers and `true` or `false` do not]",
        ),
        (
            "{ sgd =",
            "{ adam = {}, sgd =",
            "10:13 expected one optimizer for `training.optimizer`, found 2 [keep one; `--set 'training.optimizer={ adam = {} }'` replaces what the file says]",
        ),
        (
            "samples = 400, ",
            "",
            "2:28 `data.source.xor.noise` is 0.2, but the four exact points have no noise [add, for example, `samples = 400`]",
        ),
        (
            "0.5 }",
            "0.5, test = 0.5 }",
            "3:9 `data.split` must leave samples to train on: validation 0.5 and test 0.5 must sum to less than 1, found 1.0 [-]",
        ),
        (
            "{ validation = 0.5 }",
            "0.5",
            "3:9 expected a table, `{ … }` for `data.split`, found 0.5 [-]",
        ),
        (
            "[data]",
            "[dta]",
            "1:2 unknown key `dta` [did you mean `data`?]",
        ),
        (
            "loss = 'mse'",
            "loss = 'mse'\nloss = 'mse'",
            "7:1 invalid syntax: this key is there already [-]",
        ),
    ];

    #[test]
    fn one_mistake_one_message() {
        for (old, new, expected) in ONE_MISTAKE {
            assert_eq!(messages(old, new), [*expected], "{old} → {new}");
        }
        assert_eq!(messages("300", "300"), Vec::<String>::new());
    }

    #[test]
    fn all_mistakes_at_once_and_none_invented() {
        let first_layer = "{ dense = { units = 4 } }";
        assert_eq!(messages("[training]\n", "").len(), 4);
        let found = messages(
            first_layer,
            "{ dense = { units = 0 } }, 3, { conv = {} }, { dense = { unit = -1 } }",
        );
        assert_eq!(found.len(), 4, "{found:#?}");
        let found = messages("samples = 400", "sample = 400");
        assert_eq!(
            found,
            ["2:20 unknown key `sample` [did you mean `samples`?]"]
        );
        let found = messages(
            "epochs = 300",
            "epochs = 0\nbatch_size = 'x'\nlr = 1\nx = 2",
        );
        assert_eq!(found.len(), 4, "{found:#?}");
    }
}
