//! What pictures become, and that draws are what they should be.

use statrs::distribution::{Beta, ContinuousCDF};

use super::affine::Affine;
use super::resample::resample;
use super::seen::seen;
use super::*;
use crate::config::{BatchSize, DataConfig, MeasuredSamples, MixupConfig};
use crate::data::{Dataset, Split, batches};

fn configured(text: &str) -> Vec<AugmentationConfig> {
    data(&format!("'digits', augmentation = {text}")).augmentation
}

fn data(text: &str) -> DataConfig {
    let text = format!(
        "data = {{ source = {text} }}
        model = {{ layers = ['flatten'], loss = 'mse' }}
        training = {{ epochs = 1, batch-size = 9, optimizer = {{ adam = {{}} }} }}"
    );
    let loaded = crate::config::parse("test", &text, &[]);
    loaded.unwrap_or_else(|error| panic!("{error}")).config.data
}

fn image(channels: usize, height: usize, width: usize) -> SampleShape {
    SampleShape::Image {
        channels,
        height,
        width,
    }
}

fn augmentation(text: &str, shape: SampleShape) -> Augmentation {
    Augmentation::new(&configured(text), shape, 255).unwrap()
}

const VISIT: Visit = Visit { seed: 7, epoch: 3 };

fn applied(augmentation: &Augmentation, pixels: &[u8], sample: u32) -> Vec<u8> {
    let mut pixels = pixels.to_vec();
    augmentation.apply(&mut pixels, VISIT, sample, &mut Scratch::default());
    pixels
}

/// The drawings that `text` makes of the pixels, for many samples.
fn drawings(text: &str, shape: SampleShape, pixels: &[u8]) -> Vec<Vec<u8>> {
    let augmentation = augmentation(text, shape);
    let samples = 0..200;
    samples
        .map(|sample| applied(&augmentation, pixels, sample))
        .collect()
}

fn resampled(
    map: Affine,
    fill: FillConfig,
    (height, width): (usize, usize),
    pixels: &[u8],
) -> Vec<u8> {
    let mut pixels = pixels.to_vec();
    let size = Size { height, width };
    resample(&mut pixels, size, &map, fill, &mut Vec::new());
    pixels
}

#[test]
fn a_flip_mirrors_half_of_the_images_in_every_channel() {
    let pixels = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16];
    let shape = image(2, 2, 3);
    let mirrored = [3, 2, 1, 6, 5, 4, 13, 12, 11, 16, 15, 14];
    let drawn = drawings("[{ flip = {} }]", shape, &pixels);
    let count = drawn.iter().filter(|drawn| **drawn == mirrored).count();
    let same = drawn.iter().filter(|drawn| **drawn == pixels).count();
    assert_eq!(count + same, 200);
    // Four standard deviations of 7.07 around the half.
    assert!((72..=128).contains(&count), "{count}");
    let upside_down = [4, 5, 6, 1, 2, 3, 14, 15, 16, 11, 12, 13];
    let always = "[{ flip = { direction = 'vertical', probability = 1.0 } }]";
    for drawn in drawings(always, shape, &pixels) {
        assert_eq!(drawn, upside_down);
    }
    let never = "[{ flip = { probability = 0.0 } }]";
    for drawn in drawings(never, shape, &pixels) {
        assert_eq!(drawn, pixels);
    }
}

#[test]
fn shifts_are_whole_and_all_of_them_happen() {
    let pixels: Vec<u8> = (1..=20).collect();
    let mut expected: Vec<Vec<u8>> = Vec::new();
    for down in -1..=1_i32 {
        for right in -2..=2_i32 {
            let origin = |row: i32, column: i32| {
                let (row, column) = (row - down, column - right);
                let inside = (0..4).contains(&row) && (0..5).contains(&column);
                if inside {
                    pixels[(row * 5 + column) as usize]
                } else {
                    0
                }
            };
            let places = (0..4).flat_map(|row| (0..5).map(move |column| (row, column)));
            expected.push(places.map(|(row, column)| origin(row, column)).collect());
        }
    }
    let text = "[{ shift = { pixels = [1, 2] } }]";
    let mut drawn = drawings(text, image(1, 4, 5), &pixels);
    drawn.sort();
    drawn.dedup();
    expected.sort();
    // All fifteen, and nothing else: with 200 draws one is missed once in 10⁵ tests.
    assert_eq!(drawn, expected);
    // A crop without `area` is the same.
    let mut cropped = drawings("[{ crop = { padding = 1 } }]", image(1, 4, 5), &pixels);
    cropped.sort();
    cropped.dedup();
    assert_eq!(cropped.len(), 9);
    assert!(cropped.iter().all(|drawn| expected.contains(drawn)));
}

#[test]
fn what_comes_in_is_black_or_the_edge_or_the_mirror() {
    let row = [1, 2, 3, 4];
    for (fill, left, right) in [
        (FillConfig::Black, [0, 0, 0, 1], [4, 0, 0, 0]),
        (FillConfig::Edge, [1, 1, 1, 1], [4, 4, 4, 4]),
        (FillConfig::Reflect, [4, 3, 2, 1], [4, 3, 2, 1]),
    ] {
        let moved = |offset| resampled(Affine::offset([0.0, offset]), fill, (1, 4), &row);
        assert_eq!(moved(-3.0), left, "{fill:?}");
        assert_eq!(moved(3.0), right, "{fill:?}");
        // Far outside too, and for an image of one pixel.
        moved(-1000.0);
        let lone = resampled(Affine::offset([7.0, -7.0]), fill, (1, 1), &[9]);
        assert_eq!(lone, [if fill == FillConfig::Black { 0 } else { 9 }]);
    }
}

#[test]
fn turning_by_a_right_angle_is_exact_and_one_pass_with_flips() {
    // Columns become rows; the centre of a square stays.
    let quarter = Affine::about([1.0, 1.0], [[0.0, -1.0], [1.0, 0.0]]);
    let pixels: Vec<u8> = (1..=9).collect();
    for fill in [FillConfig::Black, FillConfig::Edge, FillConfig::Reflect] {
        let turned = resampled(quarter, fill, (3, 3), &pixels);
        assert_eq!(turned, [7, 4, 1, 8, 5, 2, 9, 6, 3]);
        let back = Affine::about([1.0, 1.0], [[0.0, 1.0], [-1.0, 0.0]]);
        assert_eq!(
            resampled(quarter.after(back), fill, (3, 3), &pixels),
            pixels
        );
    }
}

#[test]
fn bilinear_is_what_the_formula_says() {
    // Away from the border, any affine picture of a plane is a plane, which bilinear interpolation keeps exactly.
    let (height, width) = (21, 17);
    let plane = |y: f64, x: f64| 100.0 + 3.0 * y + 2.0 * x;
    let centre = [10.0, 8.0];
    let pixels: Vec<u8> = (0..height * width)
        .map(|at| plane((at / width) as f64, (at % width) as f64) as u8)
        .collect();
    let (sine, cosine) = 0.3_f64.sin_cos();
    let map = Affine::about(
        centre,
        [[cosine / 1.3, -sine / 1.3], [sine / 1.3, cosine / 1.3]],
    )
    .after(Affine::offset([0.37, -0.61]));
    let drawn = resampled(map, FillConfig::Black, (height, width), &pixels);
    let mut compared = 0;
    for row in 0..height {
        for column in 0..width {
            let [y, x] = map.of([row as f64, column as f64]);
            if (0.0..=20.0).contains(&y) && (0.0..=16.0).contains(&x) {
                let found = f64::from(drawn[row * width + column]);
                // Half for rounding, and weights cut to 1/256 in two directions of slope 3 and 2.
                assert!((found - plane(y, x)).abs() <= 0.5 + 5.0 / 256.0);
                compared += 1;
            }
        }
    }
    assert!(compared > 250, "{compared}");
}

#[test]
fn operations_are_carried_out_in_order_and_in_one_pass() {
    let alone = "{ shift = { pixels = 2 } }, { rotation = { degrees = 20 } }, { flip = {} }";
    let shape = image(1, 8, 8);
    let one = augmentation(&format!("[{alone}]"), shape);
    assert_eq!(one.passes.len(), 1);
    let split = augmentation(
        "[{ shift = { pixels = 2 } }, { rotation = { degrees = 20, fill = 'edge' } }, { flip = {} }]",
        shape,
    );
    assert_eq!(split.passes.len(), 2);
    // A flip first waits for who says what to fill with.
    let later = "[{ flip = {} }, { shift = { pixels = 2, fill = 'edge' } }, { cutout = { size = 2 } }, { flip = {} }]";
    assert_eq!(augmentation(later, shape).passes.len(), 3);
    // Moved, then mirrored: what was moved to the right is on the left.
    let moved = Affine::offset([0.0, -1.0]);
    let mirror = Affine::about([0.0, 1.0], [[1.0, 0.0], [0.0, -1.0]]);
    let both = resampled(mirror.after(moved), FillConfig::Black, (1, 3), &[1, 2, 3]);
    let first = resampled(moved, FillConfig::Black, (1, 3), &[1, 2, 3]);
    assert_eq!(first, [0, 1, 2]);
    assert_eq!(both, resampled(mirror, FillConfig::Black, (1, 3), &first));
    assert_eq!(both, [2, 1, 0]);
}

#[test]
fn a_crop_of_part_of_the_area_stays_inside() {
    // Without padding no black comes in; and the window is somewhere else each time.
    let pixels: Vec<u8> = (0..100).map(|at| 100 + at).collect();
    let drawn = drawings(
        "[{ crop = { area = [0.3, 0.9] } }]",
        image(1, 10, 10),
        &pixels,
    );
    let means: Vec<f64> = drawn
        .iter()
        .map(|drawn| drawn.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / 100.0)
        .collect();
    // The first and last centre lie at most half a pixel of the enlarged picture beyond the border, where black begins.
    let darkest = drawn.iter().flatten().min().copied().unwrap();
    assert!(darkest >= 70, "{darkest}");
    let spread = means
        .iter()
        .fold(0.0_f64, |most, mean| most.max((mean - 149.5).abs()));
    assert!(spread > 10.0, "{spread}");
}

#[test]
fn a_cutout_is_black_and_of_its_size_but_at_the_border() {
    let shape = image(3, 9, 7);
    let pixels = vec![200; 3 * 63];
    let drawn = drawings("[{ cutout = { size = [4, 3] } }]", shape, &pixels);
    let mut sizes = Vec::new();
    for drawn in drawn {
        let bright = |channel: &[u8]| channel.iter().map(|pixel| usize::from(*pixel) / 200).sum();
        let counts: Vec<usize> = drawn.chunks(63).map(bright).collect();
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
        assert!(drawn.iter().all(|&pixel| pixel == 0 || pixel == 200));
        sizes.push(63 - counts[0]);
    }
    assert_eq!(sizes.iter().max(), Some(&12));
    // In a corner a quarter is left: 2 of 4 rows, 2 of 3 columns.
    assert_eq!(sizes.iter().min(), Some(&4));
}

#[test]
fn brightness_and_contrast_round_and_stay_in_range() {
    let shape = image(1, 1, 4);
    let fixed = |text: &str, largest, pixels: &[u8]| {
        let augmentation = Augmentation::new(&configured(text), shape, largest).unwrap();
        applied(&augmentation, pixels, 0)
    };
    let brighter = "[{ brightness = { range = [1.5, 1.5] } }]";
    assert_eq!(fixed(brighter, 255, &[0, 1, 100, 200]), [0, 2, 150, 255]);
    assert_eq!(fixed(brighter, 16, &[0, 4, 11, 16]), [0, 6, 16, 16]);
    let flatter = "[{ contrast = { range = [0.5, 0.5] } }]";
    assert_eq!(
        fixed(flatter, 255, &[0, 100, 100, 200]),
        [50, 100, 100, 150]
    );
    let grey = "[{ contrast = { range = [0.0, 0.0] } }]";
    assert_eq!(fixed(grey, 255, &[0, 100, 100, 200]), [100; 4]);
    let same = "[{ contrast = { range = [1.0, 1.0] } }, { brightness = { range = [1.0, 1.0] } }]";
    assert_eq!(fixed(same, 255, &[0, 1, 254, 255]), [0, 1, 254, 255]);
}

#[test]
fn a_picture_is_a_function_of_seed_epoch_and_sample() {
    let text = "[{ rotation = { degrees = 90 } }, { cutout = { size = 3 } }]";
    let augmentation = augmentation(text, image(1, 12, 12));
    let pixels: Vec<u8> = (0..144).collect();
    let mut scratch = Scratch::default();
    let mut draw = |seed, epoch, sample| {
        let mut pixels = pixels.clone();
        augmentation.apply(&mut pixels, Visit { seed, epoch }, sample, &mut scratch);
        pixels
    };
    let first = draw(1, 1, 5);
    assert_eq!(first, draw(1, 1, 5));
    for other in [draw(2, 1, 5), draw(1, 2, 5), draw(1, 1, 6)] {
        assert_ne!(first, other);
    }
}

#[test]
fn a_further_operation_that_does_not_happen_moves_no_other_draw() {
    let shape = image(1, 12, 12);
    let pixels: Vec<u8> = (0..144).collect();
    let with = |probability: &str| {
        let text = format!(
            "[{{ brightness = {{ range = [0.2, 0.3], probability = {probability} }} }}, {{ cutout = {{ size = 5 }} }}]"
        );
        let drawn = applied(&augmentation(&text, shape), &pixels, 3);
        let cut: Vec<bool> = drawn.iter().map(|&pixel| pixel == 0).collect();
        cut[30..].to_vec()
    };
    assert_eq!(with("0.0"), with("1.0"));
}

#[test]
fn weights_are_beta_distributed_and_partners_a_permutation() {
    for alpha in [0.001, 0.2, 1.0, 4.0] {
        let samples = 4000;
        let mixture = Mixture::draw(alpha, samples, VISIT, 1);
        let mut partners = mixture.partners.clone();
        partners.sort_unstable();
        assert!(partners.iter().copied().eq(0..samples));
        let mut weights: Vec<f64> = mixture.weights.iter().map(|&w| f64::from(w)).collect();
        weights.sort_by(f64::total_cmp);
        assert!(weights.iter().all(|weight| (0.5..=1.0).contains(weight)));
        // The larger of w and 1 − w has the distribution function 2 F(w) − 1.
        let beta = Beta::new(alpha, alpha).unwrap();
        let distance = weights
            .iter()
            .enumerate()
            .filter(|(_, weight)| **weight < 0.9999);
        let distance = distance
            .map(|(rank, &weight)| {
                let expected = 2.0 * beta.cdf(weight) - 1.0;
                let (low, high) = (rank as f64, rank as f64 + 1.0);
                (expected - low / samples as f64)
                    .abs()
                    .max((expected - high / samples as f64).abs())
            })
            .fold(0.0, f64::max);
        // Kolmogorov's statistic exceeds 1.95/√n once in a thousand draws, and the draw is fixed.
        assert!(
            distance < 1.95 / (samples as f64).sqrt(),
            "{alpha}: {distance}"
        );
    }
    let one = Mixture::draw(0.2, 1, VISIT, 1);
    assert_eq!(one.partners, [0]);
    assert_ne!(
        Mixture::draw(1.0, 9, VISIT, 1),
        Mixture::draw(1.0, 9, VISIT, 2)
    );
}

#[test]
#[expect(clippy::float_cmp, reason = "halves and quarters are exact")]
fn mixing_takes_unmixed_partners() {
    let mixture = Mixture {
        partners: vec![1, 2, 0],
        weights: vec![0.75, 0.5, 1.0],
    };
    let mut inputs = [0.0, 4.0, 8.0, 0.0, 2.0, 2.0];
    mixture.mix(&mut inputs);
    assert_eq!(inputs, [2.0, 3.0, 5.0, 1.0, 2.0, 2.0]);
    mixture.mix(&mut []);
}

#[test]
fn what_does_not_fit_the_images_is_said_all_at_once() {
    let text = "[{ flip = {} }, { shift = { pixels = 8 } }, { crop = { padding = 5 } }, { cutout = { size = [3, 9] } }, { mixup = {} }]";
    let messages = |shape| -> Vec<String> {
        let problems = Augmentation::new(&configured(text), shape, 16).unwrap_err();
        let line = |problem: Problem| format!("{} [{}]", problem.message, problem.hint.unwrap());
        problems.into_iter().map(line).collect()
    };
    insta::assert_snapshot!(messages(image(1, 8, 5)).join("\n"));
    insta::assert_snapshot!(messages(SampleShape::Vector { features: 4 }).join("\n"));
    let mixup = AugmentationConfig::Mixup(MixupConfig { alpha: 0.2 });
    let vectors = SampleShape::Vector { features: 4 };
    let augmentation = Augmentation::new(&[mixup], vectors, 255).unwrap();
    assert!(!augmentation.is_none() && !augmentation.changes_samples());
}

/// The steps of an epoch with this batch size, sample by sample in the order of the training split.
fn epoch(dataset: &Dataset, augmentation: &Augmentation, size: usize) -> Vec<Vec<f32>> {
    let train = dataset.indices(Split::Train);
    let order = batches::order(train, VISIT.seed, VISIT.epoch);
    let mut inputs = vec![Vec::new(); train.len()];
    for (index, indices) in order.chunks(size).enumerate() {
        let (batch, _) = dataset
            .training_batch(indices, augmentation, VISIT, index + 1)
            .unwrap();
        for (sample, input) in indices
            .iter()
            .zip(batch.inputs.chunks(dataset.shape().len()))
        {
            inputs[train.binary_search(sample).unwrap()] = input.to_vec();
        }
    }
    inputs
}

#[test]
fn a_step_sees_what_the_preview_shows_whatever_the_batch_size() {
    let text = "[{ rotation = { degrees = 30 } }, { cutout = { size = 3 } }]";
    let mixed =
        "[{ rotation = { degrees = 30 } }, { cutout = { size = 3 } }, { mixup = { alpha = 1.0 } }]";
    let config = data("'digits', split = { training-samples = 100 }");
    let dataset = Dataset::load(&config, MeasuredSamples::All, 1).unwrap();
    let train = dataset.indices(Split::Train);
    let new = |text| Augmentation::new(&configured(text), dataset.shape(), 16).unwrap();
    let alone = new(text);
    let steps = epoch(&dataset, &alone, 7);
    assert_eq!(steps, epoch(&dataset, &alone, 100));
    let unchanged = epoch(&dataset, &Augmentation::none(), 7);
    assert_eq!(unchanged.concat(), dataset.batch(train).unwrap().inputs);
    assert_ne!(steps, unchanged);
    for (augmentation, size) in [(alone, 7), (new(mixed), 7), (new(mixed), 100)] {
        let steps = epoch(&dataset, &augmentation, size);
        let shown = seen(
            &dataset,
            &augmentation,
            BatchSize::Samples(size),
            VISIT,
            train,
        )
        .unwrap()
        .unwrap();
        for (step, shown) in steps.iter().flatten().zip(shown.iter().flatten()) {
            // 16 shades, the mixed ones rounded.
            assert!((16.0 * step - f32::from(*shown)).abs() < 0.501);
        }
    }
}
