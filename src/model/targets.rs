//! What the outputs of a training step are compared with: from labels, or standardised numbers, to tensors.
//!
//! Plainly, a sample of class `c` wants all probability on `c`. An [`Aim`] may say otherwise, for the training step alone; what is
//! measured after an epoch is always the plain loss. With smoothing `ε` (Szegedy et al. 2016, section 7), `K` classes and the
//! weight `w_c` of the sample's class, the share that its class `k` gets is
//!
//! ```text
//! t_k = w_c ((1 − ε) [k = c] + ε / K)                 E = −1/N Σ_n Σ_k t[n, k] ln p[n, k]
//! ```
//!
//! The sum is divided by the number of samples, not by that of their weights, so that the mean over all batches is the
//! weighted loss of the whole split, whatever the batch size.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::architecture::Loss;
use crate::config::{ClassWeightsConfig, Problem, TrainingConfig};
use crate::data::{Targets as Host, Task};

/// What the outputs are compared with, on the device.
#[derive(Clone, Debug)]
pub enum Targets {
    /// `[samples, outputs]`
    Values(Tensor<2>),
    /// `[samples, 1]`, the index of the class.
    Classes(Tensor<2, Int>),
    /// `[samples, classes]`, the share of each class: `t`.
    Shares(Tensor<2>),
}

/// What training aims at, beyond the right class.
#[derive(Clone, Debug, PartialEq)]
pub struct Aim {
    classes: usize,
    smoothing: f64,
    /// One for each class; `None` where all are 1.
    weights: Option<Vec<f64>>,
}

impl Aim {
    /// The right class, and nothing else.
    #[must_use]
    pub fn plain(classes: usize) -> Self {
        Self {
            classes,
            smoothing: 0.0,
            weights: None,
        }
    }

    /// The right class, or the right number, and nothing else.
    #[must_use]
    pub fn of(task: Task) -> Self {
        match task {
            Task::Classification { classes } => Self::plain(classes),
            Task::Regression => Self::plain(0),
        }
    }

    /// As configured, for these classes, of which the training split has so many samples each.
    ///
    /// # Errors
    ///
    /// A weight is given to a class that there is not.
    pub fn new(
        training: &TrainingConfig,
        classes: &[String],
        counts: &[usize],
    ) -> Result<Self, Problem> {
        let weights = match &training.class_weights {
            None => None,
            Some(ClassWeightsConfig::Balanced) => Some(balanced(counts)),
            Some(ClassWeightsConfig::Named(named)) => {
                let mut weights = vec![1.0; classes.len()];
                for (name, &weight) in named {
                    let class = classes.iter().position(|class| class == name);
                    let class = class.ok_or_else(|| unknown_class(name, classes))?;
                    weights[class] = weight;
                }
                Some(weights)
            }
        };
        Ok(Self {
            classes: classes.len(),
            smoothing: training.label_smoothing,
            weights,
        })
    }

    /// How many classes there are; 0 where a number is predicted.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// `ε`
    #[must_use]
    pub fn smoothing(&self) -> f64 {
        self.smoothing
    }

    /// `w_c`
    #[must_use]
    pub fn weight(&self, label: u8) -> f64 {
        let weights = self.weights.as_ref();
        weights.map_or(1.0, |weights| weights[usize::from(label)])
    }

    /// Whether every sample wants its class and nothing else.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.smoothing == 0.0 && self.weights.is_none()
    }

    /// `t` of one sample after the other, row by row.
    #[must_use]
    pub fn shares(&self, labels: &[u8]) -> Vec<f32> {
        let others = self.smoothing / self.classes as f64;
        let mut shares = Vec::with_capacity(labels.len() * self.classes);
        for &label in labels {
            let weight = self.weight(label);
            shares.extend((0..self.classes).map(|class| {
                let own = if class == usize::from(label) {
                    1.0 - self.smoothing
                } else {
                    0.0
                };
                (weight * (own + others)) as f32
            }));
        }
        shares
    }

    /// These targets, those of a batch, as this loss compares them.
    #[must_use]
    pub fn targets(&self, loss: Loss, targets: &Host, device: &Device) -> Targets {
        let (samples, labels) = (targets.len(), targets.labels());
        let values = |values: Vec<f32>| {
            let width = values.len() / samples.max(1);
            Tensor::from_data(TensorData::new(values, [samples, width]), device)
        };
        match loss {
            Loss::MseSign => {
                let signs = labels.iter().map(|&label| super::loss::sign(label));
                Targets::Values(values(signs.collect()))
            }
            Loss::MseOneHot => Targets::Values(values(Self::plain(self.classes).shares(labels))),
            Loss::MseNumber => {
                let numbers = targets.numbers().iter().map(|&y| y as f32);
                Targets::Values(values(numbers.collect()))
            }
            Loss::CrossEntropy if self.is_plain() => {
                let indices: Vec<i32> = labels.iter().map(|&label| i32::from(label)).collect();
                Targets::Classes(Tensor::from_data(
                    TensorData::new(indices, [samples, 1]),
                    device,
                ))
            }
            Loss::CrossEntropy => Targets::Shares(values(self.shares(labels))),
        }
    }
}

/// `N / (K n_c)`: every class counts as much as every other. A class without samples has a weight that nothing uses.
fn balanced(counts: &[usize]) -> Vec<f64> {
    let all: usize = counts.iter().sum();
    let fair = all as f64 / counts.len().max(1) as f64;
    counts
        .iter()
        .map(|&count| if count == 0 { 1.0 } else { fair / count as f64 })
        .collect()
}

fn unknown_class(name: &str, classes: &[String]) -> Problem {
    const SHOWN: usize = 20;
    let mut known = classes[..classes.len().min(SHOWN)].join(", ");
    if classes.len() > SHOWN {
        known.push_str(", …");
    }
    Problem {
        key: "training.class-weights".to_owned(),
        message: format!("`training.class-weights` names `{name}`, which is no class of the data"),
        hint: Some(format!("the classes are {known}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_takes_from_the_class_and_gives_to_all() {
        let aim = Aim {
            smoothing: 0.2,
            ..Aim::plain(4)
        };
        assert_eq!(aim.shares(&[1]), [0.05, 0.85, 0.05, 0.05]);
        assert_eq!(Aim::plain(2).shares(&[1, 0]), [0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn balanced_weights_make_classes_equal() {
        let counts = [30, 10, 0];
        let weights = balanced(&counts);
        // 40 samples, 3 classes.
        assert!((weights[0] * 30.0 - weights[1] * 10.0).abs() < 1e-12);
        assert!((weights[1] - 4.0 / 3.0).abs() < 1e-12);
        let aim = Aim {
            weights: Some(weights),
            ..Aim::plain(3)
        };
        assert_eq!(aim.shares(&[1]), [0.0, 4.0 / 3.0, 0.0]);
    }
}
