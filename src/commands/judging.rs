//! What can be said of a kept network, as far as it can be computed again: `train` records it, `verify` compares.

use super::plan::Plan;
use crate::data::{Split, Task, batches};
use crate::error::Error;
use crate::evaluation::{Measured as Samples, measure_in_training_mode, measure_samples};
use crate::generalization::decomposition::{self, Decomposition};
use crate::generalization::leakage::Leakage;
use crate::generalization::{
    self, Answered, CONFIDENCE, Divergence, EpochMeasurement, Estimate, Evidence, Explained,
    HeldOut, Judgement, Measurement, Moments, Proportion, Score, SimplerMethod, accuracy_gap,
    loss_gap,
};
use crate::model::Network;
use crate::report::record::{
    BaselineRecord, DecompositionRecord, Findings, LINEAR, Measured, WithoutLeaks,
};

/// A kept network and how it came about.
pub(super) struct Kept<'a> {
    pub(super) plan: &'a Plan,
    /// Frozen.
    pub(super) network: &'a Network,
    /// Of the kept network; `None` where no epoch was finished.
    pub(super) epoch: Option<usize>,
    pub(super) history: Vec<EpochMeasurement>,
    /// Mean accuracy, of classes, and loss over the steps of the kept epoch.
    pub(super) running: Option<(Option<f64>, f64)>,
    pub(super) diverged: Option<Divergence>,
    pub(super) baselines: Vec<BaselineRecord>,
    pub(super) leakage: Option<&'a Leakage>,
}

/// The splits' measurements, where there is something to measure.
#[derive(Clone, Copy)]
struct Splits {
    train: Option<Measurement>,
    validation: Option<Measurement>,
    test: Option<Measurement>,
}

/// What was found, and the held-out samples that it was found with, one by one.
pub(super) struct Judged {
    pub(super) found: Findings,
    pub(super) validation: Option<Samples>,
    pub(super) test: Option<Samples>,
}

impl Kept<'_> {
    /// Measures the network on whole splits and judges it.
    pub(super) fn judged(&self) -> Result<Judged, Error> {
        let [train, validation, test] = [
            self.measured(Split::Train)?,
            self.measured(Split::Validation)?,
            self.measured(Split::Test)?,
        ];
        let whole = |measured: &Option<Samples>| measured.as_ref().map(|split| split.measurement);
        let splits = Splits {
            train: whole(&train),
            validation: whole(&validation),
            test: whole(&test),
        };
        let target = self.plan.dataset.answers.target();
        let record = |measured: Option<Measurement>| {
            measured.map(|measured| Measured::new(measured, target))
        };
        let (baseline, judgement) = self.judge(&splits, &self.witnesses());
        let found = Findings {
            training: record(splits.train),
            validation: record(splits.validation),
            test: record(splits.test),
            baseline,
            above_linear: above_linear(&self.baselines, splits.validation),
            baselines: self.baselines.clone(),
            without_leaks: self.without_leaks(&splits, [validation.as_ref(), test.as_ref()]),
            decomposition: self.decomposition(&splits)?,
            judgement,
        };
        Ok(Judged {
            found,
            validation,
            test,
        })
    }

    fn measured(&self, split: Split) -> Result<Option<Samples>, Error> {
        measured(self.plan, self.network, split)
    }

    /// The verdict, and the accuracy of always answering the most frequent class where it was judged.
    fn judge(&self, splits: &Splits, simpler: &[SimplerMethod]) -> (f64, Judgement) {
        let chosen = HeldOut::Validation {
            chosen_among: self.history.len(),
        };
        // The test split, which chose nothing, decides where there is one.
        let (split, measurement, held_out) = match (splits.test, splits.validation) {
            (Some(test), _) => (Split::Test, Some(test), HeldOut::Test),
            (None, Some(validation)) => (Split::Validation, Some(validation), chosen),
            (None, None) => (Split::Train, None, chosen),
        };
        let baseline = self.plan.dataset.majority_baseline(split);
        let evidence = Evidence {
            history: &self.history,
            selected: EpochMeasurement {
                epoch: self.epoch.unwrap_or(0),
                train: splits.train.unwrap_or(self.nothing()),
                validation: measurement,
                since_best: None,
            },
            held_out,
            baseline,
            epochs_planned: self.plan.config.training.epochs,
            diverged: self.diverged,
            simpler,
        };
        let judgement = generalization::judge(&evidence, self.plan.config.verdict.tolerance);
        (baseline, judgement)
    }

    /// Baselines that have not seen the samples that they answered for.
    fn witnesses(&self) -> Vec<SimplerMethod> {
        let leaked = |leakage: &Leakage| !leakage.validation_to_drop.is_empty();
        if self.leakage.is_some_and(leaked) {
            return Vec::new();
        }
        let method = |baseline: &BaselineRecord| SimplerMethod {
            name: baseline.name,
            answered: baseline.answered,
        };
        self.baselines.iter().map(method).collect()
    }

    /// The measurement of an empty split.
    fn nothing(&self) -> Measurement {
        let loss = Moments {
            count: 0,
            mean: f64::NAN,
            variance: f64::NAN,
            third: 0.0,
        };
        let score = match self.plan.dataset.task() {
            Task::Classification { .. } => Score::Accuracy(Proportion {
                successes: 0,
                trials: 0,
            }),
            Task::Regression => Score::R2(Explained::unknown(f64::NAN, 0)),
        };
        Measurement { score, loss }
    }

    /// The verdict once more, by the held-out samples that no other split has; `None` where that is all of them.
    fn without_leaks(
        &self,
        splits: &Splits,
        [validation, test]: [Option<&Samples>; 2],
    ) -> Option<WithoutLeaks> {
        let leakage = self.leakage?;
        let dropped = [
            (Split::Validation, &leakage.validation_to_drop),
            (Split::Test, &leakage.test_to_drop),
        ];
        if dropped.iter().all(|(_, drop)| drop.is_empty()) {
            return None;
        }
        let rest = |samples: Option<&Samples>, (split, drop): (Split, &Vec<u32>)| {
            let indices = self.plan.dataset.indices(split);
            let kept = |place: usize| drop.binary_search(&indices[place]).is_err();
            let rest = samples?.of_those(kept);
            (rest.samples() > 0).then_some(rest)
        };
        let (validation, test) = (rest(validation, dropped[0]), rest(test, dropped[1]));
        let target = self.plan.dataset.answers.target();
        let splits = Splits {
            validation,
            test,
            ..*splits
        };
        Some(WithoutLeaks {
            validation_dropped: leakage.validation_to_drop.len(),
            test_dropped: leakage.test_to_drop.len(),
            validation: validation.map(|rest| Measured::new(rest, target)),
            test: test.map(|rest| Measured::new(rest, target)),
            judgement: self.judge(&splits, &[]).1,
        })
    }

    /// What other trainers would print for the kept epoch, and what it is made of.
    fn decomposition(&self, splits: &Splits) -> Result<Option<DecompositionRecord>, Error> {
        let (Some(epoch), Some((running_accuracy, running_loss))) = (self.epoch, self.running)
        else {
            return Ok(None);
        };
        let (Some(train), Some(validation)) = (splits.train, splits.validation) else {
            return Ok(None);
        };
        let plan = self.plan;
        let normalises = plan.architecture.has_batch_norm();
        let augments = !plan.augmentation.is_none();
        let training_mode = if normalises || augments || plan.architecture.has_dropout() {
            // What a batch's mean and variance are worth depends on its size.
            let batch_size = if normalises {
                let samples = plan.dataset.indices(Split::Train).len();
                batches::size(plan.config.training.batch_size, samples)
            } else {
                plan.config.evaluation.batch_size
            };
            let moment = (plan.seed, epoch);
            let device = &plan.backend.device;
            let samples = (&*plan.dataset, &plan.augmentation);
            measure_in_training_mode(self.network, samples, batch_size, device, moment)?
                .unwrap_or(train)
        } else {
            train
        };
        let accuracy = |measured: Measurement| measured.accuracy().rate();
        let loss = |measured: Measurement| measured.loss.mean;
        Ok(Some(DecompositionRecord {
            accuracy: running_accuracy.map(|running| {
                Decomposition::of_accuracy(decomposition::Measured {
                    running,
                    training_mode: accuracy(training_mode),
                    evaluation_mode: accuracy(train),
                    validation: accuracy(validation),
                    test: splits.test.map(accuracy),
                })
            }),
            loss: Decomposition::of_loss(decomposition::Measured {
                running: running_loss,
                training_mode: loss(training_mode),
                evaluation_mode: loss(train),
                validation: loss(validation),
                test: splits.test.map(loss),
            }),
        }))
    }
}

/// `network` on the whole of `split`, sample by sample; `None` where it is empty.
pub(super) fn measured(
    plan: &Plan,
    network: &Network,
    split: Split,
) -> Result<Option<Samples>, Error> {
    let batch_size = plan.config.evaluation.batch_size;
    let device = &plan.backend.device;
    Ok(measure_samples(
        network,
        &plan.dataset,
        split,
        batch_size,
        device,
    )?)
}

/// How far the network is above the linear model, on the same validation samples. The interval takes them for two
/// samples, which makes it wider than need be.
fn above_linear(baselines: &[BaselineRecord], validation: Option<Measurement>) -> Option<Estimate> {
    let linear = baselines.iter().find(|baseline| baseline.name == LINEAR)?;
    let validation = validation?;
    Some(match linear.answered {
        Answered::Right(right) => accuracy_gap(validation.accuracy(), right, CONFIDENCE),
        Answered::Errors(errors) => loss_gap(validation.loss, errors, CONFIDENCE),
    })
}
