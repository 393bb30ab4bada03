//! `brecha train`: text → configuration → data → network → training → measurement → verdict → run directory.

pub(super) mod baselines;
pub(super) mod beginning;
pub(super) mod conclusion;
pub(super) mod leaks;
mod one_batch;
mod preflight;
pub(super) mod rehearsal;
mod resume;
mod start;
mod stored_rows;

use std::io::IsTerminal;
use std::time::Instant;

use burn::train::Interrupter;

use self::conclusion::{conclude, present};
use self::leaks::leaks;
use self::one_batch::overfit_one_batch;
use self::preflight::preflight;
use self::rehearsal::rehearse;
use self::resume::Target;
use self::start::Start;
use super::illustrate::plane::frames;
use super::needs::Needs;
use super::plan::Plan;
use super::said::Said;
use super::signals::Stop;
use super::{print, show, tell};
use crate::cli::TrainArguments;
use crate::error::{Error, ExitCode};
use crate::machine::limits;
use crate::report::metrics::Row;
use crate::report::progress::Progress;
use crate::report::record::{Recorder, Status};
use crate::report::{summary, tensorboard, terminal};
use crate::training::checkpoint::Checkpoint;
use crate::training::{self, Ended, Outcome, Run};

/// Trains one network and judges it.
///
/// # Errors
///
/// The configuration, the data, the back end or the file system is not as it should be, or training diverges.
pub fn run(arguments: &TrainArguments) -> Result<ExitCode, Error> {
    let began = Instant::now();
    check_terminal(arguments)?;
    limits::check_open_files()?;
    limits::check_threads()?;
    let target = Target::of(arguments)?;
    if let Some(code) = target.ended {
        return Ok(code);
    }
    let plan = Plan::new(
        &target.config,
        &target.overrides,
        arguments.backend.as_deref(),
    )?;
    let needs = Needs::of(&plan, frames_of(arguments, &plan));
    needs.check_memory(&plan)?;
    let leakage = leaks(&plan)?;
    if arguments.dry_run {
        introduce(&plan);
        rehearse(&plan, arguments.json)?;
        return Ok(ExitCode::Success);
    }
    if arguments.overfit_one_batch {
        introduce(&plan);
        return overfit_one_batch(&plan);
    }
    needs.check_disk(target.run.as_ref().unwrap_or(&arguments.artifacts))?;
    let Start {
        directory,
        mut record,
        observer,
        checkpoint,
        earlier_seconds,
    } = Start::of(arguments, &plan, &target)?;
    record.data.leakage = leakage;
    let folder = directory.path().display().to_string();
    // From here on there is something to lose.
    let interrupter = Interrupter::new();
    let stop = Stop::on_signals(&interrupter);
    let mut recorder = Recorder::begin(directory, record)?;
    introduce(&plan);

    let mut finished = None;
    let result = train(
        arguments,
        &plan,
        (observer, checkpoint),
        &mut recorder,
        (interrupter, &stop),
        &mut finished,
    );
    recorder.record.seconds.total = earlier_seconds + began.elapsed().as_secs_f64();
    let (status, failure) = match &result {
        Ok(ExitCode::Success) => (Status::Finished, None),
        Ok(_) => (Status::Interrupted, None),
        Err(error) => (Status::Failed, Some(error.to_string())),
    };
    let ended = recorder.end(status, failure);
    let outcome = finished.as_ref().map(|(outcome, _)| outcome);
    tell_result(arguments, &recorder, outcome, &folder)?;
    if let (Some((outcome, said)), Ok(()), false) = (&finished, &ended, arguments.no_report)
        && let Err(error) = present(&plan, (outcome, said), &recorder)
    {
        tell(&format!(
            "warning: the run is saved, but not all of its pictures and its page: {error}\n"
        ));
    }
    if !arguments.no_report
        && let Err(error) = tensorboard::conclude(recorder.directory(), &recorder.record)
    {
        tell(&format!(
            "warning: the run is saved, but TensorBoard will not show how it ended: {error}\n"
        ));
    }
    // The first failure is the cause; that the record could not be written either is a consequence.
    let code = result?;
    ended?;
    let judged = recorder.record.result.as_ref();
    // A verdict that only leaked samples speak for is none to pass on.
    let verdicts = judged.into_iter().flat_map(|result| {
        let without_leaks = result.found.without_leaks.as_ref();
        let judgements = [
            Some(&result.found.judgement),
            without_leaks.map(|rest| &rest.judgement),
        ];
        judgements
            .into_iter()
            .flatten()
            .map(|judgement| judgement.verdict.name())
    });
    let fails = |verdict: &str| arguments.fail_on.iter().any(|name| name == verdict);
    let unwanted = verdicts.into_iter().any(fails);
    // A run that was stopped says so, whatever it had come to.
    if unwanted && code == ExitCode::Success {
        return Ok(ExitCode::CheckFailed);
    }
    Ok(code)
}

/// The result, on standard output.
fn tell_result(
    arguments: &TrainArguments,
    recorder: &Recorder,
    outcome: Option<&Outcome>,
    folder: &str,
) -> Result<(), Error> {
    if recorder.record.result.is_none() {
        return Ok(());
    }
    if arguments.json {
        return print(&format!("{}\n", recorder.json()?));
    }
    let history = outcome.map_or(&[][..], |outcome| &outcome.history);
    let curves: Vec<Row> = history.iter().map(Row::new).collect();
    let width = terminal::width(&std::io::stdout());
    show(&summary::result(&recorder.record, &curves, folder, width))
}

/// The loop and what follows from it, between the two writings of the record. What there is to be drawn afterwards goes to
/// `finished`.
fn train(
    arguments: &TrainArguments,
    plan: &Plan,
    (observer, checkpoint): (Progress, Option<Box<Checkpoint>>),
    recorder: &mut Recorder,
    (interrupter, stop): (Interrupter, &Stop),
    finished: &mut Option<(Outcome, Said)>,
) -> Result<ExitCode, Error> {
    let training = plan.config.training.clone();
    let run = Run {
        frames: frames_of(arguments, plan),
        dashboard: arguments.tui,
        resume: checkpoint,
        ..plan.run(training, interrupter)
    };
    preflight(plan, &run.network, recorder)?;
    let mut outcome = training::train(run, Box::new(observer))?;
    let (said, concluded) = match conclude(plan, &outcome, recorder) {
        Ok(said) => (said, Ok(())),
        Err(error) => (Said::default(), Err(error)),
    };
    let ended = std::mem::replace(&mut outcome.ended, Ended::Completed);
    *finished = Some((outcome, said));
    match ended {
        Ended::Failed(error) => Err(error.into()),
        Ended::Diverged(divergence) => Err(Error::Diverged(divergence)),
        Ended::Interrupted => concluded.map(|()| stop.exit_code()),
        Ended::Completed | Ended::StoppedEarly => concluded.map(|()| ExitCode::Success),
    }
}

/// How many networks are kept to be looked at.
fn frames_of(arguments: &TrainArguments, plan: &Plan) -> usize {
    if arguments.no_report {
        0
    } else {
        frames(plan.dataset.shape())
    }
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

/// Empty where a device computes a step alone.
fn devices_line(plan: &Plan) -> String {
    let devices = plan.devices.len();
    if devices < 2 {
        return String::new();
    }
    format!(
        "devices  {}: a shard of each batch for each\n",
        plan.computes_on()
    )
}

fn introduce(plan: &Plan) {
    let Plan {
        config,
        dataset,
        architecture,
        backend,
        seed,
        ..
    } = plan;
    tell(&format!(
        "data     {}\n{}backend  {}, {}\n{}seed     {seed}\n\n{}\n",
        summary::data_line(dataset),
        summary::augmentation_line(&config.data.augmentation),
        backend.name,
        backend.description,
        devices_line(plan),
        summary::network_table(architecture)
    ));
    if backend.software {
        tell(
            "warning: this is a software renderer on the CPU, correct and slow; `--backend flex` is faster\n\n",
        );
    }
    if let Some(points) = plan.sweep_points {
        tell(&format!(
            "note: this configuration has a sweep of {points} points, which `brecha sweep` runs; this is one run without them\n\n"
        ));
    }
    for warning in dataset.warnings() {
        tell(&format!("warning: {warning}\n"));
    }
}
