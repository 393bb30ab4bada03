//! `--resume`: which run goes on, from where, and whether it may.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::plan::Plan;
use super::super::{run_name, tell};
use crate::cli::TrainArguments;
use crate::config::{self, ScheduleConfig};
use crate::error::{Error, ExitCode};
use crate::experiment::rows::Outcome;
use crate::machine::process::Process;
use crate::report::checkpoints::{self, Rejected};
use crate::report::reading::RunFolder;
use crate::report::record::{ResumedRecord, RunRecord, now};
use crate::report::run_state::process;
use crate::report::{ReportError, RunDirectory};
use crate::training::checkpoint::{Checkpoint, Origin};

/// What may change while a run is stopped, with all keys below: how long it trains, on what, and what is said about it.
const MAY_CHANGE: [&str; 10] = [
    "backend",
    "data.memory-limit",
    "devices",
    "evaluation.baselines",
    "gradient-check",
    "kernels",
    "training.checkpoint-every",
    "training.early-stopping",
    "training.epochs",
    "verdict",
];

/// What is trained, and where.
pub(super) struct Target {
    /// The configuration.
    pub(super) config: PathBuf,
    /// The run that goes on, if one does.
    pub(super) run: Option<PathBuf>,
    /// With the seed that the run has drawn.
    pub(super) overrides: Vec<String>,
    /// With what a run ended that is not to be done again.
    pub(super) ended: Option<ExitCode>,
}

impl Target {
    /// As the arguments say.
    pub(super) fn of(arguments: &TrainArguments) -> Result<Self, Error> {
        if arguments.once {
            return Self::once(arguments);
        }
        let mut overrides = arguments.overrides.clone();
        let Some(resume) = &arguments.resume else {
            return Ok(Self {
                config: arguments.config.clone().unwrap_or_default(),
                run: None,
                overrides,
                ended: None,
            });
        };
        let (config, run) = match (resume, &arguments.config) {
            (Some(run), Some(config)) => (config.clone(), Some(run.clone())),
            (Some(run), None) => (run.join("config.toml"), Some(run.clone())),
            (None, Some(config)) => {
                let name = arguments.name.clone().unwrap_or_else(|| run_name(config));
                let latest = RunDirectory::latest(&arguments.artifacts, &name);
                if latest.is_none() {
                    let path = arguments.artifacts.join(&name);
                    tell(&format!(
                        "note: there is no run `{}` to go on with; a new one begins\n\n",
                        path.display()
                    ));
                }
                (config.clone(), latest)
            }
            (None, None) => {
                return Err(Error::Arguments {
                    message: "`--resume` needs to know which run".to_owned(),
                    hint: "say its folder, `--resume artifacts/xor`, or its configuration with `--config FILE`"
                        .to_owned(),
                });
            }
        };
        if let Some(run) = &run {
            // What is no run is said before anything else.
            RunFolder::new(run).record()?;
            RunFolder::new(run).configuration()?;
            if let Some(seed) = drawn_seed(run, &config, &overrides)? {
                overrides.push(format!("seed={seed}"));
            }
        }
        Ok(Self {
            config,
            run,
            overrides,
            ended: None,
        })
    }

    /// The run of this very configuration, wherever it is: the latest one, and a finished one before all others.
    fn once(arguments: &TrainArguments) -> Result<Self, Error> {
        let config = arguments.config.clone().unwrap_or_default();
        let name = arguments.name.clone();
        let name = name.unwrap_or_else(|| run_name(&config));
        let mut overrides = arguments.overrides.clone();
        let mut wanted = config::load(&config, &overrides)?.config;
        wanted.choose_backend(arguments.backend.as_deref());
        if wanted.seed.is_none() {
            // A drawn seed is that of the run which goes on; whether it is the same otherwise is seen below.
            let latest = RunDirectory::latest(&arguments.artifacts, &name);
            let text = latest.and_then(|run| RunFolder::new(&run).configuration().ok());
            let drawn = text.and_then(|text| config::parse("config.toml", &text, &[]).ok());
            wanted.seed = drawn.and_then(|loaded| loaded.config.seed);
            overrides.extend(wanted.seed.map(|seed| format!("seed={seed}")));
        }
        let found = Outcome::of(&arguments.artifacts, &name, wanted.to_toml().as_bytes());
        let ended = match (found.finished(), found.diverged) {
            (_, true) => Some(ExitCode::Numeric),
            (true, false) => Some(ExitCode::Success),
            (false, false) => None,
        };
        if let (Some(code), Some(run)) = (ended, &found.folder) {
            let word = match code {
                ExitCode::Numeric => "diverged",
                _ => "is finished",
            };
            tell(&format!(
                "note: `{}` {word} already; nothing is done again\n",
                run.display()
            ));
        }
        Ok(Self {
            config,
            run: found.folder,
            overrides,
            ended,
        })
    }
}

/// The seed of the run, where the configuration leaves it to be drawn.
fn drawn_seed(run: &Path, config: &Path, overrides: &[String]) -> Result<Option<u64>, Error> {
    if config::load(config, overrides)?.config.seed.is_some() {
        return Ok(None);
    }
    let text = RunFolder::new(run).configuration()?;
    Ok(config::parse("config.toml", &text, &[])?.config.seed)
}

/// A run that goes on.
pub(super) struct Resumed {
    pub(super) directory: RunDirectory,
    /// `None` where it was killed before there was one: it begins again.
    pub(super) checkpoint: Option<Box<Checkpoint>>,
    /// Its `run.json` so far.
    earlier: Value,
    /// On which it was computed.
    backend: String,
}

impl Resumed {
    /// Opens the run, finds its newest checkpoint that is whole, and sees that nothing has changed that must not.
    pub(super) fn open(run: &Path, plan: &Plan, fingerprint: &str) -> Result<Self, Error> {
        let directory = RunDirectory::resume(run)?;
        let folder = RunFolder::new(directory.path());
        let earlier = folder.record()?;
        warn_of_other_machines(run, &earlier);
        let (found, rejected) = checkpoints::newest(directory.path())?;
        if found.is_none() && !rejected.is_empty() {
            return Err(Error::Report(ReportError::NoCheckpoint {
                run: run.to_owned(),
                rejected,
            }));
        }
        let origin = match &found {
            Some(found) => found.origin.clone(),
            None => Origin {
                configuration: folder.configuration()?,
                fingerprint: text(&earlier["data"]["fingerprint"]),
                backend: text(&earlier["backend"]["name"]),
            },
        };
        may_go_on(run, plan, fingerprint, &origin)?;
        let checkpoint = if let Some(found) = found {
            has_epochs_left(run, plan, &found.checkpoint)?;
            put_aside(&rejected)?;
            tell(&format!(
                "goes on with `{}` behind {}, from `{}`\n\n",
                run.display(),
                found.checkpoint.place,
                found.path.file_name().unwrap_or_default().display()
            ));
            Some(Box::new(found.checkpoint))
        } else {
            tell(&format!(
                "note: `{}` has no checkpoint yet; it begins again\n\n",
                run.display()
            ));
            None
        };
        let backend = plan.computes_on();
        let kernels = plan.kernels();
        let earlier_kernels = earlier["backend"]["kernels"].as_str();
        if checkpoint.is_none() {
            // Nothing of it was computed before.
        } else if origin.backend != backend {
            tell(&format!(
                "note: the run was on {} until here and goes on on {backend}: from here on it is close to what it would have been, \
                 and not the same bit for bit\n\n",
                origin.backend
            ));
        } else if earlier_kernels.is_some_and(|earlier| earlier != kernels) {
            tell(&format!(
                "note: the run was computed with `{}` until here and goes on with `{kernels}`: from here on it is close to what it \
                 would have been, and not the same bit for bit\n\n",
                earlier_kernels.unwrap_or_default()
            ));
        }
        Ok(Self {
            directory,
            checkpoint,
            earlier,
            backend,
        })
    }

    /// What the record of the run keeps of its earlier life.
    pub(super) fn carry_over(&self, record: &mut RunRecord) {
        if let Some(started) = self.earlier["started"].as_str() {
            started.clone_into(&mut record.started);
        }
        let resumed = self.earlier["resumed"].clone();
        record.resumed = serde_json::from_value(resumed).unwrap_or_default();
        let place = self.checkpoint.as_ref().map(|checkpoint| checkpoint.place);
        let place = place.unwrap_or_default();
        record.resumed.push(ResumedRecord {
            at: now(),
            epochs: place.epochs,
            steps: place.steps,
            backend: self.backend.clone(),
        });
    }

    /// What the run has taken before, pauses apart.
    pub(super) fn seconds(&self) -> f64 {
        let recorded = self.earlier["seconds"]["total"].as_f64().unwrap_or(0.0);
        let trained = self
            .checkpoint
            .as_ref()
            .map(|checkpoint| checkpoint.seconds);
        // A killed run has not recorded it.
        recorded.max(trained.unwrap_or(0.0))
    }
}

/// A lock does not reach every machine that sees the folder.
fn warn_of_other_machines(run: &Path, earlier: &Value) {
    let process = process(earlier).filter(Process::is_elsewhere);
    if let (
        Some("running"),
        Some(Process {
            id,
            host: Some(host),
            ..
        }),
    ) = (earlier["status"].as_str(), process)
    {
        tell(&format!(
            "warning: `{}` was being written by process {id} on {host}; if that still runs, both will damage it\n",
            run.display()
        ));
    }
}

/// Gives checkpoints that are damaged another name: they are newer than those that come, and would be taken for the latest.
fn put_aside(rejected: &[Rejected]) -> Result<(), Error> {
    for Rejected { path, reason } in rejected {
        let mut aside = path.clone().into_os_string();
        aside.push(".damaged");
        fs::rename(path, &aside).map_err(|source| ReportError::Io {
            action: "rename",
            path: path.clone(),
            source,
        })?;
        tell(&format!(
            "warning: `{}` is not used: {reason}; an older one is\n",
            path.display()
        ));
    }
    Ok(())
}

/// The same data, network and rules, or an error that names what differs.
fn may_go_on(run: &Path, plan: &Plan, fingerprint: &str, origin: &Origin) -> Result<(), Error> {
    let same_data = origin.fingerprint == fingerprint;
    let differences: Vec<String> = differences(&origin.configuration, &plan.config.to_toml())
        .into_iter()
        .filter(|difference| {
            // The same samples may lie elsewhere.
            let is_place = same_data && is_below(&difference.key, "data.source");
            let may_change = MAY_CHANGE.iter().any(|key| is_below(&difference.key, key));
            !is_place && !may_change
        })
        .map(|difference| difference.to_string())
        .collect();
    let cannot = format!("`{}` cannot go on", run.display());
    let hint = "a run goes on with the same data, network and optimizer; epochs, early stopping, back end, devices and what is said \
                about it may change. Without `--resume` a new run begins";
    if !differences.is_empty() {
        return Err(Error::Arguments {
            message: format!(
                "{cannot}: its configuration was another\n  {}",
                differences.join("\n  ")
            ),
            hint: hint.to_owned(),
        });
    }
    if !same_data {
        return Err(Error::Unverifiable {
            message: format!(
                "{cannot}: the data has changed since it began (its SHA-256 was {}, now {})",
                short(&origin.fingerprint),
                short(fingerprint)
            ),
            hint: hint.to_owned(),
        });
    }
    Ok(())
}

fn has_epochs_left(run: &Path, plan: &Plan, checkpoint: &Checkpoint) -> Result<(), Error> {
    let planned = plan.config.training.epochs;
    let place = checkpoint.place;
    if planned < place.epochs || (planned == place.epochs && place.steps > 0) {
        return Err(Error::Arguments {
            message: format!(
                "`{}` has trained {place}, more than the {planned} of `training.epochs`",
                run.display()
            ),
            hint: "give it at least as many epochs as it has; the network of its best epoch is in its folder already"
                .to_owned(),
        });
    }
    if place.epochs == planned {
        tell("note: all epochs are done; with more, `--set training.epochs=N`, it goes on\n\n");
        return Ok(());
    }
    let before = RunFolder::new(run).configuration()?;
    let before = config::parse("config.toml", &before, &[])?.config;
    if plan.config.training.schedule != ScheduleConfig::Constant
        && before.training.epochs != planned
    {
        tell(&format!(
            "note: the learning rate follows a schedule over all epochs; from here on it is that of {planned} epochs, not of {}\n\n",
            before.training.epochs
        ));
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// A key with two values.
struct Difference {
    key: String,
    before: Option<String>,
    now: Option<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown =
            |value: &Option<String>| value.clone().unwrap_or_else(|| "not there".to_owned());
        write!(
            formatter,
            "`{}` was {}, and is {}",
            self.key,
            shown(&self.before),
            shown(&self.now)
        )
    }
}

/// The keys of two configurations whose values differ, down to single values.
fn differences(before: &str, now: &str) -> Vec<Difference> {
    let flat = |text: &str| {
        let mut values = BTreeMap::new();
        if let Ok(table) = text.parse::<toml::Table>() {
            flatten("", &toml::Value::Table(table), &mut values);
        }
        values
    };
    let (before, now) = (flat(before), flat(now));
    let mut keys: Vec<&String> = before.keys().chain(now.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .filter(|key| before.get(*key) != now.get(*key))
        .map(|key| Difference {
            key: key.clone(),
            before: before.get(key).cloned(),
            now: now.get(key).cloned(),
        })
        .collect()
}

fn flatten(path: &str, value: &toml::Value, values: &mut BTreeMap<String, String>) {
    let join = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        toml::Value::Table(table) if !table.is_empty() => {
            for (key, value) in table {
                flatten(&join(key), value, values);
            }
        }
        toml::Value::Array(array) if !array.is_empty() => {
            for (index, value) in array.iter().enumerate() {
                flatten(&join(&index.to_string()), value, values);
            }
        }
        single => {
            values.insert(path.to_owned(), single.to_string());
        }
    }
}

/// Whether a key is this one or in the table of this name.
fn is_below(key: &str, table: &str) -> bool {
    key.strip_prefix(table)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named_down_to_single_values() {
        let before = "seed = 1\n[model]\nlayers = [{ dense = { units = 4 } }, \"flatten\"]\n[training]\nepochs = 3\n";
        let now =
            "seed = 1\n[model]\nlayers = [{ dense = { units = 8 } }]\n[training]\nepochs = 5\n";
        let found: Vec<String> = differences(before, now)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "`model.layers.0.dense.units` was 4, and is 8",
                "`model.layers.1` was \"flatten\", and is not there",
                "`training.epochs` was 3, and is 5",
            ]
        );
        assert!(differences(before, before).is_empty());
    }

    #[test]
    fn a_table_holds_what_is_below_it() {
        assert!(is_below("verdict.tolerance", "verdict"));
        assert!(is_below("backend", "backend"));
        assert!(!is_below("training.epochs-more", "training.epochs"));
        assert!(!is_below("training", "training.epochs"));
    }
}
