//! Leaks of every kind, planted; and the inputs on which such a search goes wrong.

use super::*;

const SIDE: usize = 12;
const GREY: Shape = Shape::Image {
    channels: 1,
    height: SIDE,
    width: SIDE,
};

/// A picture with a texture of its own, 40 to 199.
fn picture(number: u32) -> Vec<u8> {
    (0..(SIDE * SIDE) as u32)
        .map(|pixel| texture(number * 1000 + pixel))
        .collect()
}

/// The upper bits of a multiplicative hash (Knuth, The Art of Computer Programming 3, section 6.4).
fn texture(position: u32) -> u8 {
    let mixed = position.wrapping_mul(2_654_435_761) ^ (position << 7);
    40 + (mixed.wrapping_mul(2_654_435_761) >> 16) as u8 % 160
}

fn search(shape: Shape, samples: &[Vec<u8>], labels: &[u32], splits: Splits<'_>) -> Leakage {
    let values = samples.concat();
    let samples = Samples {
        shape,
        values: Values::Bytes(&values),
        labels,
    };
    find(&samples, splits, DEFAULT_LISTED).unwrap()
}

fn pair(first: u32, second: u32) -> Pair {
    Pair { first, second }
}

#[test]
fn strangers_are_not_accused() {
    let samples: Vec<_> = (0..60).map(picture).collect();
    let positions: Vec<u32> = (0..60).collect();
    let splits = Splits {
        train: &positions[..40],
        validation: &positions[40..50],
        test: &positions[50..],
    };
    let leakage = search(GREY, &samples, &[0; 60], splits);
    let mut expected = Leakage::default();
    expected.near.searched = true;
    assert_eq!(leakage, expected);
    assert!(!leakage.has_leaks());
}

#[test]
fn exact_duplicates_of_every_kind_are_found() {
    // One letter, one input.
    let samples: Vec<_> = "abcabadceb".bytes().map(|letter| vec![letter]).collect();
    let labels = [1, 2, 3, 1, 2, 1, 4, 9, 5, 9];
    let splits = Splits {
        train: &[0, 1, 2, 3],   // a b c a
        validation: &[4, 5, 6], // b a d
        test: &[9, 8, 7],       // b e c
    };
    let leakage = search(Shape::Vector { features: 1 }, &samples, &labels, splits);
    let found = |pairs: &[Pair]| Found {
        count: pairs.len(),
        pairs: pairs.to_vec(),
    };
    assert_eq!(leakage.within.train, found(&[pair(0, 3)]));
    assert_eq!(leakage.within.validation, found(&[]));
    let across = &leakage.across;
    assert_eq!(across.train_validation, found(&[pair(0, 5), pair(1, 4)]));
    assert_eq!(across.train_test, found(&[pair(1, 9), pair(2, 7)]));
    assert_eq!(across.validation_test, found(&[pair(4, 9)]));
    assert_eq!(leakage.conflicting_labels, found(&[pair(1, 9), pair(2, 7)]));
    assert_eq!(leakage.validation_to_drop, [4, 5]);
    assert_eq!(leakage.test_to_drop, [7, 9]);
    assert!(leakage.has_exact_leaks());
    assert!(!leakage.near.searched);
}

#[test]
fn what_is_left_counts_each_input_once() {
    let samples: Vec<_> = "axxyyzz".bytes().map(|letter| vec![letter]).collect();
    let splits = Splits {
        train: &[0],
        validation: &[1, 2],
        test: &[3, 4, 5, 6],
    };
    let leakage = search(Shape::Vector { features: 1 }, &samples, &[0; 7], splits);
    assert!(!leakage.has_leaks());
    assert_eq!(leakage.within.validation.pairs, [pair(1, 2)]);
    assert_eq!(leakage.within.test.pairs, [pair(3, 4), pair(5, 6)]);
    assert_eq!(leakage.validation_to_drop, [2]);
    assert_eq!(leakage.test_to_drop, [4, 6]);
}

#[test]
fn a_sample_in_two_splits_is_its_own_duplicate() {
    let splits = Splits {
        train: &[0, 1],
        validation: &[1],
        test: &[],
    };
    let leakage = search(GREY, &[picture(1), picture(2)], &[0, 1], splits);
    assert_eq!(leakage.across.train_validation.pairs, [pair(1, 1)]);
    assert_eq!(leakage.validation_to_drop, [1]);
    assert_eq!(leakage.conflicting_labels.count, 0);
}

#[test]
fn near_duplicates_are_found_in_every_direction() {
    let mut samples: Vec<_> = (0..30).map(picture).collect();
    let brighter = |number| -> Vec<u8> {
        let pixels = picture(number).into_iter();
        pixels.map(|pixel| pixel + pixel / 20 + 5).collect()
    };
    let mut spotted = picture(3);
    spotted[70] = 255;
    let noisy = (0..).zip(picture(20)).map(|(k, pixel)| pixel + k % 2);
    samples.extend([brighter(2), spotted, noisy.collect()]);
    let positions: Vec<u32> = (0..20).collect();
    let splits = Splits {
        train: &positions,
        validation: &[20, 30],
        test: &[29, 31, 32],
    };
    let leakage = search(GREY, &samples, &[0; 33], splits);
    let partners = |found: &Found<NearPair>| -> Vec<_> {
        assert_eq!(found.count, found.pairs.len());
        let pairs = found.pairs.iter();
        pairs.map(|pair| (pair.first, pair.second)).collect()
    };
    let across = &leakage.near.across;
    assert_eq!(partners(&across.train_validation), [(2, 30)]);
    assert_eq!(partners(&across.train_test), [(3, 31)]);
    assert_eq!(partners(&across.validation_test), [(20, 32)]);
    for pair in &across.train_validation.pairs {
        assert!(pair.similarity > 0.998 && pair.similarity <= 1.0);
        assert!(pair.distance <= candidates::MAXIMUM_DISTANCE);
    }
    assert_eq!(leakage.validation_to_drop, [30]);
    assert_eq!(leakage.test_to_drop, [31, 32]);
    assert!(leakage.has_leaks() && !leakage.has_exact_leaks());
    assert_eq!(leakage.near.incomplete, 0);
}

#[test]
fn colours_count_and_floats_are_images_too() {
    let colour = Shape::Image {
        channels: 3,
        height: SIDE,
        width: SIDE,
    };
    let planes = |red, green, blue| [picture(red), picture(green), picture(blue)].concat();
    let mut brighter = planes(1, 2, 3);
    for value in &mut brighter {
        *value += 4;
    }
    // The same grey in other colours: the hashes agree, the pixels do not.
    let samples = [planes(1, 2, 3), planes(3, 1, 2), brighter];
    let splits = Splits {
        train: &[0],
        validation: &[1, 2],
        test: &[],
    };
    let leakage = search(colour, &samples, &[0; 3], splits);
    assert_eq!(leakage.validation_to_drop, [2]);
    let values: Vec<f32> = samples
        .concat()
        .into_iter()
        .map(|value| f32::from(value) / 127.5 - 1.0)
        .collect();
    let samples = Samples {
        shape: colour,
        values: Values::Floats(&values),
        labels: &[0; 3],
    };
    let floats = find(&samples, splits, DEFAULT_LISTED).unwrap();
    assert_eq!(floats.validation_to_drop, [2]);
}

#[test]
fn images_of_one_colour_are_equal_or_strangers() {
    let (black, grey) = (vec![0; 144], vec![128; 144]);
    let mut speck = black.clone();
    speck[5] = 1;
    let samples = [black.clone(), black.clone(), black, grey, speck];
    let splits = Splits {
        train: &[0, 1],
        validation: &[2, 3, 4],
        test: &[],
    };
    let leakage = search(GREY, &samples, &[0; 5], splits);
    assert_eq!(leakage.across.train_validation.pairs, [pair(0, 2)]);
    assert_eq!(leakage.near.across.count(), 0);
    assert_eq!(leakage.validation_to_drop, [2]);
}

#[test]
fn images_too_small_to_tell_apart_are_compared_exactly_only() {
    for (side, searched) in [(1, false), (3, false), (7, false), (8, true)] {
        let shape = Shape::Image {
            channels: 1,
            height: side,
            width: side,
        };
        let one: Vec<u8> = (0..(side * side) as u32).map(texture).collect();
        let near: Vec<u8> = one.iter().map(|value| value + 1).collect();
        let samples = [one.clone(), one, near];
        let splits = Splits {
            train: &[0],
            validation: &[1],
            test: &[2],
        };
        let leakage = search(shape, &samples, &[0; 3], splits);
        assert_eq!(leakage.near.searched, searched);
        assert_eq!(leakage.across.train_validation.pairs, [pair(0, 1)]);
        assert_eq!(leakage.near.across.train_test.count, usize::from(searched));
    }
}

#[test]
fn both_zeros_are_one_input() {
    let values = [
        0.0,
        1.0,
        -0.0,
        1.0,
        f32::NAN,
        1.0,
        -f32::NAN,
        1.0,
        0.0,
        -1.0,
    ];
    let samples = Samples {
        shape: Shape::Vector { features: 2 },
        values: Values::Floats(&values),
        labels: &["zero", "zero", "nan", "nan", "other"],
    };
    let splits = Splits {
        train: &[0, 2],
        validation: &[1, 3, 4],
        test: &[],
    };
    let leakage = find(&samples, splits, DEFAULT_LISTED).unwrap();
    let found = &leakage.across.train_validation;
    assert_eq!(found.pairs, [pair(0, 1), pair(2, 3)]);
    assert_eq!(leakage.conflicting_labels.count, 0);
}

#[test]
fn many_copies_are_counted_by_sample_and_listed_up_to_the_limit() {
    let samples = vec![vec![7]; 10_000];
    let labels: Vec<u32> = (0..10_000).collect();
    let positions = &labels;
    let splits = Splits {
        train: &positions[..6_000],
        validation: &positions[6_000..8_000],
        test: &positions[8_000..],
    };
    let leakage = search(Shape::Vector { features: 1 }, &samples, &labels, splits);
    assert_eq!(leakage.within.train.count, 5_999);
    assert_eq!(leakage.across.train_validation.count, 2_000);
    assert_eq!(leakage.across.train_validation.pairs.len(), DEFAULT_LISTED);
    assert_eq!(leakage.across.train_validation.pairs[0], pair(0, 6_000));
    assert_eq!(leakage.conflicting_labels.count, 9_999);
    assert_eq!(leakage.validation_to_drop, positions[6_000..8_000]);
    assert_eq!(leakage.test_to_drop, positions[8_000..]);
}

#[test]
fn a_film_takes_no_quadratic_time_and_says_so() {
    // Every frame resembles every other, and none equals another.
    let frame = |number: u32| {
        let mut pixels = picture(5);
        pixels[0] = (100 + number % 100) as u8;
        pixels[1] = (100 + number / 100) as u8;
        pixels
    };
    let samples: Vec<_> = (0..9_000).map(frame).collect();
    let positions: Vec<u32> = (0..9_000).collect();
    let splits = Splits {
        train: &positions[..8_900],
        validation: &positions[8_900..],
        test: &[],
    };
    let leakage = search(GREY, &samples, &vec![0; 9_000], splits);
    assert_eq!(leakage.near.across.train_validation.count, 100);
    assert!(leakage.near.incomplete > 0);
    assert_eq!(leakage.validation_to_drop, positions[8_900..]);
}

#[test]
fn the_answer_is_always_the_same() {
    let mut samples: Vec<_> = (0..200).map(picture).collect();
    for number in 0..200 {
        let pixels = picture(number).into_iter();
        samples.push(pixels.map(|pixel| pixel + 1).collect());
    }
    let (train, validation): (Vec<u32>, Vec<u32>) = (0..400).partition(|index| index % 3 > 0);
    let splits = Splits {
        train: &train,
        validation: &validation,
        test: &[],
    };
    let leakage = search(GREY, &samples, &[0; 400], splits);
    assert!(leakage.near.across.train_validation.count > 50);
    for _ in 0..3 {
        assert_eq!(search(GREY, &samples, &[0; 400], splits), leakage);
    }
}

#[test]
fn nothing_to_compare_is_no_leak() {
    let nothing = Splits::default();
    assert_eq!(
        search(Shape::Vector { features: 3 }, &[], &[], nothing),
        Leakage::default()
    );
    assert_eq!(search(GREY, &[], &[], nothing), Leakage::default());
    let splits = Splits {
        train: &[0, 1],
        validation: &[],
        test: &[],
    };
    let leakage = search(GREY, &[picture(1), picture(2)], &[0, 1], splits);
    assert!(!leakage.has_leaks());
    assert!(leakage.validation_to_drop.is_empty());
}

#[test]
fn numbers_that_are_no_data_set_are_refused() {
    let samples = |shape, values| Samples {
        shape,
        values,
        labels: &[0, 1],
    };
    let (none, three) = (Shape::Vector { features: 0 }, Shape::Vector { features: 3 });
    let error = find(
        &samples(three, Values::Bytes(&[1; 7])),
        Splits::default(),
        1,
    );
    let message = "7 values cannot be 2 samples of 3 values";
    assert_eq!(error.unwrap_err().to_string(), message);
    let splits = Splits {
        train: &[0],
        validation: &[1],
        test: &[2],
    };
    let error = find(&samples(three, Values::Floats(&[1.0; 6])), splits, 1);
    let message = "a split names sample 2 (counting from 0), but there are 2";
    assert_eq!(error.unwrap_err().to_string(), message);
    let huge = Shape::Image {
        channels: usize::MAX,
        height: 9,
        width: 9,
    };
    assert!(find(&samples(huge, Values::Bytes(&[])), Splits::default(), 1).is_err());
    // Samples without a value are all equal, and no reason to panic.
    let splits = Splits {
        test: &[],
        ..splits
    };
    let leakage = find(&samples(none, Values::Bytes(&[])), splits, 1).unwrap();
    assert_eq!(leakage.across.train_validation.count, 1);
    let no_channel = Shape::Image {
        channels: 0,
        height: 9,
        width: 9,
    };
    assert!(find(&samples(no_channel, Values::Floats(&[])), splits, 1).is_ok());
}

#[test]
fn values_beyond_reason_do_not_panic() {
    for strange in [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        1e-45,
    ] {
        let mut values: Vec<f32> = (0..4).flat_map(picture).map(f32::from).collect();
        values[7] = strange;
        values[150] = f32::MIN;
        for shape in [GREY, Shape::Vector { features: 144 }] {
            let samples = Samples {
                shape,
                values: Values::Floats(&values),
                labels: &[0; 4],
            };
            let splits = Splits {
                train: &[0, 1],
                validation: &[2],
                test: &[3],
            };
            assert!(find(&samples, splits, 0).is_ok());
        }
    }
    let all = vec![f32::NAN; 288];
    let samples = Samples {
        shape: GREY,
        values: Values::Floats(&all),
        labels: &[0; 2],
    };
    let splits = Splits {
        train: &[0],
        validation: &[1],
        test: &[],
    };
    let leakage = find(&samples, splits, 0).unwrap();
    assert_eq!(leakage.across.train_validation.count, 1);
}

#[test]
fn long_thin_images_are_hashed() {
    for (height, width) in [(8, 2000), (2000, 8)] {
        let shape = Shape::Image {
            channels: 1,
            height,
            width,
        };
        let one: Vec<u8> = (0..16_000).map(texture).collect();
        let other: Vec<u8> = one.iter().map(|value| value + 9).collect();
        let splits = Splits {
            train: &[0],
            validation: &[1],
            test: &[],
        };
        let leakage = search(shape, &[one, other], &[0; 2], splits);
        assert_eq!(leakage.near.across.train_validation.count, 1);
    }
}

#[test]
fn findings_are_written_as_plain_data() {
    let splits = Splits {
        train: &[0],
        validation: &[1],
        test: &[],
    };
    let leakage = search(
        Shape::Vector { features: 1 },
        &[vec![1], vec![1]],
        &[0, 1],
        splits,
    );
    let text = serde_json::to_string(&leakage).unwrap();
    assert!(
        text.contains(r#""train-validation":{"count":1,"pairs":[{"first":0,"second":1}]}"#),
        "{text}"
    );
}

/// Bytes that cannot be read from some position on.
struct Disk(Vec<u8>, usize);

impl Stored for Disk {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&self, position: usize, into: &mut [u8]) -> Result<(), Unreadable> {
        if position + into.len() > self.1 {
            return Err("the disk is broken".into());
        }
        into.copy_from_slice(&self.0[position..][..into.len()]);
        Ok(())
    }
}

#[test]
fn stored_values_are_searched_like_others_and_may_be_unreadable() {
    // Duplicates, near duplicates and strangers.
    let mut samples: Vec<_> = (0..30).map(picture).collect();
    samples.push(picture(3));
    samples.push(picture(7).iter().map(|value| value - 9).collect());
    let positions: Vec<u32> = (0..32).collect();
    let splits = Splits {
        train: &positions[..20],
        validation: &positions[20..31],
        test: &positions[31..],
    };
    let expected = search(GREY, &samples, &[0; 32], splits);
    assert!(expected.has_exact_leaks() && expected.near.across.count() == 1);
    let values = samples.concat();
    let found = |readable| {
        let disk = Disk(values.clone(), readable);
        let samples = Samples {
            shape: GREY,
            values: Values::Stored(&disk),
            labels: &[0; 32],
        };
        find(&samples, splits, DEFAULT_LISTED)
    };
    assert_eq!(found(values.len()).unwrap(), expected);
    let error = found(values.len() - 1).unwrap_err();
    assert!(matches!(error, LeakageError::Unreadable(_)));
    assert_eq!(error.to_string(), "the disk is broken");
}
