//! Tables from text to numbers.

use std::fs;
use std::sync::Mutex;

use tempfile::TempDir;

use super::*;
use crate::data::preparation::Feature;
use crate::data::samples::Values;
use crate::data::targets::Meaning;

fn config(folder: &TempDir, text: &str) -> CsvConfig {
    let file = folder.path().join("t.csv");
    fs::write(&file, text).unwrap();
    CsvConfig {
        file,
        label: Some("kind".to_owned()),
        target: None,
        ignore: Vec::new(),
        categorical: Vec::new(),
        missing: MissingConfig::Refuse,
        delimiter: None,
        test_file: None,
    }
}

fn values(samples: &Samples) -> &[f32] {
    let Values::F32(values) = &samples.values else {
        panic!("tables hold numbers");
    };
    values
}

#[test]
fn numbers_categories_and_classes() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(
        &folder,
        "size,colour,kind\n1.5,red,b\n-2,blue,a\n3e1,red,b\n",
    );
    let data = load(&config, MemoryLimit::NONE, &()).unwrap();
    assert_eq!(data.meaning.classes(), ["a", "b"]);
    assert_eq!(data.samples.targets.labels(), [1, 0, 1]);
    assert_eq!(
        values(&data.samples),
        [1.5, 0.0, 1.0, -2.0, 1.0, 0.0, 30.0, 0.0, 1.0]
    );
    let table = data.table.unwrap();
    assert_eq!(
        table.preparation.value_names(),
        ["size", "colour=blue", "colour=red"]
    );
}

#[test]
fn numbers_may_be_categories_and_classes_are_sorted_by_size() {
    let folder = tempfile::tempdir().unwrap();
    let text = "zip,n,kind\n10,1,10\n20,2,9\n10,3,-1\n";
    let mut config = config(&folder, text);
    config.categorical = vec!["zip".to_owned()];
    let data = load(&config, MemoryLimit::NONE, &()).unwrap();
    assert_eq!(data.meaning.classes(), ["-1", "9", "10"]);
    assert_eq!(data.samples.shape.to_string(), "3 features");
    config.ignore = vec!["n".to_owned()];
    config.categorical.clear();
    assert_eq!(
        values(&load(&config, MemoryLimit::NONE, &()).unwrap().samples),
        [10.0, 20.0, 10.0]
    );
}

#[test]
fn columns_of_the_test_file_may_stand_in_another_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder, "a,b,kind\n1,2,x\n3,4,y\n");
    let test = folder.path().join("test.csv");
    fs::write(&test, "kind;b;a\ny;6;5\n").unwrap();
    config.test_file = Some(test);
    let test = load(&config, MemoryLimit::NONE, &())
        .unwrap()
        .official_test
        .unwrap();
    assert_eq!(
        (values(&test), test.targets.labels()),
        (&[5.0, 6.0][..], &[1][..])
    );
}

/// Mean and most frequent category are those of samples 0 to 2, though the others would say something else.
#[test]
fn what_is_missing_is_filled_by_the_training_split_alone() {
    let folder = tempfile::tempdir().unwrap();
    let filled = |last: &str| {
        let text = format!("n,c,kind\n1,red,x\n2,red,y\n,blue,x\n{last}\n,,y\n");
        let mut config = config(&folder, &text);
        config.missing = MissingConfig::Mean;
        let mut data = load(&config, MemoryLimit::NONE, &()).unwrap();
        let table = data.table.unwrap();
        let preparation = table.fill(&mut data.samples, &vec![0, 1, 2]).unwrap();
        let expected = [
            Feature::Number {
                name: "n".to_owned(),
                missing: Some(1.5),
            },
            Feature::Category {
                name: "c".to_owned(),
                categories: vec!["blue".to_owned(), "red".to_owned()],
                missing: Some("red".to_owned()),
            },
        ];
        assert_eq!(preparation.features, expected);
        let values = values(&data.samples);
        [&values[..9], &values[12..]].concat()
    };
    let expected = [
        [1.0, 0.0, 1.0],
        [2.0, 0.0, 1.0],
        [1.5, 1.0, 0.0],
        [1.5, 0.0, 1.0],
    ]
    .concat();
    assert_eq!(filled("3,blue,x"), expected);
    assert_eq!(filled("-1e9,blue,x"), expected);
}

#[test]
fn nothing_to_impute_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder, "n,kind\n,x\n2,y\n");
    config.missing = MissingConfig::Mean;
    let mut data = load(&config, MemoryLimit::NONE, &()).unwrap();
    let error = data.table.unwrap().fill(&mut data.samples, &vec![0]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "column `n` has no value in the 1 training samples, so that nothing can stand in for its missing values"
    );
}

#[test]
fn a_target_is_a_number_with_all_its_digits() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder, "a,price\n1,12345678.25\n2,-1e3\n3,0.1\n");
    (config.label, config.target) = (None, Some("price".to_owned()));
    let data = load(&config, MemoryLimit::NONE, &()).unwrap();
    assert_eq!(
        data.samples.targets.numbers(),
        [12_345_678.25, -1000.0, 0.1]
    );
    assert_eq!(data.meaning, Meaning::Number("price".to_owned()));
    assert_eq!(values(&data.samples), [1.0, 2.0, 3.0]);
    // A test file needs the target as well.
    let test = folder.path().join("test.csv");
    fs::write(&test, "price,a\n7.5,4\n").unwrap();
    config.test_file = Some(test.clone());
    let data = load(&config, MemoryLimit::NONE, &()).unwrap();
    assert_eq!(data.official_test.unwrap().targets.numbers(), [7.5]);
    fs::write(&test, "price,a\nhigh,4\n").unwrap();
    let error = load(&config, MemoryLimit::NONE, &())
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("line 2, column `price` is `high`, but the target has to be a number"),
        "{error}"
    );
}

#[test]
fn whoever_watches_is_told_of_the_rows() {
    struct Log(Mutex<Vec<(Counted, usize, Option<usize>)>>);
    impl Watch for Log {
        fn progress(&self, counted: Counted, done: usize, total: Option<usize>) {
            self.0.lock().unwrap().push((counted, done, total));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..2500).map(|row| ["1,a\n", "2,b\n"][row % 2]).collect();
    let config = config(&folder, &format!("size,kind\n{rows}"));
    let log = Log(Mutex::default());
    load(&config, MemoryLimit::NONE, &log).unwrap();
    let all = Some(2500);
    assert_eq!(
        *log.0.lock().unwrap(),
        [
            (Counted::RowsSeen, 1024, None),
            (Counted::RowsSeen, 2048, None),
            (Counted::Rows, 1024, all),
            (Counted::Rows, 2048, all),
        ]
    );
}
