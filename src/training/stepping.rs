//! How a step is taken: at once or without waiting for its numbers, with the other cores awake or asleep.

use burn::optim::GradientsParams;

use super::TrainingError;
use super::course::Course;
use super::descent::Stride;
use super::history::Divergence;
use super::layer_norms;
use super::loader::Part;
use super::waiting::{Seen, Waiting};
use crate::model::Network;

/// How the steps of an epoch are taken.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    pub(super) is_long: bool,
    pub(super) may_wait: bool,
    /// Of the last step.
    pub(super) looks_at_layers: bool,
    /// The number of the last step.
    pub(super) last: usize,
}

/// A step that could not be taken.
pub(super) struct Failed {
    pub(super) error: TrainingError,
    /// The network as it was before, where it was not touched.
    pub(super) before: Option<Box<Network>>,
}

impl From<TrainingError> for Failed {
    fn from(error: TrainingError) -> Self {
        Self {
            error,
            before: None,
        }
    }
}

/// The network a step further, and what was seen: of this step and of those that waited before it; nothing where it waits as well.
pub(super) fn take(
    network: Network,
    course: &mut Course,
    waiting: &mut Waiting,
    parts: &[Part],
    (stride, manner): (Stride, Manner),
) -> Result<(Network, Result<Vec<Seen>, Divergence>), Failed> {
    let Course {
        descent, running, ..
    } = course;
    let is_last = stride.step == manner.last;
    let mut look = |network: &Network, gradients: &GradientsParams| {
        if manner.looks_at_layers && is_last {
            running.gradient_norms = Some(layer_norms::of_gradients(network, gradients)?);
        }
        Ok::<_, TrainingError>(())
    };
    if let ([part], true) = (parts, manner.may_wait) {
        let (gradients, unread) = descent.unread_gradient(&network, *part)?;
        look(&network, &gradients)?;
        waiting.add(&network, stride, unread);
        let network = descent.follow_unread(network, gradients, stride);
        if !is_last && !waiting.is_full() {
            return Ok((network, Ok(Vec::new())));
        }
        return Ok(match waiting.read()? {
            Ok(seen) => (network, Ok(seen)),
            Err((before, divergence)) => (before, Err(divergence)),
        });
    }
    let gradient = || descent.gradient(&network, parts, stride);
    let found = match awake(manner.is_long, gradient) {
        Ok(Ok(found)) => found,
        Ok(Err(divergence)) => return Ok((network, Err(divergence))),
        Err(error) => {
            return Err(Failed {
                error,
                before: Some(Box::new(network)),
            });
        }
    };
    look(&network, &found.gradients)?;
    let seen = vec![(found.samples, found.reading)];
    let network = awake(manner.is_long, || descent.follow(network, found, stride));
    Ok((network, Ok(seen)))
}

/// Multiplications of a step's forward pass from which on several cores compute it. In a shorter one, waking them costs more than the
/// step.
pub(super) const LONG: u64 = 1 << 18;

/// Takes a step, or a part of one, with the other cores looking for work if it is a long one.
fn awake<T>(is_long: bool, step: impl FnOnce() -> T) -> T {
    if is_long {
        brecha_kernels::awake(step)
    } else {
        step()
    }
}
