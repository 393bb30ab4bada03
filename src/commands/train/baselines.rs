//! What can be had without this network, in seconds. Asked when its training has ended: nobody waits for it before the first step.

use burn::train::Interrupter;

use super::super::plan::Plan;
use crate::config::{
    AdamConfig, BaselinesConfig, BatchSize, DenseConfig, EvaluationConfig, LayerConfig, LossConfig,
    MeasuredSamples, MixedPrecisionConfig, ModelConfig, OptimizerConfig, ScheduleConfig,
    TrainingConfig,
};
use crate::data::{Answers, Augmentation, HostBatch, Split, Target, Task};
use crate::error::Error;
use crate::evaluation::measure;
use crate::generalization::baselines::{
    Labelled, Numbered, nearest_centroid, nearest_neighbour, nearest_number,
};
use crate::generalization::least_squares::least_squares;
use crate::generalization::{Explained, Measurement, Moments, Score};
use crate::model::{Aim, Architecture, Network};
use crate::report::record::{BaselineRecord, LINEAR};
use crate::training::stopwatch::Stopwatch;
use crate::training::{self, Ended, EpochRecord, Observer, Run, StepReport, TrainingError};

/// Values of a split that are in memory as numbers at once, 32 MiB: pixels are bytes for a reason.
const MOST_VALUES: usize = 1 << 23;

/// Multiply-adds that all distances to neighbours may take: about a second.
const NEIGHBOUR_WORK: usize = 1 << 30;

/// Validation samples that are asked for their nearest neighbour.
const NEIGHBOUR_QUESTIONS: usize = 500;

/// Samples that the linear model sees, all epochs together: about two seconds for small images.
const LINEAR_SAMPLES: usize = 200_000;

/// Values of these samples: of large images it sees fewer. A few seconds as well.
const LINEAR_VALUES: usize = 1 << 30;

/// Scores every baseline on validation; none where nothing validates.
pub(in super::super) fn baselines(plan: &Plan) -> Result<Vec<BaselineRecord>, Error> {
    let validation = plan.dataset.indices(Split::Validation);
    if plan.config.evaluation.baselines == BaselinesConfig::Off || validation.is_empty() {
        return Ok(Vec::new());
    }
    if let Answers::Number(target) = &plan.dataset.answers {
        return of_numbers(plan, target);
    }
    let train = plan.dataset.indices(Split::Train);
    let width = plan.dataset.shape().len().max(1);

    // Both splits are stratified lists in ascending order, so every n-th sample is a fair part of them.
    let questions = every_nth(validation, NEIGHBOUR_QUESTIONS);
    let affordable = NEIGHBOUR_WORK / questions.len().max(1) / width;
    let neighbours = every_nth(train, affordable.min(MOST_VALUES / width));
    let neighbour = nearest_neighbour(
        labelled(&plan.dataset.batch(&neighbours)?),
        labelled(&plan.dataset.batch(&questions)?),
    );
    let seen = every_nth(train, MOST_VALUES / width);
    let centroid = nearest_centroid(
        labelled(&plan.dataset.batch(&seen)?),
        labelled(
            &plan
                .dataset
                .batch(&every_nth(validation, MOST_VALUES / width))?,
        ),
        plan.dataset.classes().len(),
    );
    let mut found = vec![
        BaselineRecord::new("nearest centroid", centroid, seen.len()),
        BaselineRecord::new("nearest neighbour", neighbour, neighbours.len()),
    ];
    if let Some(linear) = linear(plan)? {
        found.push(BaselineRecord::new(LINEAR, linear.accuracy(), train.len()));
    }
    Ok(found)
}

/// Of a network that predicts a number, in the same order.
fn of_numbers(plan: &Plan, target: &Target) -> Result<Vec<BaselineRecord>, Error> {
    let train = plan.dataset.indices(Split::Train);
    let validation = plan.dataset.indices(Split::Validation);
    let width = plan.dataset.shape().len().max(1);
    let record = |name, errors: &[f64], asked: &[f64], seen| {
        let of_the_mean: Vec<f64> = asked.iter().map(|y| y * y).collect();
        let measurement = Measurement {
            score: Score::R2(Explained::of(errors, &of_the_mean)),
            loss: Moments::of(errors),
        };
        BaselineRecord::of_numbers(name, measurement, Some(target), seen)
    };

    // Both splits are drawn by the seed, so every n-th sample is a fair part of them.
    let questions = plan
        .dataset
        .batch(&every_nth(validation, NEIGHBOUR_QUESTIONS))?;
    let affordable = NEIGHBOUR_WORK / questions.targets.len().max(1) / width;
    let neighbours = every_nth(train, affordable.min(MOST_VALUES / width));
    let errors = nearest_number(
        numbered(&plan.dataset.batch(&neighbours)?),
        numbered(&questions),
    );
    let numbers = questions.targets.numbers();
    let mut found = vec![record(
        "nearest neighbour",
        &errors,
        numbers,
        neighbours.len(),
    )];

    let seen = every_nth(train, MOST_VALUES / width);
    let asked = plan
        .dataset
        .batch(&every_nth(validation, MOST_VALUES / width))?;
    let fitted = least_squares(numbered(&plan.dataset.batch(&seen)?), numbered(&asked));
    if let Some(errors) = fitted {
        found.push(record(LINEAR, &errors, asked.targets.numbers(), seen.len()));
    } else if let Some(measurement) = linear(plan)? {
        let of = BaselineRecord::of_numbers(LINEAR, measurement, Some(target), train.len());
        found.push(of);
    }
    Ok(found)
}

fn numbered(batch: &HostBatch) -> Numbered<'_> {
    Numbered {
        inputs: &batch.inputs,
        numbers: batch.targets.numbers(),
    }
}

fn labelled(batch: &HostBatch) -> Labelled<'_> {
    Labelled {
        inputs: &batch.inputs,
        labels: batch.targets.labels(),
    }
}

/// At most `most` of the indices, evenly spread.
fn every_nth(indices: &[u32], most: usize) -> Vec<u32> {
    let step = indices.len().div_ceil(most.max(1)).max(1);
    indices.iter().copied().step_by(step).collect()
}

/// One dense layer, with softmax where there are classes, trained by the same code as any network.
fn linear(plan: &Plan) -> Result<Option<Measurement>, Error> {
    let (units, loss) = match plan.dataset.task() {
        Task::Classification { classes } => (classes, LossConfig::CrossEntropy),
        Task::Regression => (1, LossConfig::Mse),
    };
    let model = ModelConfig {
        layers: vec![
            LayerConfig::Flatten,
            LayerConfig::Dense(DenseConfig {
                units,
                activation: None,
            }),
        ],
        loss,
        initial_weights: None,
    };
    // A vector of outputs, one per class, or one alone, fits every data set.
    let Ok(architecture) = Architecture::new(&model, plan.dataset.shape(), plan.dataset.task())
    else {
        return Ok(None);
    };
    let samples = plan.dataset.indices(Split::Train).len();
    let run = Run {
        network: Network::new(&architecture, None, plan.seed, &plan.backend.device),
        architecture,
        resume: None,
        dataset: plan.dataset.clone(),
        // The yardstick is what simple methods make of the samples as they are.
        augmentation: Augmentation::none(),
        training: TrainingConfig {
            epochs: linear_epochs(samples, plan.dataset.shape().len()),
            batch_size: BatchSize::Samples(128),
            optimizer: OptimizerConfig::Adam(AdamConfig {
                learning_rate: 5e-3,
                beta_1: 0.9,
                beta_2: 0.999,
                epsilon: 1e-8,
                weight_decay: 0.0,
            }),
            schedule: ScheduleConfig::Constant,
            gradient_accumulation: 1,
            mixed_precision: MixedPrecisionConfig::Off,
            gradient_clipping: None,
            label_smoothing: 0.0,
            class_weights: None,
            early_stopping: None,
            checkpoint_every: None,
        },
        aim: Aim::of(plan.dataset.task()),
        evaluation: EvaluationConfig {
            training_samples: MeasuredSamples::AsValidation,
            ..plan.config.evaluation.clone()
        },
        seed: plan.seed,
        frames: 0,
        device: plan.backend.device.clone(),
        devices: Vec::new(),
        // Of a run that was stopped as well: what is said of it is what `verify` finds.
        interrupter: Interrupter::new(),
        dashboard: false,
        glance: plan.glance(),
        stopwatch: Stopwatch::default(),
    };
    let outcome = training::train(run, Box::new(Unobserved))?;
    if let Ended::Failed(error) = outcome.ended {
        return Err(error.into());
    }
    let Some(best) = outcome.best else {
        return Ok(None);
    };
    Ok(measure(
        &best.network,
        &plan.dataset,
        Split::Validation,
        plan.config.evaluation.batch_size,
        &plan.backend.device,
    )?)
}

/// Two at least, or one where even that is much.
fn linear_epochs(samples: usize, width: usize) -> usize {
    let affordable = LINEAR_VALUES / samples.saturating_mul(width).max(1);
    (LINEAR_SAMPLES / samples.max(1))
        .clamp(2, 100)
        .min(affordable.max(1))
}

struct Unobserved;

impl Observer for Unobserved {
    fn step(&mut self, _: &StepReport) {}

    fn epoch(&mut self, _: &EpochRecord) -> Result<(), TrainingError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::linear_epochs;

    #[test]
    fn large_images_are_seen_less_often() {
        assert_eq!(linear_epochs(40, 2), 100);
        assert_eq!(linear_epochs(60_000, 784), 3);
        assert_eq!(linear_epochs(50_000, 3 * 32 * 32), 4);
        assert_eq!(linear_epochs(1_800, 3 * 256 * 256), 3);
        assert_eq!(linear_epochs(27_000, 3 * 256 * 256), 1);
    }
}
