//! `brecha check-gradients`: the back end's gradients of the user's own network and data, against the hand derivation.

use serde::Serialize;

use super::plan::Plan;
use super::{print, tell};
use crate::backend::{ALL, Backend, BackendName};
use crate::backprop::mistakes::Mistake;
use crate::cli::{CheckGradientsArguments, ConfigArguments};
use crate::error::{Error, ExitCode};
use crate::gradients::{Check, GradientError, Precision, Question, check};
use crate::model::Network;
use crate::report::{explanation, gradients as report};

/// Checks one back end or all that work here, plants mistakes, or explains one example.
///
/// # Errors
///
/// The configuration, the data or the back end is not as it should be, or there is nothing to compare.
pub fn run(arguments: &CheckGradientsArguments) -> Result<ExitCode, Error> {
    let all = arguments.config.backend.as_deref() == Some("all");
    let plan = Plan::new(&ConfigArguments {
        file: arguments.config.file.clone(),
        // Any that is there: the plan needs one.
        backend: if all {
            Some("flex".to_owned())
        } else {
            arguments.config.backend.clone()
        },
        overrides: arguments.config.overrides.clone(),
    })?;
    if arguments.explain {
        print(&explanation::of_one_example(
            &plan.architecture,
            &network(&plan, &plan.backend)
                .parameters()
                .map_err(device_failed)?,
            &plan.dataset,
            plan.seed,
        )?)?;
        return Ok(ExitCode::Success);
    }
    match arguments.plant.as_deref() {
        Some("all") => return plant_all(arguments, &plan),
        Some(name) => {
            let mistake = Mistake::ALL
                .into_iter()
                .find(|mistake| mistake.name() == name);
            return check_all(arguments, &plan, vec![plan.backend.clone()], mistake);
        }
        None => {}
    }
    let backends = if all {
        here(arguments.json)
    } else {
        vec![plan.backend.clone()]
    };
    check_all(arguments, &plan, backends, None)
}

/// The back ends that work here; of the others it is said why they do not.
fn here(json: bool) -> Vec<Backend> {
    let mut backends = Vec::new();
    for name in ALL.into_iter().rev().filter(|name| name.compiled()) {
        match name.open() {
            Ok(backend) => backends.push(backend),
            Err(error) => tell(&format!("absent: {error}\n\n")),
        }
    }
    if !json {
        let others = ALL.into_iter().filter(|name| !name.compiled());
        let others: Vec<String> = others.map(|name| name.to_string()).collect();
        if !others.is_empty() {
            tell(&format!("not compiled in: {}\n\n", others.join(", ")));
        }
    }
    backends
}

/// What `--json` prints for each back end.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    backend: BackendName,
    device: String,
    agrees: bool,
    check: Option<Check>,
    error: Option<String>,
}

fn check_all(
    arguments: &CheckGradientsArguments,
    plan: &Plan,
    backends: Vec<Backend>,
    mistake: Option<Mistake>,
) -> Result<ExitCode, Error> {
    let alone = backends.len() == 1;
    let mut answers = Vec::new();
    for backend in backends {
        let checked = check_one(arguments, plan, &backend, mistake, true);
        match checked {
            Ok(check) => {
                if !arguments.json {
                    print(&format!("{}\n", report::table(&check)))?;
                }
                answers.push(Answer {
                    backend: backend.name,
                    device: backend.description,
                    agrees: check.failed() == 0,
                    check: Some(check),
                    error: None,
                });
            }
            // One back end's failure is no reason not to look at the others.
            Err(error) if !alone || arguments.json => {
                if !arguments.json {
                    print(&format!("{}: {error}\n\n", backend.name))?;
                }
                answers.push(Answer {
                    backend: backend.name,
                    device: backend.description,
                    agrees: false,
                    check: None,
                    error: Some(error.to_string()),
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    if arguments.json {
        // Finite numbers and texts only: nothing that JSON cannot hold.
        let json = serde_json::to_string_pretty(&answers).unwrap_or_default();
        print(&format!("{json}\n"))?;
    }
    let agrees = answers.iter().all(|answer| answer.agrees);
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
        } else if planted == right {
            "changes nothing in this network".to_owned()
        } else {
            missed += 1;
            "NOT CAUGHT".to_owned()
        };
        text.push_str(&format!("{:<32} {verdict}\n", mistake.name()));
    }
    print(&text)?;
    Ok(if missed == 0 {
        ExitCode::Success
    } else {
        ExitCode::CheckFailed
    })
}
