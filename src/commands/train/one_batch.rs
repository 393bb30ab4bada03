//! `--overfit-one-batch`: can the network learn anything at all? One that cannot learn a single batch by heart has a mistake in
//! its shape, its learning rate or its data, and no amount of epochs will mend it.
//!
//! The steps are those of training, with its precision, its accumulation and its clipping; only its schedule and its augmentation
//! are left out.

use burn::module::Module;
use burn::tensor::Device;
use burn::train::InferenceStep;

use super::super::plan::Plan;
use super::super::show;
use crate::data::{Augmentation, Split, Task, batches};
use crate::error::{Error, ExitCode};
use crate::model::{Loss, Moment, Network};
use crate::report::progress::thousands;
use crate::training::descent::{Descent, Stride};
use crate::training::loader::Loader;
use crate::training::reading::Reading;
use crate::training::stopwatch::Stopwatch;
use crate::training::{TrainingError, optimizer};

/// After which one gives up.
const MOST_STEPS: usize = 1000;

/// Steps between two looks.
const EVERY: usize = 10;

/// The loss of what is known by heart, as a share of the first one.
const LEARNED: f64 = 0.1;

/// The samples of one step.
struct Again<'a> {
    plan: &'a Plan,
    indices: &'a [u32],
    /// Samples whose gradients are computed at once.
    size: usize,
    augmentation: Augmentation,
}

impl Again<'_> {
    fn loader<'a>(&'a self, loss: Loss, device: &'a Device) -> Loader<'a> {
        Loader {
            dataset: &self.plan.dataset,
            augmentation: &self.augmentation,
            loss,
            aim: &self.plan.aim,
            device,
        }
    }

    fn moment(&self, step: usize) -> Moment {
        Moment {
            seed: self.plan.seed,
            epoch: 1,
            step,
        }
    }

    /// What the network makes of them, with nothing dropped.
    fn look(&self, network: &Network, device: &Device) -> Result<Reading, Error> {
        let network = network.valid();
        let mut whole = Reading {
            loss: 0.0,
            correct: None,
            gradient_norm: 0.0,
        };
        let loader = self.loader(network.loss(), device);
        for part in loader.parts(self.indices, self.size, self.moment(1)) {
            let share = part.share();
            let output = InferenceStep::step(&network, part.batch()?);
            let reading = output.reading.map_err(TrainingError::from)?;
            whole.loss += share * reading.loss;
            let correct = whole.correct.unwrap_or(0);
            whole.correct = reading.correct.map(|more| correct + more);
        }
        Ok(whole)
    }
}

/// Trains on the first step of the first epoch only, at the configured learning rate; writes nothing.
pub(super) fn overfit_one_batch(plan: &Plan) -> Result<ExitCode, Error> {
    let training = &plan.config.training;
    let train = plan.dataset.indices(Split::Train);
    let order = batches::order(train, plan.seed, 1);
    let size = batches::size(training.batch_size, train.len());
    let parts = training.gradient_accumulation.max(1);
    let samples = size.saturating_mul(parts).min(order.len());
    let batch = Again {
        plan,
        indices: &order[..samples],
        size,
        // As they are: what changes each time cannot be known by heart.
        augmentation: Augmentation::none(),
    };
    let device = plan.backend.device.clone();
    let autodiff = device.clone().autodiff();
    let scheme = plan.config.model.initial_weights;
    let mut network = Network::new(&plan.architecture, scheme, plan.seed, &device).train();

    let first = batch.look(&network, &device)?;
    let learning_rate = optimizer::learning_rate(&training.optimizer);
    show(&format!(
        "one batch of {} samples again and again, at a learning rate of {learning_rate:?}\n",
        thousands(samples as u64),
    ))?;
    show(&line(0, first, samples))?;
    let mut descent = Descent::new(training, Stopwatch::default());
    let mut shown = 1;
    for step in 1..=MOST_STEPS {
        let stride = Stride {
            epoch: 1,
            step,
            learning_rate,
        };
        // Each part of each step has draws of its own, as in training.
        let moment = batch.moment((step - 1) * parts + 1);
        let parts = batch
            .loader(network.loss(), &autodiff)
            .parts(batch.indices, size, moment);
        let parts: Vec<_> = parts.collect();
        let found = descent.gradient(&network, &parts, stride)?;
        network = descent.follow(network, found.map_err(Error::Diverged)?, stride);
        if step % EVERY > 0 {
            continue;
        }
        let now = batch.look(&network, &device)?;
        let right = now.correct.is_none_or(|correct| correct == samples);
        let learned = right && now.loss <= LEARNED * first.loss;
        // Ten lines, each twice as far as the one before.
        if learned || step >= EVERY * shown || step == MOST_STEPS {
            show(&line(step, now, samples))?;
            shown *= 2;
        }
        if learned {
            show(&format!(
                "\nlearned by heart in {} steps: network, loss and optimizer can learn; nothing was written\n",
                thousands(step as u64)
            ))?;
            return Ok(ExitCode::Success);
        }
    }
    let (asked, differ) = match plan.dataset.task() {
        Task::Classification { .. } => (
            "all samples right, and a tenth of the first loss, were",
            "classes",
        ),
        Task::Regression => ("a tenth of the first loss was", "numbers"),
    };
    show(&format!(
        "\nNOT learned by heart: {asked} asked for. Usually the learning rate is too \
         high or too low (`brecha find-learning-rate`), the network too small, its dropout or weight decay too strong, or samples of \
         the batch are equal and have different {differ}. Nothing was written.\n",
    ))?;
    Ok(ExitCode::CheckFailed)
}

fn line(step: usize, reading: Reading, samples: usize) -> String {
    let right = reading.correct.map_or_else(String::new, |correct| {
        let (correct, samples) = (thousands(correct as u64), thousands(samples as u64));
        format!(" {correct} of {samples} right")
    });
    // No `-0.000000`.
    let loss = reading.loss + 0.0;
    let line = format!(
        "step {:>5}   loss {loss:<10.6}{right}",
        thousands(step as u64)
    );
    format!("{}\n", line.trim_end())
}
