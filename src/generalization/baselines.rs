//! What can be had without a network: a score means little before it is known what the simplest methods score.
//!
//! | baseline | says | source |
//! |---|---|---|
//! | majority class | the most frequent class of the training split | |
//! | nearest centroid | the class whose mean input is nearest | Rocchio 1971; Tibshirani et al. 2002 without shrinkage |
//! | nearest neighbour | the class or the number of the nearest training sample | Cover and Hart 1967 |
//! | training mean | where numbers are predicted, the mean of the training split | |
//!
//! Distances are Euclidean, on the inputs as the network sees them. The fourth baseline, a linear model, is trained like any
//! other network and is not here; that of numbers is in [`least_squares`](super::least_squares).

use rayon::prelude::*;

use super::gap::Proportion;

/// Inputs with their labels, one row per sample.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    /// `labels.len()` rows of equal length.
    pub inputs: &'a [f32],
    /// The class of each row.
    pub labels: &'a [u8],
}

/// Inputs with their numbers, one row per sample.
#[derive(Clone, Copy, Debug)]
pub struct Numbered<'a> {
    /// `numbers.len()` rows of equal length.
    pub inputs: &'a [f32],
    /// The number of each row.
    pub numbers: &'a [f64],
}

impl Numbered<'_> {
    /// How many inputs a row has.
    pub(super) fn width(&self) -> usize {
        self.inputs.len() / self.numbers.len().max(1)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (&[f32], f64)> {
        self.inputs
            .chunks_exact(self.width().max(1))
            .zip(self.numbers.iter().copied())
    }
}

impl Labelled<'_> {
    fn rows(&self) -> impl Iterator<Item = (&[f32], u8)> {
        let width = (self.inputs.len() / self.labels.len().max(1)).max(1);
        self.inputs
            .chunks_exact(width)
            .zip(self.labels.iter().copied())
    }
}

/// The nearest class mean of `train` for each row of `asked`.
#[must_use]
pub fn nearest_centroid(train: Labelled, asked: Labelled, classes: usize) -> Proportion {
    let width = train.inputs.len() / train.labels.len().max(1);
    let mut sums = vec![vec![0.0_f64; width]; classes];
    let mut counts = vec![0_u64; classes];
    for (row, label) in train.rows() {
        let class = usize::from(label);
        // A label beyond the classes is nobody's centroid.
        let (Some(sum), Some(count)) = (sums.get_mut(class), counts.get_mut(class)) else {
            continue;
        };
        *count += 1;
        for (sum, &value) in sum.iter_mut().zip(row) {
            *sum += f64::from(value);
        }
    }
    let centroids: Vec<(u8, Vec<f32>)> = sums
        .into_iter()
        .zip(&counts)
        .enumerate()
        .filter(|(_, (_, count))| **count > 0)
        .map(|(class, (sum, &count))| {
            let mean = sum.iter().map(|sum| (sum / count as f64) as f32).collect();
            (class as u8, mean)
        })
        .collect();
    answer(asked, |row| {
        nearest(
            row,
            centroids
                .iter()
                .map(|(class, mean)| (mean.as_slice(), *class)),
        )
    })
}

/// The nearest row of `train` for each row of `asked`; of equally near ones the first.
#[must_use]
pub fn nearest_neighbour(train: Labelled, asked: Labelled) -> Proportion {
    answer(asked, |row| nearest(row, train.rows()))
}

/// Each squared error of answering the number of the nearest row of `train`; none where nothing trains.
#[must_use]
pub fn nearest_number(train: Numbered, asked: Numbered) -> Vec<f64> {
    let rows: Vec<_> = asked.rows().collect();
    let errors = rows.into_par_iter().filter_map(|(row, number)| {
        let answer = nearest(row, train.rows())?;
        Some((answer - number).powi(2))
    });
    errors.collect()
}

/// Each row is asked by itself, on whichever core is free.
fn answer(asked: Labelled, class_of: impl Fn(&[f32]) -> Option<u8> + Sync) -> Proportion {
    let rows: Vec<_> = asked.rows().collect();
    let right = rows
        .into_par_iter()
        .filter(|(row, label)| class_of(row) == Some(*label));
    Proportion {
        successes: right.count() as u64,
        trials: asked.labels.len() as u64,
    }
}

fn nearest<'a, Answer>(
    row: &[f32],
    candidates: impl Iterator<Item = (&'a [f32], Answer)>,
) -> Option<Answer> {
    let mut best = None;
    let mut least = f32::INFINITY;
    for (candidate, class) in candidates {
        let distance = squared_distance(row, candidate);
        if distance < least {
            least = distance;
            best = Some(class);
        }
    }
    best
}

/// Eight sums side by side, which a compiler turns into vector instructions.
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let rest: f32 = rest.map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAIN: Labelled = Labelled {
        inputs: &[0.0, 0.0, 0.0, 1.0, 4.0, 4.0, 5.0, 4.0, 0.5, 0.5],
        labels: &[0, 0, 1, 1, 1],
    };

    #[test]
    fn centroid_and_neighbour_can_differ() {
        // Class 0 has its mean at (0, 0.5), class 1 at (3.2, 2.8); (0.6, 0.6) lies beside a stray sample of class 1.
        let asked = Labelled {
            inputs: &[0.6, 0.6, 5.0, 5.0],
            labels: &[1, 1],
        };
        assert_eq!(nearest_centroid(TRAIN, asked, 2).successes, 1);
        assert_eq!(nearest_neighbour(TRAIN, asked).successes, 2);
        assert_eq!(nearest_neighbour(TRAIN, asked).trials, 2);
    }

    #[test]
    fn nothing_to_learn_from_is_never_right() {
        let nothing = Labelled {
            inputs: &[],
            labels: &[],
        };
        assert_eq!(nearest_centroid(nothing, TRAIN, 2).successes, 0);
        assert_eq!(nearest_neighbour(nothing, TRAIN).successes, 0);
        assert_eq!(nearest_neighbour(TRAIN, nothing).trials, 0);
        // A class without a sample has no centroid, and a label without a class none either.
        assert_eq!(nearest_centroid(TRAIN, TRAIN, 300).trials, 5);
        assert_eq!(nearest_centroid(TRAIN, TRAIN, 1).successes, 2);
    }

    #[test]
    fn the_nearest_number_is_answered() {
        let train = Numbered {
            inputs: &[0.0, 1.0, 5.0],
            numbers: &[2.0, 4.0, -1.0],
        };
        let asked = Numbered {
            inputs: &[0.4, 0.6, 9.0],
            numbers: &[2.0, 2.0, 2.0],
        };
        assert_eq!(nearest_number(train, asked), [0.0, 4.0, 9.0]);
        let nothing = Numbered {
            inputs: &[],
            numbers: &[],
        };
        assert_eq!(nearest_number(nothing, asked), [0.0; 0]);
    }

    #[test]
    fn long_rows_are_summed_whole() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        let b: Vec<f32> = (0..19).map(|i| (i + 1) as f32).collect();
        assert!((squared_distance(&a, &b) - 19.0).abs() < 1e-6);
    }
}
