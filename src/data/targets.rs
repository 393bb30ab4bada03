//! What samples are answered with: one class of several, or a number.
//!
//! [`Targets`] holds the answers of many samples, [`Answers`] what they mean, and [`Task`] what a network has to know of
//! them. Numbers stay f64 and in their own unit until a batch is made: a price of 12,345,678.90 has more digits than an f32.

use serde::{Deserialize, Serialize};

use super::error::DataError;

/// The answers of samples, one for each.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Each an index into the names of [`Answers::Classes`].
    Classes(Vec<u8>),
    /// Finite.
    Numbers(Vec<f64>),
}

/// The answer of one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expected {
    /// The index of its class.
    Class(u8),
    /// Its number: standardised in a batch, in its own unit elsewhere.
    Number(f64),
}

/// What the answers of a source mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The names of the classes, in the order of the labels.
    Classes(Vec<String>),
    /// The name of the number, such as that of its column.
    Number(String),
}

/// What the answers of a data set mean, with what its training split has settled; in JSON `"classes": […]` or `"target": {…}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// The names of the classes, in the order of the labels.
    Classes(Vec<String>),
    /// A number and its scale.
    #[serde(rename = "target")]
    Number(Target),
}

/// A number to be predicted. A network learns `(number − mean) / deviation`, so that its first weights suit any unit; what
/// it says is scaled back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Target {
    /// Such as that of its column.
    pub name: String,
    /// Over the training split, in its own unit: what a program that has learned nothing would always answer.
    pub mean: f64,
    /// Standard deviation over the training split (divided by n), in its own unit; above 0.
    pub deviation: f64,
}

/// What is asked of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// One of so many classes.
    Classification {
        /// How many.
        classes: usize,
    },
    /// A number.
    Regression,
}

impl Targets {
    /// How many samples are answered.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(labels) => labels.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The answer at this place, which has to be one of them.
    #[must_use]
    pub fn at(&self, place: usize) -> Expected {
        match self {
            Self::Classes(labels) => Expected::Class(labels[place]),
            Self::Numbers(numbers) => Expected::Number(numbers[place]),
        }
    }

    /// Those at these places, which have to be some of them.
    #[must_use]
    pub fn select(&self, indices: &[u32]) -> Self {
        let places = indices.iter().map(|&index| index as usize);
        match self {
            Self::Classes(labels) => Self::Classes(places.map(|place| labels[place]).collect()),
            Self::Numbers(numbers) => Self::Numbers(places.map(|place| numbers[place]).collect()),
        }
    }

    /// All of them, one by one.
    pub fn iter(&self) -> impl Iterator<Item = Expected> {
        (0..self.len()).map(|place| self.at(place))
    }

    /// Puts `more` behind these. Answers of another kind, which no source mixes, are left out.
    pub fn extend(&mut self, more: Self) {
        match (self, more) {
            (Self::Classes(labels), Self::Classes(more)) => labels.extend(more),
            (Self::Numbers(numbers), Self::Numbers(more)) => numbers.extend(more),
            _ => {}
        }
    }

    /// The labels, or nothing where the answers are numbers.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        match self {
            Self::Classes(labels) => labels,
            Self::Numbers(_) => &[],
        }
    }

    /// The numbers, or nothing where the answers are classes.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        match self {
            Self::Classes(_) => &[],
            Self::Numbers(numbers) => numbers,
        }
    }
}

impl From<Vec<u8>> for Targets {
    fn from(labels: Vec<u8>) -> Self {
        Self::Classes(labels)
    }
}

impl From<Vec<f64>> for Targets {
    fn from(numbers: Vec<f64>) -> Self {
        Self::Numbers(numbers)
    }
}

impl From<Vec<String>> for Meaning {
    fn from(classes: Vec<String>) -> Self {
        Self::Classes(classes)
    }
}

impl Meaning {
    /// The names of the classes; none where the answer is a number.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        match self {
            Self::Classes(names) => names,
            Self::Number(_) => &[],
        }
    }
}

impl Answers {
    /// As a network is compared with them: numbers standardised, and rounded as the device has them, so that host and device
    /// compare with the same number.
    #[must_use]
    pub fn compared(&self, mut targets: Targets) -> Targets {
        if let (Targets::Numbers(numbers), Self::Number(target)) = (&mut targets, self) {
            for number in numbers {
                *number = f64::from(target.standardised(*number) as f32);
            }
        }
        targets
    }

    /// What is asked of a network.
    #[must_use]
    pub fn task(&self) -> Task {
        match self {
            Self::Classes(names) => Task::Classification {
                classes: names.len(),
            },
            Self::Number(_) => Task::Regression,
        }
    }

    /// The names of the classes; none where the answer is a number.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        match self {
            Self::Classes(names) => names,
            Self::Number(_) => &[],
        }
    }

    /// The number and its scale, where the answer is one.
    #[must_use]
    pub fn target(&self) -> Option<&Target> {
        match self {
            Self::Classes(_) => None,
            Self::Number(target) => Some(target),
        }
    }
}

impl Target {
    /// The scale of these numbers, those of the training split.
    ///
    /// # Errors
    ///
    /// They are all the same, or so large that their mean or deviation is no finite number.
    pub fn new(name: &str, training: &[f64]) -> Result<Self, DataError> {
        let count = training.len().max(1) as f64;
        // Divided first: the sum of numbers near the largest possible is infinite.
        let mean = training.iter().map(|number| number / count).sum::<f64>();
        let squares = training.iter().map(|number| (number - mean).powi(2));
        let deviation = (squares.sum::<f64>() / count).sqrt();
        let name = name.to_owned();
        if !deviation.is_finite() {
            return Err(DataError::TargetRange { name });
        }
        let first = training.first().copied().unwrap_or(0.0);
        if deviation <= 0.0
            || training
                .iter()
                .all(|number| number.total_cmp(&first).is_eq())
        {
            return Err(DataError::ConstantTarget {
                name,
                value: first,
                samples: training.len(),
            });
        }
        Ok(Self {
            name,
            mean,
            deviation,
        })
    }

    /// What the network learns instead of this number.
    #[must_use]
    pub fn standardised(&self, number: f64) -> f64 {
        (number - self.mean) / self.deviation
    }

    /// The number that an output means.
    #[must_use]
    pub fn number(&self, output: f64) -> f64 {
        self.mean + self.deviation * output
    }

    /// The root mean squared error in the target's unit, of a mean squared error of standardised numbers.
    #[must_use]
    pub fn root_mean_squared_error(&self, standardised: f64) -> f64 {
        self.deviation * standardised.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_standardised_and_back() {
        let target = Target::new("price", &[10.0, 20.0, 30.0]).unwrap();
        assert!((target.mean - 20.0).abs() < 1e-12);
        assert!((target.deviation - (200.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((target.number(target.standardised(12_345_678.9)) - 12_345_678.9).abs() < 1e-6);
        // A variance of 1 in standardised units is one deviation in its own.
        assert!((target.root_mean_squared_error(1.0) - target.deviation).abs() < 1e-12);
    }

    #[test]
    fn a_number_that_never_changes_cannot_be_learned() {
        let error = Target::new("price", &[3.5; 7]).unwrap_err().to_string();
        assert_eq!(
            error,
            "the target `price` is 3.5 in all 7 training samples, so there is nothing to learn"
        );
        // Rounding of the mean is no deviation.
        assert!(Target::new("price", &[0.1; 10]).is_err());
        assert!(Target::new("price", &[1e200, -1e200]).is_err());
        assert!(Target::new("price", &[1e20, 1e20 + 1e6]).is_ok());
    }

    #[test]
    fn kinds_are_not_mixed() {
        let mut targets = Targets::from(vec![0, 1]);
        targets.extend(vec![2.5].into());
        assert_eq!(targets, Targets::Classes(vec![0, 1]));
        targets.extend(vec![1].into());
        assert_eq!(targets.select(&[2, 0]), Targets::Classes(vec![1, 0]));
        assert_eq!(targets.numbers(), [0.0; 0]);
    }
}
