//! What burn-train is told while training, for its terminal dashboard (`--tui`).
//!
//! Each event crosses to burn-train's worker thread through a queue of one, which costs more than a step of a small
//! network. An eye sees twenty pictures a second, so events are sent at that rate and not more often; what a run
//! keeps is written by the [`Observer`](super::Observer) instead, every epoch.
//! Values are means over the epoch so far, so that leaving steps out leaves nothing out.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::data::dataloader::Progress;
use burn::tensor::TensorReadError;
use burn::train::logger::{EvaluationProgressLogger, MetricLogger, TrainingProgressLogger};
use burn::train::metric::store::{EpochSummary, MetricsUpdate, Split};
use burn::train::metric::{
    Adaptor, Metric, MetricAttributes, MetricDefinition, MetricEntry, MetricId, MetricMetadata,
    MetricName, Numeric, NumericAttributes, NumericEntry, SerializedEntry,
};
use burn::train::renderer::tui::TuiMetricsRendererWrapper;
use burn::train::renderer::{
    EvaluationName, MetricState, MetricsRenderer, MetricsRendererEvaluation,
    MetricsRendererTraining,
};
use burn::train::{
    EventProcessorError, EventProcessorTraining, Interrupter, LearnerEvent,
    SupervisedTrainingEventProcessor, TrainingItem,
};

use super::reading::Reading;
use super::step::StepOutput;
use crate::generalization::{EpochMeasurement, Glance, Measurement, Score, Standing};
use crate::model::Network;

/// Between two events: twenty a second.
const FRAME: Duration = Duration::from_millis(50);

/// Sends events to burn-train, at the rate of an eye.
pub(super) struct Dashboard {
    processor: SupervisedTrainingEventProcessor<Network>,
    /// Whether a user sees it, and can kill it.
    shown: bool,
    glance: Glance,
    /// Set when burn's worker is gone: no event can be sent any more.
    broken: Broken,
    last_event: Option<Instant>,
    /// Whether the current epoch was announced; what was begun is ended.
    epoch: Option<usize>,
    samples: usize,
}

impl Dashboard {
    pub(super) fn new(
        processor: SupervisedTrainingEventProcessor<Network>,
        shown: bool,
        glance: Glance,
    ) -> Self {
        Self {
            processor,
            shown,
            glance,
            broken: Broken::No,
            last_event: None,
            epoch: None,
            samples: 0,
        }
    }

    /// Before the first step of an epoch with `samples` samples.
    pub(super) fn begin_epoch(&mut self, epoch: usize, samples: usize) {
        self.epoch = self.due().then_some(epoch);
        self.samples = samples;
        if self.epoch.is_some() {
            self.train(LearnerEvent::StartSplit {
                epoch_number: epoch,
                total_items: samples,
            });
        }
    }

    /// After a step: the means over the epoch so far.
    pub(super) fn step(&mut self, done: usize, means: Reading, learning_rate: f64) {
        if self.epoch.is_none() || (done < self.samples && !self.due()) {
            return;
        }
        self.last_event = Some(Instant::now());
        let progress = Progress::new(done, self.samples, Some("samples".to_owned()));
        let item = TrainingItem::new(
            output(means, done),
            progress,
            None,
            Some(learning_rate.into()),
        );
        self.train(LearnerEvent::ProcessedItem(item));
    }

    /// After an epoch; `measured` is `None` where it was not finished.
    pub(super) fn end_epoch(&mut self, measured: Option<&EpochMeasurement>) {
        let Some(epoch) = self.epoch.take() else {
            return;
        };
        self.train(LearnerEvent::EndSplit(epoch));
        if let Some(measured) = measured
            && let Some(validation) = measured.validation
        {
            let samples = validation.samples() as usize;
            self.valid(LearnerEvent::StartSplit {
                epoch_number: epoch,
                total_items: samples,
            });
            let progress = Progress::new(samples, samples, Some("samples".to_owned()));
            let output = StepOutput {
                standing: self.shown.then(|| self.glance.at(measured)),
                ..output(reading_of(validation), samples)
            };
            let item = TrainingItem::new(output, progress, None, None);
            self.valid(LearnerEvent::ProcessedItem(item));
            self.valid(LearnerEvent::EndSplit(epoch));
        }
        self.train(LearnerEvent::EndEpoch(epoch));
    }

    /// Whether the user killed the run from the dashboard. burn's render thread then panics, and its worker hands the panic
    /// on to whoever sends the next event; here it becomes a run that was stopped, and is saved.
    pub(super) fn killed(&self) -> bool {
        self.broken == Broken::Killed
    }

    /// Gives the processor back, as burn-train wants it.
    pub(super) fn finish(mut self) -> SupervisedTrainingEventProcessor<Network> {
        self.send(EventProcessorTraining::flush);
        self.processor
    }

    fn due(&self) -> bool {
        self.last_event.is_none_or(|last| last.elapsed() >= FRAME)
    }

    fn train(&mut self, event: LearnerEvent<StepOutput>) {
        self.send(|processor| processor.process_train(event));
    }

    fn valid(&mut self, event: LearnerEvent<StepOutput>) {
        self.send(|processor| processor.process_valid(event));
    }

    /// A dashboard that fails only switches itself off: the run is worth more than its picture.
    fn send(
        &mut self,
        event: impl FnOnce(
            &mut SupervisedTrainingEventProcessor<Network>,
        ) -> Result<(), EventProcessorError>,
    ) {
        if self.broken != Broken::No {
            return;
        }
        self.broken = match catch_unwind(AssertUnwindSafe(|| event(&mut self.processor))) {
            Ok(Ok(())) => Broken::No,
            Ok(Err(_)) => Broken::Failed,
            Err(_) if self.shown => Broken::Killed,
            // Nobody could have killed it: this one is a bug, and must not look like a run that was stopped.
            Err(panic) => resume_unwind(panic),
        };
    }
}

/// burn-train's renderer, which takes the terminal. It lists metrics in the order in which it first hears of them and cuts off what has
/// no room, so where there is a validation split, the verdict comes before what burn sends.
pub(super) fn renderer(interrupter: Interrupter, validates: bool) -> Box<dyn MetricsRenderer> {
    let mut renderer = TuiMetricsRendererWrapper::new(interrupter, None);
    if validates {
        let verdict = VerdictMetric::new();
        // burn registers it again, under the same name.
        let id = MetricId::new(verdict.name());
        renderer.register_metric(MetricDefinition::new(id.clone(), &verdict));
        let text = "after the first epoch".to_owned();
        let entry = MetricEntry::new(id, SerializedEntry::new(text.clone(), text));
        renderer.update_valid(MetricState::Generic(entry));
    }
    Box::new(renderer)
}

/// Why no event can be sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    No,
    Failed,
    Killed,
}

fn output(reading: Reading, samples: usize) -> StepOutput {
    StepOutput {
        samples,
        reading: Ok(reading),
        standing: None,
        statistics: Vec::new(),
    }
}

/// What was measured of a frozen network.
fn reading_of(measurement: Measurement) -> Reading {
    Reading {
        loss: measurement.loss.mean,
        correct: match measurement.score {
            Score::Accuracy(accuracy) => Some(accuracy.successes as usize),
            Score::R2(_) => None,
        },
        gradient_norm: 0.0,
    }
}

/// Which number of a reading a [`HostMetric`] shows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quantity {
    Loss,
    Accuracy,
    R2,
    GradientNorm,
    /// Training against validation, in points.
    Gap,
}

/// A metric of numbers that are already on the host: it cannot fail.
#[derive(Clone, Debug)]
pub(super) struct HostMetric {
    quantity: Quantity,
    name: MetricName,
    latest: Option<f64>,
}

impl HostMetric {
    pub(super) fn new(quantity: Quantity) -> Self {
        let name = match quantity {
            Quantity::Loss => "Loss",
            Quantity::Accuracy => "Accuracy",
            Quantity::R2 => "R²",
            Quantity::GradientNorm => "Gradient norm",
            Quantity::Gap => "Gap",
        };
        Self {
            quantity,
            name: Arc::new(name.to_owned()),
            latest: None,
        }
    }

    fn entry(&self) -> SerializedEntry {
        let Some(value) = self.latest else {
            return SerializedEntry::not_available(None);
        };
        SerializedEntry::new(format!("{value:.4}"), value.to_string())
    }
}

/// The same item for every metric.
impl Adaptor<StepOutput> for StepOutput {
    fn adapt(&self) -> StepOutput {
        self.clone()
    }
}

impl Metric for HostMetric {
    type Input = StepOutput;

    fn name(&self) -> MetricName {
        self.name.clone()
    }

    fn attributes(&self) -> MetricAttributes {
        let unit = match self.quantity {
            Quantity::Accuracy => Some("%"),
            Quantity::Gap => Some("points"),
            Quantity::Loss | Quantity::R2 | Quantity::GradientNorm => None,
        };
        let higher_is_better = matches!(self.quantity, Quantity::Accuracy | Quantity::R2);
        NumericAttributes {
            unit: unit.map(str::to_owned),
            higher_is_better,
        }
        .into()
    }

    fn update(
        &mut self,
        item: &StepOutput,
        _: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        let gap = item.standing.and_then(|standing| standing.gap);
        if let Ok(reading) = &item.reading {
            self.latest = match self.quantity {
                Quantity::Loss => Some(reading.loss),
                Quantity::Accuracy => reading
                    .correct
                    .map(|correct| 100.0 * correct as f64 / item.samples.max(1) as f64),
                // Over a training split, the squared error of always answering its mean is 1.
                Quantity::R2 => Some(1.0 - reading.loss),
                Quantity::GradientNorm => Some(reading.gradient_norm),
                Quantity::Gap => gap.map(|gap| 100.0 * gap.value),
            };
        }
        Ok(self.entry())
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(self.entry())
    }

    fn clear(&mut self) {
        self.latest = None;
    }
}

impl Numeric for HostMetric {
    fn value(&self) -> Option<NumericEntry> {
        self.latest.map(NumericEntry::Value)
    }

    fn running_value(&self) -> Option<NumericEntry> {
        self.value()
    }

    fn final_value(&self) -> NumericEntry {
        NumericEntry::Final(self.latest.unwrap_or(f64::NAN))
    }
}

/// The verdict so far, and the gap with its interval: `overfit, gap +4.2 (+1.3 to +7.0)`.
#[derive(Clone, Debug)]
pub(super) struct VerdictMetric {
    name: MetricName,
    latest: Option<Standing>,
}

impl VerdictMetric {
    pub(super) fn new() -> Self {
        Self {
            name: Arc::new("Verdict so far".to_owned()),
            latest: None,
        }
    }
}

impl Metric for VerdictMetric {
    type Input = StepOutput;

    fn name(&self) -> MetricName {
        self.name.clone()
    }

    fn update(
        &mut self,
        item: &StepOutput,
        _: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.latest = item.standing;
        self.compute()
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        let Some(standing) = self.latest else {
            return Ok(SerializedEntry::not_available(None));
        };
        let word = standing.verdict.to_string();
        let text = standing.gap.map_or_else(
            || word.clone(),
            |gap| {
                let [value, low, high] = [gap.value, gap.low, gap.high].map(|part| 100.0 * part);
                format!("{word}, gap {value:+.1} ({low:+.1} to {high:+.1})")
            },
        );
        Ok(SerializedEntry::new(text, word))
    }

    fn clear(&mut self) {
        self.latest = None;
    }
}

/// burn-train's renderer where `--tui` was not asked for: shows nothing.
pub(super) struct Silent;

impl MetricsRendererTraining for Silent {
    fn update_train(&mut self, _: MetricState) {}
    fn update_valid(&mut self, _: MetricState) {}
}

impl MetricsRendererEvaluation for Silent {
    fn update_test(&mut self, _: EvaluationName, _: MetricState) {}
}

impl TrainingProgressLogger for Silent {
    fn start(&mut self, _: usize, _: usize, _: Option<usize>, _: Option<&str>) {}
    fn update_epoch(&mut self, _: usize) {}
    fn start_split(&mut self, _: &str, _: usize) {}
    fn update_split(&mut self, _: usize) {}
    fn end_split(&mut self) {}
    fn end(&mut self) {}
    fn log_event_training(&mut self, _: String) {}
}

impl EvaluationProgressLogger for Silent {
    fn start_global_progress(&mut self, _: usize) {}
    fn start_test(&mut self, _: &str, _: usize) {}
    fn update_test_progress(&mut self, _: usize) {}
    fn end_test(&mut self) {}
    fn end_global_progress(&mut self) {}
    fn log_event_evaluation(&mut self, _: String) {}
}

impl MetricsRenderer for Silent {
    fn manual_close(&mut self) {}
    fn register_metric(&mut self, _: MetricDefinition) {}
}

/// burn-train's metric logger: keeps nothing, because the run directory does, with every epoch and every digit.
pub(super) struct KeepsNothing;

impl MetricLogger for KeepsNothing {
    fn log(&mut self, _: MetricsUpdate, _: usize, _: &Split) {}

    fn read_numeric(&mut self, _: &str, _: usize, _: &Split) -> Result<Vec<NumericEntry>, String> {
        Ok(Vec::new())
    }

    fn log_metric_definition(&mut self, _: MetricDefinition) {}
    fn log_epoch_summary(&mut self, _: EpochSummary) {}
}
