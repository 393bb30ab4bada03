//! `brecha new`: a commented configuration to begin with, which suits the data and runs as it is.
//!
//! One file, because a configuration is one file: `NAME.toml`, where `NAME` may name a folder too. Beside it lies the JSON
//! Schema that its first line names, with which editors complete keys.

mod images;
mod schedule;
mod table;
mod xor;

use std::path::{Path, PathBuf};

use super::{print, tell};
use crate::cli::{NewArguments, StartingPoint};
use crate::config::{self, SCHEMA_DIRECTIVE, SCHEMA_FILE};
use crate::error::{Error, ExitCode};
use crate::report::ReportError;
use crate::report::progress::thousands;
use crate::report::run_directory::write_file;

/// What a seed is.
const SEED: &str = "every random draw is a function of it: the same seed gives the same run";

/// What a starting point becomes.
struct Beginning {
    /// The configuration without its first line.
    text: String,
    /// What it is about: the rest of the line that says its name.
    summary: String,
    /// What was decided without being asked.
    notes: Vec<String>,
    /// Data of ours that is put beside it: its name and content.
    data: Option<(&'static str, &'static [u8])>,
}

/// Writes the configuration, and says what to do with it.
///
/// # Errors
///
/// The file exists, the data is none, or nothing can be written.
pub fn run(arguments: &NewArguments) -> Result<ExitCode, Error> {
    let path = toml_path(&arguments.name)?;
    refuse_existing(&path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    refuse_absent(folder, &arguments.name, arguments.data.as_deref())?;
    let beginning = match (arguments.from, &arguments.data) {
        (StartingPoint::Xor, None) => xor::begin(&path),
        (StartingPoint::Xor, Some(_)) => {
            return Err(wrong(
                "`--data` does not go with `--from xor`, which draws its points",
                "leave it out, or use `--from csv` or `--from images`",
            ));
        }
        (StartingPoint::Csv, data) => {
            let answer = match (&arguments.label, &arguments.target) {
                (_, Some(target)) => table::Answer::Target(target.clone()),
                (Some(label), None) => table::Answer::Label(label.clone()),
                (None, None) => table::Answer::Last,
            };
            table::begin(&path, data.as_deref(), answer)?
        }
        (StartingPoint::Images, _) if arguments.label.is_some() => {
            return Err(wrong(
                "`--label` does not go with `--from images`: the folder of an image is its class",
                "leave it out",
            ));
        }
        (StartingPoint::Images, _) if arguments.target.is_some() => {
            return Err(wrong(
                "`--target` does not go with `--from images`: the folder of an image is its class, and no number",
                "leave it out, or use `--from csv`",
            ));
        }
        (StartingPoint::Images, data) => images::begin(&path, data.as_deref())?,
    };
    let text = format!("{SCHEMA_DIRECTIVE}\n{}", beginning.text);
    // What we write is right, or we say what is wrong with it and write nothing.
    config::parse(&path.display().to_string(), &text, &[])?;
    if let Some((name, content)) = beginning.data {
        let data = folder.join(name);
        // An equal file is that of an earlier call.
        if !std::fs::read(&data).is_ok_and(|found| found == content) {
            refuse_existing(&data)?;
            write_file(&data, content)?;
        }
    }
    write_file(&path, text.as_bytes())?;
    write_schema(&folder.join(SCHEMA_FILE))?;
    for note in &beginning.notes {
        tell(&format!("note: {note}\n"));
    }
    let shown = path.display();
    print(&format!(
        "{shown}: {}\n\n\
         next   brecha data describe --config {shown}\n       \
         brecha --config {shown}\n",
        beginning.summary
    ))?;
    Ok(ExitCode::Success)
}

/// `pets` and `pets.toml` both mean `pets.toml`.
fn toml_path(name: &Path) -> Result<PathBuf, Error> {
    let file = name.file_name().and_then(|file| file.to_str());
    let Some(file) = file.filter(|file| !file.starts_with('.')) else {
        return Err(wrong(
            &format!("`{}` is no name for a file", name.display()),
            "write, for example, `brecha new pets --from images`",
        ));
    };
    if Path::new(file).extension().is_some_and(|end| end == "toml") {
        return Ok(name.to_owned());
    }
    Ok(name.with_file_name(format!("{file}.toml")))
}

fn refuse_existing(path: &Path) -> Result<(), Error> {
    // A link to nowhere is there as well.
    if path.symlink_metadata().is_ok() {
        return Err(wrong(
            &format!(
                "`{}` exists already, and nothing is overwritten",
                path.display()
            ),
            "choose another name, or remove it",
        ));
    }
    Ok(())
}

/// What is named has to be there, and the folder of what is written.
fn refuse_absent(folder: &Path, name: &Path, data: Option<&Path>) -> Result<(), Error> {
    if !folder.as_os_str().is_empty() && !folder.is_dir() {
        return Err(wrong(
            &format!(
                "`{}` cannot be written: there is no folder `{}`",
                name.display(),
                folder.display()
            ),
            "make the folder, or choose another one",
        ));
    }
    match data.map(|data| (data, data.try_exists())) {
        Some((data, Ok(false))) => Err(wrong(
            &format!("`{}` is not there", data.display()),
            "`--data` is relative to the folder in which the command is given",
        )),
        // What cannot be looked at is found out when it is read, with the reason.
        _ => Ok(()),
    }
}

/// A schema of another version of this program is brought up to date; a file of somebody else's is left alone.
fn write_schema(path: &Path) -> Result<(), ReportError> {
    let schema = format!("{:#}\n", config::json_schema());
    let ours = match std::fs::read(path) {
        Ok(found) => {
            let found: Option<serde_json::Value> = serde_json::from_slice(&found).ok();
            found.is_some_and(|found| found["title"] == "brecha")
        }
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if ours {
        write_file(path, schema.as_bytes())
    } else {
        tell(&format!(
            "note: `{}` is not ours and left as it is: editors will complete by that\n",
            path.display()
        ));
        Ok(())
    }
}

fn wrong(message: &str, hint: &str) -> Error {
    Error::Arguments {
        message: message.to_owned(),
        hint: hint.to_owned(),
    }
}

/// The data's path as a configuration at `config` has to name it, in quotes: as given, where that is the same from there.
fn quoted_path(data: &Path, config: &Path) -> Result<String, Error> {
    let here = config
        .parent()
        .is_none_or(|folder| folder.as_os_str().is_empty());
    let absolute = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
    let path = if here { data } else { &absolute };
    match path.to_str() {
        Some(path) => Ok(quoted(path)),
        None => Err(wrong(
            &format!(
                "the path `{}` is not Unicode, as a configuration is",
                path.display()
            ),
            "rename it",
        )),
    }
}

/// A line of the configuration, and what to know about it.
fn line(code: &str, comment: &str) -> String {
    format!("{code:<48} # {comment}\n")
}

/// `1 image`, `1,200 images`
fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number as u64))
}

/// Text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Text for a comment: on one line, whatever it holds.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// The first few names for a comment.
fn named(names: &[String]) -> String {
    const MOST: usize = 6;
    let mut shown: Vec<String> = names.iter().take(MOST).map(|name| plain(name)).collect();
    if names.len() > MOST {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
