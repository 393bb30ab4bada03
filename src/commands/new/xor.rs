//! `--from xor`: the smallest problem that needs a hidden layer.

use std::path::Path;

use super::{Beginning, SEED, line, plain};

/// Draws its points, so it runs anywhere, in a fraction of a second.
pub(super) fn begin(path: &Path) -> Beginning {
    let path = plain(&path.display().to_string());
    let text = [
        "# XOR with noise: four clouds of points, of which the opposite ones belong together. No perceptron tells them apart.\n"
            .to_owned(),
        format!("# Run      brecha --config {path}\n"),
        "# Change   `units = 4` to 1 and see it fail; `noise` to 0.8 and see the gap; `tanh` to `relu`\n\n".to_owned(),
        line("seed = 42", SEED),
        line("backend = \"flex\"", "where to compute; `brecha backends` lists what works here"),
        "\n[data]\nsource = { xor = { samples = 400, noise = 0.2 } }\n".to_owned(),
        line("split = { validation = 0.5 }", "held out: it trains nothing, and shows the gap"),
        "\n[model]\nlayers = [\n".to_owned(),
        line("  { dense = { units = 4, activation = \"tanh\" } },", "four lines in the plane"),
        line("  { dense = { units = 1, activation = \"tanh\" } },", "the side of them: +1 or −1"),
        "]\n".to_owned(),
        line("loss = \"mse\"", "or \"cross-entropy\", with a last layer of `units = 2` and no activation"),
        "\n[training]\n".to_owned(),
        line("epochs = 300", "passes over the training samples"),
        line("batch-size = \"full\"", "all of them in every step, or a number"),
        line(
            "optimizer = { sgd = { learning-rate = 0.5 } }",
            "also adam, adamw, rmsprop, lion: `brecha config reference`",
        ),
    ];
    Beginning {
        text: text.concat(),
        summary: "XOR with noise, 400 points, 17 weights".to_owned(),
        notes: Vec::new(),
        data: None,
    }
}
