//! `--overfit-one-batch`: can the network learn anything at all? One that cannot learn a single batch by heart has a mistake in
//! its shape, its learning rate or its data, and no amount of epochs will mend it.

use burn::module::Module;
use burn::train::{InferenceStep, TrainOutput, TrainStep};

use super::super::plan::Plan;
use super::super::print;
use crate::data::{Augmentation, Split, Task, batches};
use crate::error::{Error, ExitCode};
use crate::model::{Moment, Network};
use crate::report::progress::thousands;
use crate::training::step::{Batch, Reading};
use crate::training::{Divergence, TrainingError, optimizer};

/// After which one gives up.
const MOST_STEPS: usize = 1000;

/// Steps between two looks.
const EVERY: usize = 10;

/// The loss of what is known by heart, as a share of the first one.
const LEARNED: f64 = 0.1;

/// Trains on the first batch of the first epoch only, at the configured learning rate; writes nothing.
pub(super) fn overfit_one_batch(plan: &Plan) -> Result<ExitCode, Error> {
    let training = &plan.config.training;
    let train = plan.dataset.indices(Split::Train);
    let order = batches::order(train, plan.seed, 1);
    let size = batches::size(training.batch_size, train.len());
    let indices = &order[..size];
    let scheme = plan.config.model.initial_weights;
    let device = plan.backend.device.clone();
    let autodiff = device.clone().autodiff();
    let mut network = Network::new(&plan.architecture, scheme, plan.seed, &device).train();
    let batch = |network: &Network, step, device| {
        let moment = Moment {
            seed: plan.seed,
            epoch: 1,
            step,
        };
        // As they are: what changes each time cannot be known by heart.
        let samples = (&*plan.dataset, &Augmentation::none());
        Batch::new(samples, indices, network, &plan.aim, moment, device)
    };
    let look = |network: &Network, step| -> Result<Reading, Error> {
        let output = InferenceStep::step(&network.valid(), batch(network, step, &device)?);
        Ok(output.reading.map_err(TrainingError::from)?)
    };

    let first = look(&network, 0)?;
    print(&format!(
        "one batch of {} samples again and again, at a learning rate of {:?}\n",
        thousands(size as u64),
        optimizer::learning_rate(&training.optimizer)
    ))?;
    print(&line(0, first, size))?;
    let mut optimizer = optimizer::build(&training.optimizer);
    let learning_rate = optimizer::learning_rate(&training.optimizer);
    let mut shown = 1;
    for step in 1..=MOST_STEPS {
        let TrainOutput { grads, item } =
            TrainStep::step(&network, batch(&network, step, &autodiff)?);
        let reading = item.reading.map_err(TrainingError::from)?;
        if !reading.loss.is_finite() {
            return Err(Error::Diverged(Divergence {
                epoch: 1,
                step: Some(step),
                quantity: "loss",
                value: reading.loss.to_string(),
                learning_rate,
            }));
        }
        network = optimizer.step(learning_rate, network, grads);
        network.update_statistics(&item.statistics);
        if step % EVERY > 0 {
            continue;
        }
        let now = look(&network, step)?;
        let right = now.correct.is_none_or(|correct| correct == size);
        let learned = right && now.loss <= LEARNED * first.loss;
        // Ten lines, each twice as far as the one before.
        if learned || step >= EVERY * shown || step == MOST_STEPS {
            print(&line(step, now, size))?;
            shown *= 2;
        }
        if learned {
            print(&format!(
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
    print(&format!(
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
