//! Ranges of the sources. What is in their files is checked by those who read them.

use super::super::schema::{
    BlobsConfig, CloudConfig, CornersConfig, CsvConfig, IdxConfig, ImageFolderConfig, SourceConfig,
};
use super::Checks;

pub(super) fn check(source: &SourceConfig, checks: &mut Checks) {
    match source {
        SourceConfig::Xor(corners) => check_corners(corners, "data.source.xor", checks),
        SourceConfig::And(corners) => check_corners(corners, "data.source.and", checks),
        SourceConfig::Or(corners) => check_corners(corners, "data.source.or", checks),
        SourceConfig::Circle(cloud) => check_cloud(cloud, "data.source.circle", checks),
        SourceConfig::Moons(cloud) => check_cloud(cloud, "data.source.moons", checks),
        SourceConfig::Spirals(cloud) => check_cloud(cloud, "data.source.spirals", checks),
        SourceConfig::Blobs(BlobsConfig {
            samples,
            classes,
            noise,
        }) => {
            checks.at_least(1, "data.source.blobs.samples", *samples);
            checks.at_least(2, "data.source.blobs.classes", *classes);
            checks.not_negative("data.source.blobs.noise", *noise);
        }
        SourceConfig::Sine(sine) => {
            // Two of them make a variance.
            checks.at_least(2, "data.source.sine.samples", sine.samples);
            checks.not_negative("data.source.sine.noise", sine.noise);
        }
        SourceConfig::Idx(idx) => check_idx(idx, checks),
        SourceConfig::Csv(csv) => check_csv(csv, checks),
        SourceConfig::ImageFolder(folder) => check_image_folder(folder, checks),
        SourceConfig::Digits
        | SourceConfig::FashionMnist12k
        | SourceConfig::FashionMnist(_)
        | SourceConfig::Mnist(_)
        | SourceConfig::Cifar10(_)
        | SourceConfig::Cifar100(_) => {}
    }
}

fn check_corners(corners: &CornersConfig, key: &str, checks: &mut Checks) {
    let noise_key = format!("{key}.noise");
    checks.not_negative(&noise_key, corners.noise);
    match corners.samples {
        // One for each corner.
        Some(samples) => checks.at_least(4, &format!("{key}.samples"), samples),
        None if corners.noise > 0.0 => {
            let noise = corners.noise;
            checks.add(
                &noise_key,
                format!("`{noise_key}` is {noise:?}, but the four exact points have no noise"),
            );
            checks.hint("add, for example, `samples = 400`");
        }
        None => {}
    }
}

fn check_cloud(cloud: &CloudConfig, key: &str, checks: &mut Checks) {
    checks.at_least(1, &format!("{key}.samples"), cloud.samples);
    checks.not_negative(&format!("{key}.noise"), cloud.noise);
}

fn check_idx(idx: &IdxConfig, checks: &mut Checks) {
    let (present, missing) = match (&idx.test_images, &idx.test_labels) {
        (Some(_), None) => ("test-images", "test-labels"),
        (None, Some(_)) => ("test-labels", "test-images"),
        _ => return,
    };
    let key = format!("data.source.idx.{present}");
    checks.add(&key, format!("`{present}` is given without `{missing}`"));
    checks.hint(&format!("add `{missing}`, or remove `{present}`"));
}

fn check_csv(csv: &CsvConfig, checks: &mut Checks) {
    let (answer, what) = match (&csv.label, &csv.target) {
        (Some(label), None) => (label, "label"),
        (None, Some(target)) => (target, "target"),
        (Some(label), Some(target)) => {
            checks.add(
                "data.source.csv.target",
                format!("`csv` has both `label` (`{label}`) and `target` (`{target}`), but samples have one answer"),
            );
            checks.hint(
                "keep `label` for classes to be told apart, or `target` for a number to be predicted",
            );
            return;
        }
        (None, None) => {
            checks.add(
                "data.source.csv",
                "`csv` has neither `label` nor `target`: which column is the answer?".to_owned(),
            );
            checks.hint(
                "add, for example, `label = \"class\"` for classes to be told apart, or `target = \"price\"` for a number to \
                 be predicted",
            );
            return;
        }
    };
    for (key, names) in [("ignore", &csv.ignore), ("categorical", &csv.categorical)] {
        // A label is categorical anyway, and saying so does no harm.
        if names.contains(answer) && (key == "ignore" || what == "target") {
            checks.add(
                &format!("data.source.csv.{key}"),
                format!("`{key}` names `{answer}`, the {what}"),
            );
            checks.hint(&format!(
                "the network never sees the {what}: leave it out of `{key}`"
            ));
        }
    }
}

fn check_image_folder(folder: &ImageFolderConfig, checks: &mut Checks) {
    const KEY: &str = "data.source.image-folder";
    // A picture of 64 million pixels is the largest that is decoded.
    const LARGEST_SIDE: usize = 8192;
    if let Some(resize) = folder.resize {
        let sides = resize.sides();
        checks.require(
            sides.iter().all(|side| (1..=LARGEST_SIDE).contains(side)),
            &format!("{KEY}.resize"),
            sides,
            &format!("1 to {LARGEST_SIDE} in both directions"),
        );
    }
    let channels = folder.channels;
    let key = format!("{KEY}.channels");
    checks.require([1, 3].contains(&channels), &key, channels, "1 or 3");
}
