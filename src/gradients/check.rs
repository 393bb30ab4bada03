//! One network on one back end: every tensor's gradient from three sides.

use burn::tensor::{DType, Device};
use serde::Serialize;

use super::agreement::{Comparison, Scale, Tolerance, unravel};
use super::autodiff::Autodiff;
use super::by_hand::{HandNetwork, TensorPlace};
use super::differences::{self, Accuracy};
use super::entries::{Entries, positions};
use super::findings::{Check, Row, Verdict};
use super::rounding::{Roundings, roundings};
use super::{GradientError, kinks, samples};
use crate::backend::BackendName;
use crate::backprop::mistakes::Mistake;
use crate::backprop::network::{ByHand, Layer, Rule, Trace};
use crate::data::{Dataset, Split};
use crate::model::{Aim, Architecture, Moment, Network};

/// Samples times multiply-adds of the network beyond which a gradient is no longer compared in all its entries, but in
/// [`SUBSET`] random ones of each tensor: about three seconds by hand.
pub const WHOLE_WORK: u64 = 1 << 27;

/// How many random entries of a tensor are compared where all are too many.
pub const SUBSET: usize = 1000;

/// Multiply-adds that the central differences of all tensors together may take.
const DIFFERENCES_WORK: u64 = 1 << 29;

/// Entries of a tensor that are compared with central differences in any case.
const FEWEST_DIFFERENCES: usize = 2;

/// Bits of the numbers in which a back end computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 24 bits of mantissa.
    F32,
    /// 53 bits of mantissa.
    F64,
}

/// What is to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The network's shapes.
    pub architecture: &'a Architecture,
    /// The network itself, without autodiff, on `device`.
    pub network: &'a Network,
    /// What a training step aims at.
    pub aim: &'a Aim,
    /// Whose training split the samples come from.
    pub dataset: &'a Dataset,
    /// How many samples; fewer if there are fewer.
    pub samples: usize,
    /// Of the run: choice of samples, noise, dropout.
    pub seed: u64,
    /// The back end.
    pub backend: BackendName,
    /// Where it computes. Without autodiff.
    pub device: &'a Device,
    /// In which it computes.
    pub precision: Precision,
    /// Whether central differences are taken too.
    pub differences: bool,
    /// A wrong derivative to plant into the hand derivation: the negative control.
    pub mistake: Option<Mistake>,
}

/// Compares the gradients of one network on one back end.
///
/// # Errors
///
/// The network has an operation without a derivative, a number is not finite, or the device fails. That gradients
/// do not agree is no error here: see [`Check::verdict`].
pub fn check(question: &Question) -> Result<Check, GradientError> {
    // No more than there are: what a sample costs, dropout's masks first of all, is counted from here on.
    let question = &Question {
        samples: question
            .samples
            .min(question.dataset.indices(Split::Train).len()),
        ..*question
    };
    let moment = Moment {
        seed: question.seed,
        // Training begins with epoch 1, so no mask of dropout is used twice.
        epoch: 0,
        step: 0,
    };
    let parameters = question
        .network
        .parameters()
        .map_err(|error| GradientError::Device(error.to_string()))?;
    let mut hand = HandNetwork::new(
        question.architecture,
        &parameters,
        question.aim,
        question.samples,
        moment,
    )?;
    drop(parameters);
    let sigmoid = hand.network.layers.contains(&Layer::Sigmoid);
    let judged_as = if sigmoid && question.backend.sigmoid_in_f32() {
        Precision::F32
    } else {
        question.precision
    };
    let needed = kinks::clearance_needed(judged_as);
    let chosen = samples::choose(
        question.dataset,
        &mut hand,
        question.samples,
        question.seed,
        needed,
    )?;
    hand.set_batch(0..chosen.targets.len(), &chosen.targets);
    let autodiff = Autodiff::new(question, &chosen, moment)?;

    let rule: &dyn Rule = match &question.mistake {
        Some(mistake) => mistake,
        None => &ByHand,
    };
    let trace = hand.network.forward(hand.input(&chosen.inputs));
    let gradients = by_hand(question, &hand, &trace, rule);
    for (tensor, (hand, whole)) in hand
        .tensors
        .iter()
        .zip(gradients.iter().zip(&autodiff.tensors))
    {
        finite(
            "the hand-derived gradient of",
            tensor,
            &hand.indices,
            &hand.values,
        )?;
        let what = format!("the gradient that `{}` computes of", question.backend);
        finite(&what, tensor, &hand.indices, &hand.of(whole))?;
    }
    // What rounding does is asked of the right derivation, which a planted mistake is not.
    let planted = question
        .mistake
        .map(|_| by_hand(question, &hand, &trace, &ByHand));
    let rounded = roundings(
        question,
        judged_as,
        &hand,
        &chosen.inputs,
        &trace,
        planted.as_ref().unwrap_or(&gradients),
    );
    let loss = hand.network.error(&trace);
    // The change is in proportion to the precision: a small one of a smooth function.
    let finer = Precision::F64.rounding() / judged_as.rounding();
    let loss_rounding = (rounded.error * finer).max(f64::EPSILON * loss.abs());
    let sides = Sides {
        question,
        judged_as,
        network_scale: gradients.iter().map(Entries::largest).fold(0.0, f64::max),
        roundings: rounded,
        loss_rounding,
        loss,
        trace: &trace,
        hand: &hand,
        gradients: &gradients,
        autodiff: &autodiff,
    };
    let row = |(index, tensor): (usize, &TensorPlace)| {
        sides.row(index, tensor, chosen.near_kink_behind(tensor.layer))
    };
    Ok(Check {
        backend: question.backend,
        precision: question.precision,
        judged_as,
        samples: chosen.targets.len(),
        noise: chosen.noise,
        clearance: chosen.clearance,
        loss: sides.loss,
        backend_loss: autodiff.loss,
        rows: hand.tensors.iter().enumerate().map(row).collect(),
    })
}

/// Everything that the rows are made from.
struct Sides<'a> {
    question: &'a Question<'a>,
    judged_as: Precision,
    hand: &'a HandNetwork,
    trace: &'a Trace,
    gradients: &'a [Entries],
    roundings: Roundings,
    /// What the rounding of f64, in which differences are taken, does to the loss.
    loss_rounding: f64,
    autodiff: &'a Autodiff,
    network_scale: f64,
    loss: f64,
}

impl Sides<'_> {
    fn row(&self, index: usize, tensor: &TensorPlace, near_kink: bool) -> Row {
        let (question, by_hand) = (self.question, &self.gradients[index]);
        let whole = &self.autodiff.tensors[index];
        let scale = Scale {
            tensor: by_hand.largest(),
            network: self.network_scale,
        };
        let pairs = by_hand.values.iter().zip(&self.roundings.gradients[index]);
        let one_rounding = pairs
            .map(|(&value, &moved)| moved / scale.of(value, value))
            .fold(0.0, f64::max);
        let tolerance = Tolerance::autodiff(self.judged_as, one_rounding);
        let compare = |ours: &Entries, others: &[f64], tolerance| {
            Comparison::new(&tensor.shape, ours, others, scale, tolerance)
        };
        let mut row = Row {
            tensor: tensor.name.clone(),
            shape: tensor.shape.clone(),
            autodiff: compare(by_hand, &by_hand.of(whole), tolerance),
            differences: None,
            autodiff_differences: None,
            verdict: Verdict::NearKink,
        };
        if question.differences {
            let some = by_hand.some(self.affordable(tensor), question.seed, index);
            let of_slopes = Tolerance::differences(self.loss_rounding, scale);
            let accuracy = Accuracy {
                of_error: self.loss_rounding,
                of_slope: of_slopes.absolute(scale),
            };
            let slopes =
                differences::central(self.hand, tensor, self.trace, &some.indices, accuracy);
            let (ours, slopes) = some.paired(&slopes);
            row.differences = Some(compare(&ours, &slopes, of_slopes));
            let theirs = Entries {
                values: ours.of(whole),
                ..ours
            };
            row.autodiff_differences = Some(compare(&theirs, &slopes, of_slopes.and(tolerance)));
        }
        if near_kink {
            return row;
        }
        row.verdict = if tolerance.tells_nothing() {
            Verdict::IllConditioned
        } else if row.comparisons().all(Comparison::agrees) {
            Verdict::Agrees
        } else {
            Verdict::Disagrees
        };
        row
    }

    /// For how many entries of this tensor central differences can be afforded, with an equal share for each tensor.
    fn affordable(&self, tensor: &TensorPlace) -> usize {
        let layers = &self.question.architecture.layers[tensor.written..];
        // Functions of each value take time as well: about one multiply-add.
        let behind = layers
            .iter()
            .map(|layer| layer.multiply_adds().saturating_add(layer.values()))
            .fold(0, u64::saturating_add);
        let samples = self.question.samples as u64;
        let each = behind.saturating_mul(2 * samples).max(1);
        let affordable = DIFFERENCES_WORK / self.gradients.len() as u64 / each;
        usize::try_from(affordable)
            .unwrap_or(usize::MAX)
            .max(FEWEST_DIFFERENCES)
    }
}

/// The hand-derived gradient of every tensor, whole or in part.
fn by_hand(
    question: &Question,
    hand: &HandNetwork,
    trace: &Trace,
    rule: &dyn Rule,
) -> Vec<Entries> {
    let work = question
        .architecture
        .multiply_adds()
        .saturating_mul(question.samples as u64);
    let limit = if work <= WHOLE_WORK {
        usize::MAX
    } else {
        SUBSET
    };
    let ds = hand.network.sensitivities(trace, rule);
    let entries = |(index, tensor): (usize, &TensorPlace)| {
        let length = tensor.shape.iter().product();
        let indices = positions(length, limit, question.seed, index);
        let values = tensor.gradient(&hand.network, trace, &ds, rule, &indices);
        Entries { indices, values }
    };
    hand.tensors.iter().enumerate().map(entries).collect()
}

/// Numbers that are not finite are reported, not compared.
fn finite(
    what: &str,
    tensor: &TensorPlace,
    indices: &[usize],
    values: &[f64],
) -> Result<(), GradientError> {
    let mut pairs = indices.iter().zip(values);
    pairs
        .find(|(_, value)| !value.is_finite())
        .map_or(Ok(()), |(&index, value)| {
            Err(GradientError::NotFinite {
                what: what.to_owned(),
                tensor: tensor.name.clone(),
                at: unravel(index, &tensor.shape),
                value: value.to_string(),
            })
        })
}

impl Precision {
    pub(super) fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F64 => DType::F64,
        }
    }

    /// Relative differences below this are always allowed: 10⁻¹⁰ in f64 and 10⁻⁴ in f32, about 10⁶ and 10³ roundings.
    #[must_use]
    pub fn resolution(self) -> f64 {
        match self {
            Self::F32 => 1e-4,
            Self::F64 => 1e-10,
        }
    }

    /// Half the distance from 1 to the next number: the largest relative error of one rounding.
    pub(super) fn rounding(self) -> f64 {
        match self {
            Self::F32 => f64::from(f32::EPSILON) / 2.0,
            Self::F64 => f64::EPSILON / 2.0,
        }
    }
}
