//! What to try next: concrete, from the verdict and from how the network was trained.

use super::verdict::{Compared, Judgement, Verdict};
use super::wording::{percent, r2};

/// How the network was trained, in plain numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Weights and biases.
    pub parameters: u64,
    /// Samples of the training split.
    pub training_samples: usize,
    /// As configured.
    pub epochs: usize,
    /// η
    pub learning_rate: f64,
    /// Of the optimizer; 0 where there is none.
    pub weight_decay: f64,
    /// Whether a layer drops values.
    pub dropout: bool,
    /// Whether training samples could be changed each time they are seen, as images can, and are not.
    pub unaugmented: bool,
    /// Whether the whole network is one layer with weights.
    pub one_layer: bool,
}

/// One sentence each, the most promising first; none where there is nothing to mend.
#[must_use]
pub fn advice(judgement: &Judgement, setting: &Setting) -> Vec<String> {
    match judgement.verdict {
        Verdict::Learned => Vec::new(),
        Verdict::Overfit { .. } => overfit(judgement, setting),
        Verdict::Underfit => underfit(judgement, setting),
        Verdict::Diverged => vec![format!(
            "a learning rate of {:?} is too high here: try {:?}",
            setting.learning_rate,
            tenth(setting.learning_rate)
        )],
        Verdict::Inconclusive {
            validation_samples_needed,
        } => inconclusive(judgement, validation_samples_needed),
    }
}

/// A tenth of it in three digits: 0.07, not 0.06999999999999999.
#[must_use]
pub fn tenth(learning_rate: f64) -> f64 {
    let tenth = learning_rate / 10.0;
    format!("{tenth:.2e}").parse().unwrap_or(tenth)
}

fn overfit(judgement: &Judgement, setting: &Setting) -> Vec<String> {
    let mut advice = Vec::new();
    let Setting {
        parameters,
        training_samples,
        ..
    } = *setting;
    if parameters > training_samples as u64 {
        advice.push(format!(
            "{parameters} parameters on {training_samples} samples can store them all: more samples help most, fewer units or filters next"
        ));
    } else {
        advice.push(format!(
            "{training_samples} training samples are too few for this problem: more of them help most"
        ));
    }
    let mut missing = Vec::new();
    if setting.weight_decay <= 0.0 {
        missing.push("weight decay is 0");
    }
    if !setting.dropout {
        missing.push("there is no dropout");
    }
    if !missing.is_empty() {
        advice.push(format!(
            "{}: either makes memorising more expensive",
            missing.join(" and ")
        ));
    }
    if setting.unaugmented {
        advice.push(
            "every epoch shows the very same images: `data.augmentation` changes them each time, as far as their class allows \
             (`brecha data preview` shows how)"
                .to_owned(),
        );
    }
    if let Some(rise) = judgement.rise {
        advice.push(format!(
            "validation loss has risen since epoch {} while training loss fell: epochs after {} only memorised",
            rise.since_epoch, rise.best_epoch
        ));
    }
    advice
}

fn underfit(judgement: &Judgement, setting: &Setting) -> Vec<String> {
    let mut advice = Vec::new();
    let train = judgement.compared.train();
    let above_baseline = train.is_some_and(|score| score.low > judgement.baseline);
    if let Some(outdone) = judgement.outdone.filter(|_| above_baseline) {
        advice.push(format!(
            "there is more in this data, as {} shows: {} parameters may be too few, so more units, filters or layers",
            outdone.method, setting.parameters
        ));
        advice.push(format!(
            "or {} epochs are too few, or the learning rate of {:?} is too high or too low: try ten times more epochs, a \
             tenth and ten times the rate",
            setting.epochs, setting.learning_rate
        ));
        return advice;
    }
    if above_baseline {
        advice.push(format!(
            "training was still improving when its {} epochs were over: train longer",
            setting.epochs
        ));
        return advice;
    }
    if setting.one_layer {
        let draws = match judgement.compared {
            Compared::Accuracy { .. } => "separates by",
            Compared::R2 { .. } => "draws",
        };
        advice.push(format!(
            "one layer {draws} straight lines only: add a hidden layer with an activation"
        ));
    } else {
        advice.push(format!(
            "{} parameters have learned nothing: more units or filters, or another start (`--set seed=…`)",
            setting.parameters
        ));
    }
    advice.push(format!(
        "the learning rate of {:?} may be far too high or too low: try a tenth and ten times of it",
        setting.learning_rate
    ));
    advice
}

fn inconclusive(judgement: &Judgement, needed: Option<u64>) -> Vec<String> {
    let Some(held_out) = judgement.compared.held_out() else {
        return vec![
            "hold samples out: `split = { validation = 0.2 }` in `[data]`; without them no one can tell learning from memory"
                .to_owned(),
        ];
    };
    match needed {
        Some(needed) => vec![format!(
            "hold out {needed} samples (a larger `split.{}`), or tolerate a larger gap (`verdict.tolerance`)",
            judgement.held_out.name()
        )],
        None => vec![format!(
            "the gap is about the tolerance, or {} about the baseline: more samples to hold out will not tell them apart",
            match judgement.compared {
                Compared::Accuracy { .. } => percent(held_out.value),
                Compared::R2 { .. } => format!("an R² of {}", r2(held_out.value)),
            }
        )],
    }
}
