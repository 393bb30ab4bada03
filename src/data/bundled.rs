//! Data inside the program, so that image networks run without a download: the optical digits, and 12,000 images of
//! Fashion-MNIST. `bundled/README.md` says where each file comes from, under which licence, and how to make it again.

use flate2::read::GzDecoder;

use super::error::DataError;
use super::samples::{RawData, SampleShape, Samples, Values};
use super::{fashion_mnist, idx, idx_source};

const DIGITS_FILE: &str = "digits.csv.gz";
const DIGITS: &[u8] = include_bytes!("bundled/digits.csv.gz");

const TRAIN_IMAGES: &[u8] = include_bytes!("bundled/fashion-mnist-12k-train-images-idx3-ubyte.gz");
const TRAIN_LABELS: &[u8] = include_bytes!("bundled/fashion-mnist-12k-train-labels-idx1-ubyte.gz");
const TEST_IMAGES: &[u8] = include_bytes!("bundled/fashion-mnist-12k-t10k-images-idx3-ubyte.gz");
const TEST_LABELS: &[u8] = include_bytes!("bundled/fashion-mnist-12k-t10k-labels-idx1-ubyte.gz");

/// The 1,797 optical digits of 8 × 8 pixels with values 0 to 16 (Alpaydin and Kaynak 1998). No official test set: it is
/// the test part of a larger collection already.
///
/// # Errors
///
/// Only if the file inside the program is damaged.
pub fn digits() -> Result<RawData, DataError> {
    let shape = SampleShape::Image {
        channels: 1,
        height: 8,
        width: 8,
    };
    let (values, labels) = digit_table(shape.len())?;
    let values = Values::U8 {
        values,
        maximum: 16,
    };
    let samples = Samples::new("digits", shape, values, labels)?;
    let classes: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    RawData::new("digits", samples, None, classes)
}

/// Lines of pixels, then the label.
fn digit_table(pixels: usize) -> Result<(Vec<u8>, Vec<u8>), DataError> {
    let damaged = |reason: String| DataError::Bundled {
        file: DIGITS_FILE,
        reason,
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(GzDecoder::new(DIGITS));
    let mut values = Vec::new();
    let mut labels = Vec::new();
    for row in reader.deserialize::<Vec<u8>>() {
        let row = row.map_err(|error| damaged(error.to_string()))?;
        match row.split_last() {
            Some((&label, image)) if image.len() == pixels => {
                values.extend_from_slice(image);
                labels.push(label);
            }
            _ => return Err(damaged(format!("{} columns", row.len()))),
        }
    }
    Ok((values, labels))
}

/// The first 1,000 training images and the first 200 test images of each class of Fashion-MNIST. The 2,000 test images
/// are the official test set.
///
/// # Errors
///
/// Only if a file inside the program is damaged.
pub fn fashion_mnist_12k() -> Result<RawData, DataError> {
    let part = |images, labels, name: &str| {
        let images_name = format!("fashion-mnist-12k, {name} images");
        let labels_name = format!("fashion-mnist-12k, {name} labels");
        let images = idx::parse_images(images, &images_name)?;
        let labels = idx::parse_labels(labels, &labels_name)?;
        idx_source::join(images, &images_name, labels, &labels_name)
    };
    let samples = part(TRAIN_IMAGES, TRAIN_LABELS, "training")?;
    let test = part(TEST_IMAGES, TEST_LABELS, "test")?;
    let classes = fashion_mnist::class_names();
    RawData::new("fashion-mnist-12k", samples, Some(test), classes)
}

#[cfg(test)]
#[expect(clippy::print_stderr, reason = "what a test skips, it says")]
mod tests {
    use std::io::Read;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::config::FashionMnistConfig;
    use crate::data::memory::MemoryLimit;

    const README: &str = include_str!("bundled/README.md");

    const FILES: [(&str, &[u8]); 5] = [
        (DIGITS_FILE, DIGITS),
        ("fashion-mnist-12k-train-images-idx3-ubyte.gz", TRAIN_IMAGES),
        ("fashion-mnist-12k-train-labels-idx1-ubyte.gz", TRAIN_LABELS),
        ("fashion-mnist-12k-t10k-images-idx3-ubyte.gz", TEST_IMAGES),
        ("fashion-mnist-12k-t10k-labels-idx1-ubyte.gz", TEST_LABELS),
    ];

    fn sha256(bytes: &[u8]) -> String {
        let digest = Sha256::digest(bytes);
        let hexadecimal: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        hexadecimal.concat()
    }

    /// The words in backticks of the table row about `file`: its name and two digests.
    fn row(file: &str) -> Vec<&str> {
        let start = format!("| `{file}` |");
        let line = README.lines().find(|line| line.starts_with(&start));
        line.unwrap_or_else(|| panic!("no row about {file}"))
            .split('`')
            .skip(1)
            .step_by(2)
            .collect()
    }

    fn counts(labels: &[u8]) -> [usize; 10] {
        let mut counts = [0; 10];
        for &label in labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }

    #[test]
    fn the_readme_lists_the_digests_of_every_file() {
        for (file, bytes) in FILES {
            let mut content = Vec::new();
            GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
            assert_eq!(row(file), [file, &sha256(bytes), &sha256(&content)]);
        }
        let rows = README.lines().filter(|line| line.starts_with("| `"));
        assert_eq!(rows.count(), FILES.len());
    }

    #[test]
    fn the_digits_are_those_of_the_collection() {
        let data = digits().unwrap();
        assert_eq!(data.samples.shape.to_string(), "1×8×8");
        assert_eq!(data.samples.len(), 1797);
        // As `sklearn.datasets.load_digits` counts them.
        let expected = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];
        assert_eq!(counts(data.samples.targets.labels()), expected);
        let Values::U8 { values, maximum } = data.samples.values else {
            panic!("pixels are bytes");
        };
        assert_eq!(values.iter().max(), Some(&maximum));
        assert_eq!(values[..8], [0, 0, 5, 13, 9, 1, 0, 0]);
    }

    #[test]
    fn the_12k_images_are_balanced() {
        let data = fashion_mnist_12k().unwrap();
        assert_eq!(data.samples.shape.to_string(), "1×28×28");
        assert_eq!(counts(data.samples.targets.labels()), [1000; 10]);
        assert_eq!(
            counts(data.official_test.unwrap().targets.labels()),
            [200; 10]
        );
    }

    /// The rule of the README, applied by this program's own reader to the full set.
    #[test]
    fn the_12k_images_are_the_first_of_each_class() {
        let full = match fashion_mnist::load(&FashionMnistConfig::default(), MemoryLimit::NONE) {
            Ok(full) => full,
            Err(error @ DataError::FashionMnistMissing { .. }) => {
                eprintln!("skipped: {error}");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        let subset = fashion_mnist_12k().unwrap();
        assert_eq!(subset.samples, first_of_each_class(&full.samples, 1000));
        let test = first_of_each_class(&full.official_test.unwrap(), 200);
        assert_eq!(subset.official_test, Some(test));
    }

    fn first_of_each_class(samples: &Samples, per_class: usize) -> Samples {
        let Values::U8 { values, maximum } = &samples.values else {
            panic!("pixels are bytes");
        };
        let mut taken = [0; 10];
        let mut pixels = Vec::new();
        let mut labels = Vec::new();
        for (&label, image) in samples
            .targets
            .labels()
            .iter()
            .zip(values.chunks(samples.shape.len()))
        {
            let taken = &mut taken[usize::from(label)];
            if *taken < per_class {
                *taken += 1;
                labels.push(label);
                pixels.extend(image);
            }
        }
        Samples {
            shape: samples.shape,
            values: Values::U8 {
                values: pixels,
                maximum: *maximum,
            },
            targets: labels.into(),
        }
    }
}
