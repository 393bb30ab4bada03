//! One example, computed by hand from end to end: what `check-gradients --explain` shows.

use super::GradientError;
use super::by_hand::HandNetwork;
use crate::backprop::network::{ByHand, Trace, Values};
use crate::data::{Answers, Dataset, Expected, Split};
use crate::model::network::Parameter;
use crate::model::{Aim, Architecture, Moment};

/// The first example of the training split, with everything the hand computation says of it.
#[derive(Debug)]
pub struct Example {
    /// The network, with the example's label in its loss.
    pub hand: HandNetwork,
    /// The input, and what follows each layer of the hand network.
    pub trace: Trace,
    /// Entry `k` is the derivative of the error after entry `k` of the trace.
    pub ds: Vec<Values>,
    /// `of class …`, or `whose … is …` with what the network learns instead.
    pub answer: String,
}

impl Example {
    /// Forward and backward, with these parameters.
    ///
    /// # Errors
    ///
    /// The network has an operation without a derivative, or the example is on disk and cannot be read.
    pub fn first(
        architecture: &Architecture,
        parameters: &[Parameter],
        dataset: &Dataset,
        seed: u64,
    ) -> Result<Self, GradientError> {
        let moment = Moment {
            seed,
            epoch: 0,
            step: 0,
        };
        let mut hand = HandNetwork::new(
            architecture,
            parameters,
            &Aim::of(architecture.task),
            1,
            moment,
        )?;
        // The data set has checked that there is one.
        let example = &dataset.indices(Split::Train)[..1];
        let batch = dataset.batch(example)?;
        hand.set_batch(0..1, &batch.targets);
        let trace = hand.network.forward(hand.input(&batch.inputs));
        let ds = hand.network.sensitivities(&trace, &ByHand);
        let answer = match (batch.targets.at(0), &dataset.answers) {
            (Expected::Class(label), answers) => answers
                .classes()
                .get(usize::from(label))
                .map_or_else(String::new, |class| format!("of class `{class}`")),
            (Expected::Number(y), Answers::Number(target)) => format!(
                "whose `{}` is {:.6}, standardised {y:.6}",
                target.name,
                target.number(y)
            ),
            (Expected::Number(y), Answers::Classes(_)) => y.to_string(),
        };
        Ok(Self {
            hand,
            trace,
            ds,
            answer,
        })
    }
}
