//! How long and in which portions so many samples train: values to begin with, not to end with.

/// Samples per step: enough steps for few samples, larger ones for many.
pub(super) fn batch_size(samples: usize) -> usize {
    match samples {
        0..200 => 16,
        200..5_000 => 32,
        _ => 64,
    }
}

/// Passes that make about `steps` steps, between `least` and `most`.
pub(super) fn epochs(samples: usize, steps: usize, (least, most): (usize, usize)) -> usize {
    let per_epoch = samples.div_ceil(batch_size(samples)).max(1);
    let passes = steps.div_ceil(per_epoch).clamp(least, most);
    // A round number, as a person would write it.
    passes.div_ceil(5) * 5
}

/// The line of the optimizer.
pub(super) fn optimizer(learning_rate: &str, path: &str) -> String {
    super::line(
        &format!("optimizer = {{ adam = {{ learning-rate = {learning_rate} }} }}"),
        &format!("`brecha find-learning-rate --config {path}` suggests one"),
    )
}

/// The line of early stopping, commented out.
pub(super) fn early_stopping(patience: usize) -> String {
    super::line(
        &format!("# early-stopping = {{ patience = {patience} }}"),
        "ends when validation loss has not fallen for so many epochs",
    )
}

/// The line of the split: what the data does not bring itself, divided so (`by class`).
pub(super) fn split(samples: usize, (validation, test): (bool, bool), how: &str) -> String {
    let code = match (validation, test) {
        (true, true) => {
            return "# The data brings validation and test itself: there is nothing to split.\n"
                .to_owned();
        }
        // A fifth of so few would be next to nothing.
        (false, false) if samples < 25 => "split = { validation = 0.5 }",
        (false, false) => "split = { validation = 0.2, test = 0.2 }",
        (false, true) => "split = { validation = 0.2 }",
        (true, false) => "split = { test = 0.2 }",
    };
    super::line(
        code,
        &format!("{how}: validation chooses the best epoch, a test split chooses nothing"),
    )
}
