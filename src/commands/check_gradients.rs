//! `brecha check-gradients`: the back end's gradients of the user's own network and data, against the hand derivation.

use std::fmt::Write;

use serde::Serialize;

use super::plan::Plan;
use super::{print, show};
use crate::backend::{ALL, Backend, BackendError, BackendName};
use crate::backprop::mistakes::Mistake;
use crate::cli::CheckGradientsArguments;
use crate::error::{Error, ExitCode};
use crate::gradients::example::Example;
use crate::gradients::{Check, GradientError, Precision, Question, check};
use crate::model::Network;
use crate::report::{explanation, gradients as report};

/// Checks one back end or all that work here, plants mistakes, or explains one example.
///
/// # Errors
///
/// The configuration, the data or the back end is not as it should be, or there is nothing to compare.
pub fn run(arguments: &CheckGradientsArguments) -> Result<ExitCode, Error> {
    let all = arguments.backend.as_deref() == Some("all");
    // A plan has a back end; `flex` is always there.
    let backend = if all {
        Some("flex")
    } else {
        arguments.backend.as_deref()
    };
    let plan = Plan::new(&arguments.config, &arguments.overrides, backend)?;
    if arguments.explain {
        let parameters = network(&plan, &plan.backend).parameters();
        let example = Example::first(
            &plan.architecture,
            &parameters.map_err(device_failed)?,
            &plan.dataset,
            plan.seed,
        )?;
        show(&explanation::explain(&example, &plan.architecture))?;
        return Ok(ExitCode::Success);
    }
    match arguments.plant.as_deref() {
        Some("all") => return plant_all(arguments, &plan),
        Some(name) => {
            let mistake = Mistake::ALL
                .into_iter()
                .find(|mistake| mistake.name() == name);
            let backends = vec![plan.backend.clone()];
            return check_all(arguments, &plan, backends, Vec::new(), mistake);
        }
        None => {}
    }
    let (backends, absent) = if all {
        survey()
    } else {
        (vec![plan.backend.clone()], Vec::new())
    };
    check_all(arguments, &plan, backends, absent, None)
}

/// The back ends that work here, and why the others do not.
fn survey() -> (Vec<Backend>, Vec<(BackendName, BackendError)>) {
    let mut backends = Vec::new();
    let mut absent = Vec::new();
    for name in ALL.into_iter().rev() {
        match name.open() {
            Ok(backend) => backends.push(backend),
            Err(error) => absent.push((name, error)),
        }
    }
    (backends, absent)
}

/// What `--json` prints for each back end.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    backend: BackendName,
    device: Option<String>,
    /// `None` where there is no device.
    agrees: Option<bool>,
    check: Option<Check>,
    error: Option<String>,
}

fn check_all(
    arguments: &CheckGradientsArguments,
    plan: &Plan,
    backends: Vec<Backend>,
    absent: Vec<(BackendName, BackendError)>,
    mistake: Option<Mistake>,
) -> Result<ExitCode, Error> {
    let alone = backends.len() == 1;
    let mut answers = Vec::new();
    for backend in backends {
        let checked = check_one(arguments, plan, &backend, mistake, true);
        match checked {
            Ok(check) => {
                if !arguments.json {
                    show(&format!("{}\n", report::table(&check)))?;
                }
                answers.push(Answer {
                    backend: backend.name,
                    device: Some(backend.description),
                    agrees: Some(check.failed() == 0),
                    check: Some(check),
                    error: None,
                });
            }
            // One back end's failure is no reason not to look at the others.
            Err(error) if !alone || arguments.json => {
                if !arguments.json {
                    show(&format!("{}: {error}\n\n", backend.name))?;
                }
                answers.push(Answer {
                    backend: backend.name,
                    device: Some(backend.description),
                    agrees: Some(false),
                    check: None,
                    error: Some(error.to_string()),
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    for (backend, error) in absent {
        if !arguments.json {
            show(&format!("absent: {error}\n"))?;
        }
        answers.push(Answer {
            backend,
            device: None,
            agrees: None,
            check: None,
            error: Some(error.to_string()),
        });
    }
    if arguments.json {
        // Finite numbers and texts only: nothing that JSON cannot hold.
        let json = serde_json::to_string_pretty(&answers).unwrap_or_default();
        print(&format!("{json}\n"))?;
    }
    let agrees = answers.iter().all(|answer| answer.agrees != Some(false));
    Ok(if agrees {
        ExitCode::Success
    } else {
        ExitCode::CheckFailed
    })
}

fn check_one(
    arguments: &CheckGradientsArguments,
    plan: &Plan,
    backend: &Backend,
    mistake: Option<Mistake>,
    differences: bool,
) -> Result<Check, GradientError> {
    check(&Question {
        architecture: &plan.architecture,
        network: &network(plan, backend),
        aim: &plan.aim,
        dataset: &plan.dataset,
        samples: arguments.samples,
        seed: plan.seed,
        backend: backend.name,
        device: &backend.device,
        precision: if backend.name.computes_f64() {
            Precision::F64
        } else {
            Precision::F32
        },
        differences,
        mistake,
    })
}

/// With the first weights of the run.
fn network(plan: &Plan, backend: &Backend) -> Network {
    let scheme = plan.config.model.initial_weights;
    Network::new(&plan.architecture, scheme, plan.seed, &backend.device)
}

fn device_failed(error: impl std::fmt::Display) -> GradientError {
    GradientError::Device(error.to_string())
}

/// One mistake after the other: each has to be caught.
fn plant_all(arguments: &CheckGradientsArguments, plan: &Plan) -> Result<ExitCode, Error> {
    let right = check_one(arguments, plan, &plan.backend, None, false)?;
    let mut missed = 0;
    let mut text = String::new();
    for mistake in Mistake::ALL {
        let planted = check_one(arguments, plan, &plan.backend, Some(mistake), false)?;
        let verdict = if planted.failed() > 0 {
            let tensors: Vec<&str> = planted.failing().collect();
            format!("caught: {}", tensors.join(", "))
        } else if planted.same_as(&right) {
            "changes nothing in this network".to_owned()
        } else {
            missed += 1;
            "NOT CAUGHT".to_owned()
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<32} {verdict}", mistake.name());
    }
    show(&text)?;
    Ok(if missed == 0 {
        ExitCode::Success
    } else {
        ExitCode::CheckFailed
    })
}
