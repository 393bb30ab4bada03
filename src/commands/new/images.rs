//! `--from images`: a folder is looked at, and the network fits the size of its images.

use std::fmt::Write as _;
use std::path::Path;

use super::schedule::{batch_size, early_stopping, epochs, optimizer, split};
use super::{Beginning, SEED, counted, line, named, plain, quoted_path};
use crate::data::image_folder::{Sizes, Survey, survey};
use crate::error::Error;

/// Larger images are brought to this side: what a CPU trains in minutes.
const LARGEST_SIDE: u32 = 64;

pub(super) fn begin(path: &Path, data: Option<&Path>) -> Result<Beginning, Error> {
    let Some(directory) = data else {
        return Ok(digits(path));
    };
    let survey = survey(directory)?;
    let directory = quoted_path(directory, path)?;
    Ok(written(path, &directory, &survey))
}

/// Rows and columns that the network gets, and whether images have to be brought to them.
fn target(sizes: Option<Sizes>) -> ((u32, u32), bool) {
    let Some(sizes) = sizes else {
        return ((LARGEST_SIDE, LARGEST_SIDE), true);
    };
    if let Some((width, height)) = sizes.common
        && width.max(height) <= LARGEST_SIDE
    {
        return ((height, width), false);
    }
    // A multiple of 8 can be halved three times.
    let side = (sizes.shorter_side / 8 * 8).clamp(8, LARGEST_SIDE);
    ((side, side), true)
}

/// Convolutions, each with twice the filters, and halvings down to about 4 × 4.
fn layers((height, width): (u32, u32), classes: usize) -> String {
    let mut side = height.min(width);
    let mut text = String::new();
    for filters in [16, 32, 64] {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  {{ conv2d = {{ filters = {filters}, kernel = 3, padding = \"same\", activation = \"relu\" }} }},"
        );
        if side < 8 {
            break;
        }
        text.push_str("  { max-pool = { size = 2 } },\n");
        side /= 2;
        if side < 8 {
            break;
        }
    }
    text.push_str("  \"flatten\",\n  { dense = { units = 64, activation = \"relu\" } },\n");
    text.push_str(&line(
        "  # { dropout = { rate = 0.3 } },",
        "against memorising",
    ));
    let last = format!("  {{ dense = {{ units = {classes} }} }},");
    text.push_str(&line(&last, "one number per class"));
    text.push_str("  \"softmax\",\n");
    text
}

fn digits(path: &Path) -> Beginning {
    let about = "Images: 1,797 handwritten digits of 8 × 8 pixels, which are inside the program, so that it runs at once.\n\
                 # Replace  `source` by `{ image-folder = { directory = \"…\", resize = [64, 64] } }`, with a folder for each class, and\n\
                 #          `units = 10` by their number; `brecha new NAME --from images --data DIRECTORY` does it for you";
    let source = "# Also inside the program: \"fashion-mnist-12k\"; `brecha data fetch` brings MNIST and CIFAR.\nsource = \"digits\"";
    let split = split(1_797, (false, false), "by class");
    Beginning {
        text: text(path, about, source, &split, (8, 8), 10, 1_200),
        summary: "1,797 digits of 8 × 8 pixels, 10 classes, inside the program".to_owned(),
        notes: Vec::new(),
        data: None,
    }
}

fn written(path: &Path, directory: &str, survey: &Survey) -> Beginning {
    let (size, resize) = target(survey.sizes);
    let (height, width) = size;
    let grey = survey.sizes.is_some_and(|sizes| sizes.grey);
    let mut options = format!("directory = {directory}");
    if resize {
        let _ = write!(options, ", resize = [{height}, {width}]");
    }
    if grey {
        options.push_str(", channels = 1");
    }
    let sizes = survey.sizes.map_or_else(String::new, |sizes| {
        let (small, large) = (sizes.smallest, sizes.largest);
        if small == large {
            format!(", {} × {} pixels", small.0, small.1)
        } else {
            format!(
                ", {} × {} to {} × {} pixels",
                small.0, small.1, large.0, large.1
            )
        }
    });
    let count = counted(survey.images(), "image");
    let classes = survey.classes.len();
    let summary = format!(
        "{count} in {classes} classes ({}){sizes}",
        named(&survey.classes)
    );
    let mut notes = Vec::new();
    if resize {
        notes.push(format!(
            "images are brought to {height} × {width} pixels: `resize` says another size, `fit = \"crop\"` keeps proportions"
        ));
    }
    if grey {
        notes.push("all images are grey: `channels = 1`".to_owned());
    }
    if survey.unusable > 0 {
        notes.push(format!(
            "no image, which refuses the run: {} (remove them, or leave them out with `corrupt = \"skip\"`)",
            counted(survey.unusable, "file")
        ));
    }
    let mut source = String::new();
    for note in &notes {
        let _ = writeln!(source, "# {note}");
    }
    let _ = write!(source, "source = {{ image-folder = {{ {options} }} }}");
    let [training, ..] = survey.parts;
    let [_, validation, test] = survey.divided;
    let split = split(training, (validation, test), "by class");
    let about = format!("Images of one's own: {summary}.");
    Beginning {
        text: text(path, &about, &source, &split, size, classes, training),
        summary,
        notes,
        data: None,
    }
}

fn text(
    path: &Path,
    about: &str,
    source: &str,
    split: &str,
    size: (u32, u32),
    classes: usize,
    training: usize,
) -> String {
    let path = plain(&path.display().to_string());
    let mut text = format!(
        "# {about}\n# Run      brecha --config {path}\n\
         # Look     brecha data describe --config {path} --contact-sheet sheet.png\n\n"
    );
    text.push_str(&line("seed = 42", SEED));
    text.push_str(&line(
        "backend = \"flex\"",
        "the CPU; \"auto\" takes a GPU where one works",
    ));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n[data]\n{source}");
    text.push_str(split);
    let _ = writeln!(text, "\n[model]\nlayers = [\n{}]", layers(size, classes));
    text.push_str("loss = \"cross-entropy\"\n\n[training]\n");
    let epochs = epochs(training, 1_000, (10, 60));
    text.push_str(&line(
        &format!("epochs = {epochs}"),
        "passes over the training samples",
    ));
    let _ = writeln!(text, "batch-size = {}", batch_size(training));
    text.push_str(&optimizer("0.001", &path));
    text.push_str(&early_stopping(5));
    text
}
