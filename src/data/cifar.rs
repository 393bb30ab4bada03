//! The sources `cifar10` and `cifar100`: colour photographs of 32 × 32 pixels (Krizhevsky 2009), from the files of the
//! "binary version" that their author publishes.
//!
//! A file is a list of records without a header: the label (of CIFAR-100 the coarse label, then the fine one), then 1,024
//! bytes of red, as many of green and of blue, row by row. The 10,000 test images stay the test set.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::file;
use super::published;
use super::samples::{RawData, SampleShape, Samples, Values};
use crate::config::{Cifar100Config, CifarLabelsConfig, DirectoryConfig};

const SHAPE: SampleShape = SampleShape::Image {
    channels: 3,
    height: 32,
    width: 32,
};

/// No file of the set is larger: CIFAR-100's training file has 50,000 records of 3,074 bytes.
const LARGEST_FILE: u64 = 1 << 28;

const CLASSES_10: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

const COARSE: &str = "aquatic mammals,fish,flowers,food containers,fruit and vegetables,household electrical devices,\
household furniture,insects,large carnivores,large man-made outdoor things,large natural outdoor scenes,\
large omnivores and herbivores,medium-sized mammals,non-insect invertebrates,people,reptiles,small mammals,trees,\
vehicles 1,vehicles 2";

const FINE: &str = "apple,aquarium fish,baby,bear,beaver,bed,bee,beetle,bicycle,bottle,bowl,boy,bridge,bus,butterfly,camel,\
can,castle,caterpillar,cattle,chair,chimpanzee,clock,cloud,cockroach,couch,crab,crocodile,cup,dinosaur,dolphin,elephant,\
flatfish,forest,fox,girl,hamster,house,kangaroo,keyboard,lamp,lawn mower,leopard,lion,lizard,lobster,man,maple tree,\
motorcycle,mountain,mouse,mushroom,oak tree,orange,orchid,otter,palm tree,pear,pickup truck,pine tree,plain,plate,poppy,\
porcupine,possum,rabbit,raccoon,ray,road,rocket,rose,sea,seal,shark,shrew,skunk,skyscraper,snail,snake,spider,squirrel,\
streetcar,sunflower,sweet pepper,table,tank,telephone,television,tiger,tractor,train,trout,tulip,turtle,wardrobe,whale,\
willow tree,wolf,woman,worm";

/// Reads CIFAR-10: five training files and one of test images.
///
/// # Errors
///
/// When a file is missing or not what it should be.
pub fn load_10(config: &DirectoryConfig) -> Result<RawData, DataError> {
    let train: Vec<String> = (1..=5)
        .map(|part| format!("data_batch_{part}.bin"))
        .collect();
    let layout = Layout {
        name: "cifar10",
        labels: 1,
        which: 0,
    };
    let classes = CLASSES_10.map(str::to_owned).to_vec();
    let train: Vec<&str> = train.iter().map(String::as_str).collect();
    layout.load(
        config.directory.as_deref(),
        "cifar-10-batches-bin",
        &train,
        "test_batch.bin",
        classes,
    )
}

/// Reads CIFAR-100, with the 100 fine or the 20 coarse labels.
///
/// # Errors
///
/// When a file is missing or not what it should be.
pub fn load_100(config: &Cifar100Config) -> Result<RawData, DataError> {
    let (which, classes) = match config.labels {
        CifarLabelsConfig::Coarse => (0, COARSE),
        CifarLabelsConfig::Fine => (1, FINE),
    };
    let layout = Layout {
        name: "cifar100",
        labels: 2,
        which,
    };
    let classes = classes.split(',').map(str::to_owned).collect();
    layout.load(
        config.directory.as_deref(),
        "cifar-100-binary",
        &["train.bin"],
        "test.bin",
        classes,
    )
}

/// How a record begins.
struct Layout {
    name: &'static str,
    /// Bytes of labels.
    labels: usize,
    /// The one that counts.
    which: usize,
}

impl Layout {
    fn load(
        &self,
        named: Option<&Path>,
        inner: &str,
        train: &[&str],
        test: &str,
        classes: Vec<String>,
    ) -> Result<RawData, DataError> {
        let mut directory = published::directory(self.name, named);
        if directory.join(inner).is_dir() {
            directory.push(inner);
        }
        let missing: Vec<String> = train
            .iter()
            .chain([&test])
            .filter(|name| !directory.join(name).try_exists().unwrap_or(true))
            .map(|name| format!("`{name}`"))
            .collect();
        if !missing.is_empty() {
            return Err(DataError::SetMissing {
                name: self.name,
                directory: directory.display().to_string(),
                missing: missing.join(", "),
                wanted: "the binary version from https://www.cs.toronto.edu/~kriz/cifar.html, unpacked",
                named: named.is_some(),
            });
        }
        let files = |names: &[&str]| -> Vec<PathBuf> {
            names.iter().map(|name| directory.join(name)).collect()
        };
        let samples = self.read(&files(train), classes.len())?;
        let test = self.read(&files(&[test]), classes.len())?;
        RawData::new(self.name, samples, Some(test), classes)
    }

    fn read(&self, paths: &[PathBuf], classes: usize) -> Result<Samples, DataError> {
        let record = self.labels + SHAPE.len();
        let (mut labels, mut values) = (Vec::new(), Vec::new());
        for path in paths {
            let name = path.display().to_string();
            let bytes = file::content(path, LARGEST_FILE, "data_batch_1.bin")?.unwrap_or_default();
            if bytes.is_empty() || bytes.len() % record != 0 {
                return Err(DataError::Records {
                    file: name,
                    bytes: bytes.len(),
                    record,
                });
            }
            for (sample, record) in bytes.chunks_exact(record).enumerate() {
                let label = record[self.which];
                if usize::from(label) >= classes {
                    return Err(DataError::Label {
                        what: name,
                        sample,
                        label: usize::from(label),
                        classes,
                    });
                }
                labels.push(label);
                values.extend_from_slice(&record[self.labels..]);
            }
        }
        let values = Values::U8 {
            values,
            maximum: u8::MAX,
        };
        Samples::new(self.name, SHAPE, values, labels)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn there_are_as_many_names_as_classes() {
        assert_eq!(COARSE.split(',').count(), 20);
        assert_eq!(FINE.split(',').count(), 100);
        assert_eq!(FINE.split(',').nth(52), Some("oak tree"));
        assert!(FINE.split(',').is_sorted() && CLASSES_10.is_sorted());
    }

    #[test]
    fn both_labels_of_cifar_100() {
        let folder = tempfile::tempdir().unwrap();
        let record =
            |coarse, fine, red| [vec![coarse, fine], vec![red; 1024], vec![2; 2048]].concat();
        let train = [record(3, 60, 1), record(19, 99, 7)].concat();
        fs::write(folder.path().join("train.bin"), &train).unwrap();
        fs::write(folder.path().join("test.bin"), record(0, 5, 9)).unwrap();
        let load = |labels| {
            load_100(&Cifar100Config {
                directory: Some(folder.path().to_owned()),
                labels,
            })
        };
        let fine = load(CifarLabelsConfig::Fine).unwrap();
        assert_eq!(fine.samples.targets.labels(), [60, 99]);
        assert_eq!(fine.meaning.classes()[60], "plain");
        let Values::U8 { values, .. } = &fine.samples.values else {
            panic!("bytes");
        };
        assert_eq!(
            [values[0], values[1023], values[1024], values[3072]],
            [1, 1, 2, 7]
        );
        let coarse = load(CifarLabelsConfig::Coarse).unwrap();
        assert_eq!(coarse.samples.targets.labels(), [3, 19]);
        assert_eq!(coarse.official_test.unwrap().targets.labels(), [0]);

        fs::write(folder.path().join("train.bin"), &train[..4000]).unwrap();
        let error = load(CifarLabelsConfig::Fine).unwrap_err().to_string();
        assert!(
            error.ends_with("has 4000 bytes, not a whole number of records of 3074 bytes"),
            "{error}"
        );
        fs::write(folder.path().join("train.bin"), record(20, 100, 0)).unwrap();
        let error = load(CifarLabelsConfig::Coarse).unwrap_err();
        assert!(
            matches!(
                error,
                DataError::Label {
                    label: 20,
                    classes: 20,
                    ..
                }
            ),
            "{error}"
        );
    }
}
