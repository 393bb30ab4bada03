//! `brecha train`: text → configuration → data → network → training → measurement → verdict → run directory.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Instant;

use burn::train::Interrupter;

use super::{print, tell};
use crate::backend::{self, Backend};
use crate::cli::TrainArguments;
use crate::config::{self, Config, Loaded};
use crate::data::{Dataset, Split};
use crate::error::{Error, ExitCode};
use crate::evaluation::measure;
use crate::generalization::{self, EpochMeasurement, Evidence, Judgement, Measurement, Moments, Proportion};
use crate::model::{Architecture, Network};
use crate::report::metrics::MetricsFiles;
use crate::report::progress::{Progress, Style};
use crate::report::record::{
    BackendRecord, DataRecord, EpochsRecord, Measured, ModelRecord, Recorder, ResultRecord, RunRecord, Seconds, Status,
    Versions, now,
};
use crate::report::{self, RunDirectory, curves, summary};
use crate::training::{self, Ended, Outcome, Run, TrainingError};

/// Everything that is settled before the first epoch.
struct Plan {
    config: Config,
    seed: u64,
    dataset: Arc<Dataset>,
    architecture: Architecture,
    backend: Backend,
    data_seconds: f64,
}

/// Trains one network and judges it.
///
/// # Errors
///
/// The configuration, the data, the back end or the file system is not as it should be, or training diverges.
pub fn run(arguments: &TrainArguments) -> Result<ExitCode, Error> {
    let began = Instant::now();
    check_terminal(arguments)?;
    let plan = plan(arguments)?;
    let directory = RunDirectory::create(&arguments.artifacts, &run_name(arguments))?;
    let folder = directory.path().display().to_string();
    directory.write("config.toml", plan.config.to_toml().as_bytes())?;
    let files = MetricsFiles::create(&directory)?;
    let mut recorder = Recorder::begin(directory, first_record(&plan, &run_name(arguments)))?;
    recorder.record.name = recorder.directory().name();
    introduce(&plan);

    let interrupter = Interrupter::new();
    stop_on_signal(&interrupter);
    let epochs = plan.config.training.epochs;
    let style = if arguments.tui { Style::Nothing } else { Style::Automatic };
    let outcome = training::train(
        Run {
            network: Network::new(
                &plan.architecture,
                plan.config.model.initial_weights,
                plan.seed,
                &plan.backend.device,
            ),
            dataset: plan.dataset.clone(),
            training: plan.config.training.clone(),
            evaluation: plan.config.evaluation.clone(),
            seed: plan.seed,
            device: plan.backend.device.clone(),
            interrupter,
            dashboard: arguments.tui,
        },
        Box::new(Progress::new(files, epochs, style)),
    )?;

    conclude(&plan, &outcome, &mut recorder)?;
    recorder.record.seconds.total = began.elapsed().as_secs_f64();
    let (status, code, failure) = match outcome.ended {
        Ended::Completed => (Status::Finished, ExitCode::Success, None),
        Ended::Interrupted => (Status::Interrupted, ExitCode::Interrupted, None),
        Ended::Diverged(divergence) => (Status::Failed, ExitCode::Numeric, Some(Error::Diverged(divergence))),
    };
    recorder.end(status, failure.as_ref().map(ToString::to_string))?;
    if arguments.json {
        print(&format!("{}\n", recorder.json()?))?;
    } else {
        print(&summary::result(&recorder.record, &folder))?;
    }
    failure.map_or(Ok(code), Err)
}

/// burn's dashboard takes the whole terminal, and panics on its own thread where there is none.
fn check_terminal(arguments: &TrainArguments) -> Result<(), Error> {
    if arguments.tui && !(std::io::stdout().is_terminal() && std::io::stdin().is_terminal()) {
        return Err(Error::Arguments {
            message: "`--tui` needs a terminal on standard input and output".to_owned(),
            hint: "leave `--tui` out: progress is then printed line by line".to_owned(),
        });
    }
    Ok(())
}

/// Everything that can be wrong with what the user wrote is said here.
fn plan(arguments: &TrainArguments) -> Result<Plan, Error> {
    let Loaded { mut config, source } = config::load(&arguments.config, &arguments.overrides)?;
    if let Some(backend) = &arguments.backend {
        config.backend.clone_from(backend);
    }
    backend::check_name(&config.backend)?;
    let seed = *config.seed.get_or_insert_with(draw_seed);
    let data_began = Instant::now();
    let dataset = Dataset::load(&config.data, config.evaluation.training_samples, seed)?;
    let data_seconds = data_began.elapsed().as_secs_f64();
    let architecture = Architecture::new(&config.model, dataset.shape(), dataset.classes.len())
        .map_err(|problem| source.invalid("invalid network", vec![problem]))?;
    let backend = backend::open(&config.backend)?;
    Ok(Plan {
        config,
        seed,
        dataset: Arc::new(dataset),
        architecture,
        backend,
        data_seconds,
    })
}

/// A seed for who did not give one; small enough to be typed again, and to be an integer of TOML.
fn draw_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id()) >> 32
}

fn run_name(arguments: &TrainArguments) -> String {
    arguments.name.clone().unwrap_or_else(|| {
        let stem = arguments.config.file_stem().map_or_else(|| "run".into(), |stem| stem.to_string_lossy());
        // The name of any file will do for a folder, after the letters that would need quoting.
        let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
        stem.trim_start_matches('.').chars().map(plain).collect()
    })
}

fn introduce(plan: &Plan) {
    let Plan {
        dataset,
        architecture,
        backend,
        seed,
        ..
    } = plan;
    tell(&format!(
        "data     {}\nbackend  {}, {}\nseed     {seed}\n\n{}\n",
        summary::data_line(dataset),
        backend.name,
        backend.description,
        summary::network_table(architecture)
    ));
    if backend.software {
        tell("warning: this is a software renderer on the CPU, correct and slow; `--backend flex` is faster\n\n");
    }
    for warning in dataset.warnings() {
        tell(&format!("warning: {warning}\n"));
    }
}

/// The first Ctrl-C lets the step finish and saves; the second ends at once.
fn stop_on_signal(interrupter: &Interrupter) {
    let interrupter = interrupter.clone();
    // Fails only if there is a handler already; then that one decides.
    let _ = ctrlc::try_set_handler(move || {
        if interrupter.should_stop() {
            std::process::exit(ExitCode::Interrupted as i32);
        }
        interrupter.stop(Some("interrupted"));
        tell("\nstopping after this step; once more to stop at once\n");
    });
}

/// Measures the kept network on whole splits, judges it, and writes the pictures and the weights.
fn conclude(plan: &Plan, outcome: &Outcome, recorder: &mut Recorder) -> Result<(), Error> {
    let Plan { dataset, backend, config, .. } = plan;
    let (best_epoch, network) = match &outcome.best {
        Some(best) => (Some(best.epoch), &best.network),
        None => (None, &outcome.last),
    };
    let measured = |split| {
        measure(network, dataset, split, config.evaluation.batch_size, &backend.device)
            .map_err(|error| Error::Training(TrainingError::Device(error.to_string())))
    };
    let train = measured(Split::Train)?;
    let validation = measured(Split::Validation)?;
    let test = measured(Split::Test)?;
    let judged_split = if validation.is_some() { Split::Validation } else { Split::Train };
    let baseline = dataset.majority_baseline(judged_split);
    let judgement = judge(plan, outcome, train, validation, baseline);

    let record = &mut recorder.record;
    record.epochs.finished = outcome.history.len();
    record.epochs.best = best_epoch;
    record.seconds.training = outcome.seconds;
    record.result = Some(ResultRecord {
        training: train.map(Measured::new),
        validation: validation.map(Measured::new),
        test: test.map(Measured::new),
        baseline,
        judgement: judgement.clone(),
        divergence: match &outcome.ended {
            Ended::Diverged(divergence) => Some(divergence.clone()),
            Ended::Completed | Ended::Interrupted => None,
        },
    });
    let picture = curves_of(recorder.directory().name(), outcome, &judgement, best_epoch, baseline);
    let failed = |file| move |source| report::ReportError::Picture { file, source };
    let directory = recorder.directory();
    let svg = curves::svg(&picture).map_err(failed("curves.svg"))?;
    directory.write("curves.svg", svg.as_bytes())?;
    let png = curves::png(&picture).map_err(failed("curves.png"))?;
    directory.write("curves.png", &png)?;
    report::weights::write(directory, network, &plan.architecture, dataset)?;
    Ok(())
}

fn judge(
    plan: &Plan,
    outcome: &Outcome,
    train: Option<Measurement>,
    validation: Option<Measurement>,
    baseline: f64,
) -> Judgement {
    let history: Vec<EpochMeasurement> = outcome
        .history
        .iter()
        .map(|record| EpochMeasurement {
            epoch: record.epoch,
            train: record.train,
            validation: record.validation,
        })
        .collect();
    let selected = EpochMeasurement {
        epoch: outcome.best.as_ref().map_or(0, |best| best.epoch),
        train: train.unwrap_or(NOTHING),
        validation,
    };
    let diverged = match &outcome.ended {
        Ended::Diverged(divergence) => Some(generalization::Divergence {
            epoch: divergence.epoch,
            step: divergence.step.unwrap_or(0),
            learning_rate: divergence.learning_rate,
        }),
        Ended::Completed | Ended::Interrupted => None,
    };
    let evidence = Evidence {
        history: &history,
        selected,
        baseline,
        epochs_planned: plan.config.training.epochs,
        diverged,
    };
    generalization::judge(&evidence, plan.config.verdict.tolerance)
}

/// The measurement of an empty split.
const NOTHING: Measurement = Measurement {
    accuracy: Proportion {
        successes: 0,
        trials: 0,
    },
    loss: Moments {
        count: 0,
        mean: f64::NAN,
        variance: f64::NAN,
    },
};

fn curves_of(
    title: String,
    outcome: &Outcome,
    judgement: &Judgement,
    best_epoch: Option<usize>,
    baseline: f64,
) -> curves::Curves {
    let points = outcome
        .history
        .iter()
        .map(|record| {
            let row = report::metrics::Row::new(record);
            row.curve_point()
        })
        .collect();
    curves::Curves {
        title,
        subtitle: summary::verdict_line(judgement),
        points,
        best_epoch,
        baseline: Some(baseline),
    }
}

fn first_record(plan: &Plan, name: &str) -> RunRecord {
    let Plan {
        config,
        seed,
        dataset,
        architecture,
        backend,
        data_seconds,
    } = plan;
    let count = |split| dataset.indices(split).len();
    RunRecord {
        name: name.to_owned(),
        status: Status::Running,
        error: None,
        started: now(),
        ended: None,
        process: std::process::id(),
        versions: Versions {
            brecha: env!("CARGO_PKG_VERSION"),
            burn: "0.22.1",
        },
        command: std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect(),
        seed: *seed,
        backend: BackendRecord {
            name: backend.name,
            device: backend.description.clone(),
            precision: "f32",
        },
        data: DataRecord {
            name: dataset.name.clone(),
            fingerprint: dataset.fingerprint(),
            shape: dataset.shape().to_string(),
            classes: dataset.classes.clone(),
            training: count(Split::Train),
            measured_training: count(Split::MeasuredTrain),
            validation: count(Split::Validation),
            test: count(Split::Test),
        },
        model: ModelRecord {
            parameters: architecture.parameters(),
            multiply_adds: architecture.multiply_adds(),
        },
        epochs: EpochsRecord {
            planned: config.training.epochs,
            finished: 0,
            best: None,
        },
        seconds: Seconds {
            data: *data_seconds,
            ..Seconds::default()
        },
        result: None,
    }
}
