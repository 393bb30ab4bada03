//! Reading a configuration: bytes, text, overrides, schema, ranges; every failure is a [`ConfigError`].

use std::path::Path;

use toml_edit::DocumentMut;

use super::check::check;
use super::diagnostics::{ConfigError, Finding, Source};
use super::document::Document;
use super::overrides::Override;
use super::problems::Problem;
use super::read::{LARGEST_FILE, read, too_large};
use super::schema::Config;
use super::sweep::{self, Sweep};

/// A checked configuration with the text that it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the text says, with paths made absolute by [`load`].
    pub config: Config,
    /// The `[sweep]` of the text, which is no part of any single configuration.
    pub sweep: Option<Sweep>,
    /// For messages of later stages.
    pub source: Source,
}

/// Reads the configuration file at `path`, after the edits that `overrides` (`KEY=VALUE` each) ask for. Relative paths
/// inside of it, those of overrides included, are taken from the folder of the file and made absolute.
///
/// # Errors
///
/// When the file cannot be read, is not a file, not UTF-8 or larger than [`LARGEST_FILE`]; and as [`parse`].
pub fn load(path: &Path, overrides: &[String]) -> Result<Loaded, ConfigError> {
    let name = path.display().to_string();
    let text = read(path).map_err(|finding| failure("invalid configuration", vec![*finding]))?;
    let mut loaded = parse(&name, &text, overrides)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let problems = make_absolute(&mut loaded.config, folder);
    if problems.is_empty() {
        Ok(loaded)
    } else {
        Err(loaded.source.invalid("invalid configuration", problems))
    }
}

/// Reads a configuration from `text`, which messages call `name`. Touches no file; relative paths stay as they are.
///
/// # Errors
///
/// For a malformed override, wrong syntax, unknown and missing keys, values of the wrong type or out of their range;
/// all of them at once where one does not hide the other.
pub fn parse(name: &str, text: &str, overrides: &[String]) -> Result<Loaded, ConfigError> {
    const TITLE: &str = "invalid configuration";
    if text.len() > LARGEST_FILE {
        return Err(failure(TITLE, vec![*too_large(name)]));
    }
    // The mark that some editors of Windows put at the beginning is not part of the text.
    let mut source = Source::new(name, text.strip_prefix('\u{feff}').unwrap_or(text));
    if let Err(finding) = Document::parse(&source.text)
        .map(drop)
        .map_err(|error| syntax(&error))
    {
        return Err(ConfigError::new(TITLE, Some(source), vec![finding]));
    }
    apply_overrides(&mut source, overrides)?;
    let sweep = match sweep::read(&source.text) {
        Ok(sweep) => sweep,
        Err(findings) => return Err(ConfigError::new(TITLE, Some(source), findings)),
    };
    let checked = match Document::parse(&source.text) {
        Ok(document) if document.is_empty() => {
            let finding = Finding::new("", "the configuration is empty".to_owned()).hint(
                "the tables `[data]`, `[model]` and `[training]` are needed; see `configs/`"
                    .to_owned(),
            );
            Err(vec![finding])
        }
        Ok(mut document) => {
            document.remove(&["sweep".to_owned()]);
            check(&source, &mut document)
        }
        Err(error) => Err(vec![syntax(&error)]),
    };
    match checked {
        Ok(config) => Ok(Loaded {
            config,
            sweep,
            source,
        }),
        Err(findings) => Err(ConfigError::new(TITLE, Some(source), findings)),
    }
}

fn apply_overrides(source: &mut Source, overrides: &[String]) -> Result<(), ConfigError> {
    if overrides.is_empty() {
        return Ok(());
    }
    let mut findings = Vec::new();
    let mut document = match source.text.parse::<DocumentMut>() {
        Ok(document) => document,
        Err(error) => {
            let finding = Finding::new("", error.message().replace('\n', ", "));
            let finding = error
                .span()
                .map_or_else(|| finding.clone(), |span| finding.clone().at(span));
            return Err(ConfigError::new(
                "invalid configuration",
                Some(source.clone()),
                vec![finding],
            ));
        }
    };
    for argument in overrides {
        let applied = Override::parse(argument)
            .and_then(|change| change.apply(&mut document).map(|()| change));
        match applied {
            Ok(change) => source.overridden.push((change.key, change.argument)),
            Err(finding) => findings.push(*finding),
        }
    }
    if !findings.is_empty() {
        return Err(failure("invalid arguments", findings));
    }
    source.text = document.to_string();
    source.name.push_str(" (with --set)");
    Ok(())
}

/// An error that has no place in a text.
fn failure(title: &str, findings: Vec<Finding>) -> ConfigError {
    ConfigError::new(title, None, findings)
}

/// A syntax error, with advice where `toml` describes what it tried rather than what is wrong.
fn syntax(error: &toml::de::Error) -> Finding {
    let message = error.message();
    let finding = if message.starts_with("string values must be quoted")
        || message.starts_with("invalid boolean")
    {
        Finding::new("", "invalid syntax: this is not a value in TOML".to_owned())
            .hint("text goes in quotes, `\"…\"`; numbers and `true` or `false` do not".to_owned())
    } else if message == "duplicate key" {
        Finding::new("", "invalid syntax: this key is there already".to_owned())
            .label("the second one")
    } else if message.contains("recurs") {
        Finding::new("", "invalid syntax: nested too deeply".to_owned())
    } else {
        Finding::new(
            "",
            format!(
                "invalid syntax: {}",
                message.trim_end_matches(", expected nothing")
            ),
        )
    };
    match error.span() {
        Some(span) => finding.at(span),
        None => finding,
    }
}

/// So that the resolved configuration means the same when it is read in another folder.
fn make_absolute(config: &mut Config, folder: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, path) in config.data.source.paths_mut() {
        let (message, hint) = match std::path::absolute(folder.join(&*path)) {
            Ok(absolute) if absolute.to_str().is_some() => {
                *path = absolute;
                continue;
            }
            Ok(absolute) => (
                format!(
                    "`{key}` becomes `{}`, which is not Unicode and cannot be written to TOML",
                    absolute.display()
                ),
                "rename the folder, or move the configuration".to_owned(),
            ),
            Err(error) => (
                format!("`{key}` cannot be made absolute: {error}"),
                "write an absolute path".to_owned(),
            ),
        };
        problems.push(Problem {
            key: key.to_owned(),
            message,
            hint: Some(hint),
        });
    }
    problems
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;
    use crate::config::SourceConfig;

    const TEXT: &str = "data = { source = { idx = { images = 'a', labels = '/b' } } }\n\
        model = { layers = ['flatten'], loss = 'mse' }\n\
        training = { epochs = 1, batch-size = 1, optimizer = { adam = {} } }\n";

    fn message(text: &str, overrides: &[&str]) -> String {
        let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
        parse("x.toml", text, &overrides).unwrap_err().to_string()
    }

    #[test]
    fn hostile_texts_are_refused_briefly() {
        for text in [
            format!("a = {}", "[".repeat(10_000)),
            format!("a = {}", "{a=".repeat(10_000)),
            format!("{}a = 1", "a.".repeat(10_000)),
            format!("[{}a]", "a.".repeat(10_000)),
            format!("{TEXT}x = [{}]", "1,".repeat(400_000)),
            format!("x = [{}], y", "1,".repeat(400_000)),
            "k = 1 \u{1b}[31m".to_owned(),
            "\u{1b}[31m".to_owned(),
            "x".repeat(LARGEST_FILE + 1),
        ] {
            for overrides in [&[][..], &["seed=1"]] {
                let message = message(&text, overrides);
                assert!(message.len() < 800, "{message}");
                assert!(!message.contains('\u{1b}'), "{message}");
            }
        }
        let deep = format!("seed={}", "[".repeat(10_000));
        assert!(message(TEXT, &[&deep]).contains("the value is not TOML"));
    }

    #[test]
    fn windows_line_ends_and_mark() {
        let text = format!("\u{feff}{}", TEXT.replace('\n', "\r\n"));
        assert!(parse("x.toml", &text, &[]).is_ok());
        assert!(parse("x.toml", &text, &["seed=3".to_owned()]).is_ok());
        let text = text.replace("epochs = 1", "epochs = 0");
        assert!(message(&text, &[]).contains("x.toml:3:23"));
    }

    #[test]
    fn rendered_like_rustc() {
        let text = TEXT.replace("adam = {}", "adam = { beta1 = 0.9 }");
        let expected = "\
error: unknown key `beta1`
 --> x.toml:3:65
  |
3 | training = { epochs = 1, batch-size = 1, optimizer = { adam = { beta1 = 0.9 } } }
  |                                                                 ^^^^^ not a key of `training.optimizer.adam`
  |
  = help: did you mean `beta-1`?
  = note: known keys: `learning-rate`, `beta-1`, `beta-2`, `epsilon`, `weight-decay`";
        assert_eq!(message(&text, &[]), expected);
        let overridden = message(TEXT, &["training.epochs=0"]);
        assert!(
            overridden.contains("x.toml (with --set):3:23"),
            "{overridden}"
        );
        assert!(
            overridden.ends_with("= note: the command line says `--set training.epochs=0`"),
            "{overridden}"
        );
    }

    #[test]
    fn later_stages_point_at_the_text() {
        let source = parse("x.toml", TEXT, &[]).unwrap().source;
        let located = |key| source.locate(key).map(|range| &source.text[range]);
        assert_eq!(located("model.layers.0"), Some("'flatten'"));
        assert_eq!(located("model.layers.0.dense.units"), Some("'flatten'"));
        assert_eq!(located("model.layers.7"), Some("['flatten']"));
        assert_eq!(located("verdict.tolerance"), None);
        let problem = |key: &str| Problem {
            key: key.to_owned(),
            message: format!("no {key}"),
            hint: None,
        };
        let error = source.invalid(
            "invalid network",
            vec![problem("model.layers.0"), problem("verdict")],
        );
        let text = error.to_string();
        assert!(
            text.contains("x.toml:2:21")
                && text.ends_with("error: invalid network in `x.toml`: 2 problems"),
            "{text}"
        );
    }

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        fs::write(&path, TEXT).unwrap();
        let config = load(&path, &[]).unwrap().config;
        let SourceConfig::Idx(idx) = config.data.source else {
            panic!("{config:?}")
        };
        assert_eq!(idx.images, folder.path().join("a"));
        assert_eq!(idx.labels, Path::new("/b"));

        let message = |path: &Path| load(path, &[]).unwrap_err().to_string();
        assert!(message(&path.with_extension("")).contains("did you mean"));
        assert!(message(&folder.path().join("y")).ends_with(": no such file or directory"));
        assert!(message(folder.path()).contains("it is a folder"));
        fs::write(&path, b"# one\n# \xe9").unwrap();
        assert!(message(&path).contains("byte 0xe9 at offset 8, in line 2"));
        fs::write(&path, b"\xff\xfea\0").unwrap();
        assert!(message(&path).contains("it looks like UTF-16"));
        File::create(&path).unwrap().set_len(100 << 30).unwrap();
        assert!(message(&path).contains("larger than 1048576 bytes"));
    }
}
