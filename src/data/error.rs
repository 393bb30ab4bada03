//! What can be wrong with data: every way in which a file, a table or a point cloud is refused.
//!
//! A message says what and where and shows both numbers; [`DataError::hint`] says what to do next. A cause (an error
//! of the operating system) is part of the message and therefore not a `source()` as well: it would be printed twice.

use std::io;

use thiserror::Error;

use super::image_folder::error::FolderError;
use super::memory::size;
use super::samples::SampleShape;
use super::split::SplitError;
use super::table::error::TableError;

/// Why the data cannot be used. The program ends with exit code 3, or 5 where the disk is to blame.
#[derive(Debug, Error)]
pub enum DataError {
    /// The operating system did not give the file.
    #[error("cannot read `{file}`: {reason}")]
    Read {
        /// The path as given.
        file: String,
        /// What the operating system said.
        reason: io::Error,
    },
    /// Values that were put on disk, because they are more than memory should hold, cannot be read back.
    #[error("cannot read back the values in `{file}`: {reason}")]
    Stored {
        /// The file.
        file: String,
        /// What the operating system said.
        reason: String,
    },
    /// More than memory may hold, of a source that is held in memory.
    #[error(
        "the values of `{what}` take {}, more than the {} of `data.memory-limit`",
        size(*bytes),
        size(*limit)
    )]
    MemoryLimit {
        /// The source.
        what: String,
        /// What they take.
        bytes: u64,
        /// What they may take.
        limit: u64,
    },
    /// More than the machine has left.
    #[error(
        "the values of `{what}` take {}, but only {} of memory are left: {limit}",
        size(*bytes),
        size(*available)
    )]
    Memory {
        /// The source.
        what: String,
        /// What they take.
        bytes: u64,
        /// What is there.
        available: u64,
        /// What sets it.
        limit: String,
    },
    /// A folder, a pipe or a device stands where a file is needed.
    #[error("cannot read `{file}`: it is {}, not a file", if *directory { "a directory" } else { "a pipe or a device" })]
    NotAFile {
        /// The path as given.
        file: String,
        /// Whether it is a directory.
        directory: bool,
        /// What a file in it may be called.
        example: &'static str,
    },
    /// The compressed stream is cut off or damaged.
    #[error("cannot decompress `{file}`: {reason} after {inflated} decompressed bytes")]
    Gzip {
        /// The path as given.
        file: String,
        /// How far it went.
        inflated: usize,
        /// What the decompressor said.
        reason: String,
    },

    /// The file ends before its sizes are known.
    #[error("`{file}` has only {found} bytes, but the header of IDX {expected} has {needed}")]
    IdxHeader {
        /// The path as given.
        file: String,
        /// `images` or `labels`.
        expected: &'static str,
        /// The bytes of the header.
        needed: u64,
        /// The bytes that are there, after decompression.
        found: u64,
    },
    /// Some other format.
    #[error(
        "`{file}` does not hold IDX {expected}: it begins with the bytes {}, not with 00 00 08 {needed:02x}",
        found.map(|byte| format!("{byte:02x}")).join(" ")
    )]
    IdxMagic {
        /// The path as given.
        file: String,
        /// `images` or `labels`.
        expected: &'static str,
        /// The first four bytes.
        found: [u8; 4],
        /// Dimensions of such a file, which its fourth byte says.
        needed: usize,
    },
    /// An IDX file of integers or floating-point numbers.
    #[error("`{file}` holds {name} (type byte 0x{found:02x}), not unsigned bytes (0x08)")]
    IdxElementType {
        /// The path as given.
        file: String,
        /// The type byte.
        found: u8,
        /// What it stands for.
        name: &'static str,
    },
    /// Labels where images are expected, or the reverse.
    #[error("`{file}` holds {found}, but {expected} are expected there")]
    IdxSwapped {
        /// The path as given.
        file: String,
        /// `images` or `labels`.
        expected: &'static str,
        /// The other one.
        found: &'static str,
    },
    /// Neither images nor labels.
    #[error("`{file}` has {found} dimensions, but IDX {expected} have {needed}")]
    IdxDimensions {
        /// The path as given.
        file: String,
        /// `images` or `labels`.
        expected: &'static str,
        /// Dimensions in the header.
        found: usize,
        /// Dimensions of such a file.
        needed: usize,
    },
    /// A size of zero.
    #[error("`{file}` is empty: its header declares {sizes} values")]
    IdxEmpty {
        /// The path as given.
        file: String,
        /// As in the header: `0 × 28 × 28`.
        sizes: String,
    },
    /// More than memory should be spent on.
    #[error("`{file}` declares {sizes} bytes, but at most {largest} are read")]
    IdxTooLarge {
        /// The path as given.
        file: String,
        /// As in the header: `60000 × 28 × 28`.
        sizes: String,
        /// The limit.
        largest: u64,
    },
    /// Fewer values than the header promises.
    #[error(
        "`{file}` declares {sizes} = {declared} bytes after its header, but only {found} follow"
    )]
    IdxTruncated {
        /// The path as given.
        file: String,
        /// As in the header: `60000 × 28 × 28`.
        sizes: String,
        /// Their product.
        declared: u64,
        /// The bytes that are there, after decompression.
        found: u64,
    },
    /// More values than the header promises.
    #[error("`{file}` declares {sizes} = {declared} bytes after its header, but {found} follow")]
    IdxTrailing {
        /// The path as given.
        file: String,
        /// As in the header: `60000 × 28 × 28`.
        sizes: String,
        /// Their product.
        declared: u64,
        /// The bytes that are there; `at least …` for a compressed file, which is not inflated further.
        found: String,
    },
    /// Not one label for each image.
    #[error("`{images}` holds {image_count} images, but `{labels}` holds {label_count} labels")]
    CountsDiffer {
        /// The path of the images.
        images: String,
        /// How many there are.
        image_count: usize,
        /// The path of the labels.
        labels: String,
        /// How many there are.
        label_count: usize,
    },
    /// Half of a test set.
    #[error("`{given}` is given without `{missing}`")]
    TestSetIncomplete {
        /// The key that is there.
        given: &'static str,
        /// The key that is not.
        missing: &'static str,
    },
    /// Not all four files are there.
    #[error(
        "cannot find Fashion-MNIST in `{directory}` ({because}): missing {missing} (with or without `.gz`)"
    )]
    FashionMnistMissing {
        /// The folder.
        directory: String,
        /// Who named it.
        because: String,
        /// The file names.
        missing: String,
    },
    /// Not all files of a published set are there.
    #[error("cannot find {name} in `{directory}`: missing {missing}")]
    SetMissing {
        /// The source.
        name: &'static str,
        /// The folder.
        directory: String,
        /// The file names.
        missing: String,
        /// What should lie there.
        wanted: &'static str,
        /// Whether the configuration names the folder.
        named: bool,
    },
    /// A file that ends in the middle of a record.
    #[error("`{file}` has {bytes} bytes, not a whole number of records of {record} bytes")]
    Records {
        /// The path as given.
        file: String,
        /// Its length, after decompression.
        bytes: usize,
        /// The length of a record.
        record: usize,
    },
    /// Data inside the program that does not parse: a defect of the program, found by its tests.
    #[error("the bundled file `{file}` is damaged: {reason}")]
    Bundled {
        /// The file's name in `src/data/bundled`.
        file: &'static str,
        /// What the reader said.
        reason: String,
    },

    /// A source with nothing in it.
    #[error("`{what}` is empty: {samples} samples of {shape}")]
    NoSamples {
        /// The source.
        what: String,
        /// How many samples.
        samples: usize,
        /// Of which shape.
        shape: SampleShape,
    },
    /// More points than memory should be spent on.
    #[error("`{what}` is asked for {samples} samples, but gives at most {largest}")]
    TooManySamples {
        /// The source.
        what: String,
        /// How many are asked for.
        samples: usize,
        /// The limit.
        largest: usize,
    },
    /// Inputs and labels do not fit together.
    #[error("`{what}` has {values} values, but {samples} samples of {shape} need {}", samples.saturating_mul(shape.len()))]
    ValueCount {
        /// The source.
        what: String,
        /// How many numbers there are.
        values: usize,
        /// How many labels there are.
        samples: usize,
        /// The shape of one sample.
        shape: SampleShape,
    },
    /// A number that no network can take.
    #[error("value {position} of sample {sample} (counting from 0) in `{what}` is {value}")]
    Value {
        /// The source.
        what: String,
        /// Which sample.
        sample: usize,
        /// Which of its values.
        position: usize,
        /// The value, and what is wrong with it.
        value: String,
    },
    /// No class, or more than a byte can number.
    #[error("`{what}` has {classes} classes, but 1 to 256 are possible")]
    ClassCount {
        /// The source.
        what: String,
        /// How many classes.
        classes: usize,
    },
    /// A label beyond the classes.
    #[error(
        "label {label} of sample {sample} (counting from 0) in `{what}` has no class: \
         there are {classes}, so the largest label is {}",
        classes.saturating_sub(1)
    )]
    Label {
        /// The source.
        what: String,
        /// Which sample.
        sample: usize,
        /// Its label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A target that is no number to calculate with.
    #[error(
        "the target `{name}` of sample {sample} (counting from 0) in `{what}` is {value}, not a finite number"
    )]
    Number {
        /// The source.
        what: String,
        /// What the number is called.
        name: String,
        /// Which sample.
        sample: usize,
        /// As found.
        value: f64,
    },
    /// Classes where numbers are expected, or the reverse.
    #[error("`{what}` answers some samples with a class and others with a number")]
    MixedTargets {
        /// The source.
        what: String,
    },
    /// A target with one value only.
    #[error(
        "the target `{name}` is {value} in all {samples} training samples, so there is nothing to learn"
    )]
    ConstantTarget {
        /// What the number is called.
        name: String,
        /// The value.
        value: f64,
        /// How many there are.
        samples: usize,
    },
    /// A target whose squares no number can hold.
    #[error(
        "the numbers of the target `{name}` are so far apart that their variance is more than a number can hold"
    )]
    TargetRange {
        /// What the number is called.
        name: String,
    },
    /// The division into training, validation and test.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A folder of images.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A test set of other inputs.
    #[error(
        "the samples of `{what}` have the shape {samples}, but those of its test set have {test}"
    )]
    ShapesDiffer {
        /// The source.
        what: String,
        /// The shape of the samples.
        samples: SampleShape,
        /// The shape of the official test set.
        test: SampleShape,
    },
}

impl DataError {
    /// Whether the disk failed, and nothing is wrong with the user's data: exit code 5.
    #[must_use]
    pub fn is_of_the_disk(&self) -> bool {
        matches!(
            self,
            Self::Stored { .. }
                | Self::Folder(FolderError::Spill { .. })
                | Self::Table(TableError::Spill { .. })
        )
    }

    /// Whether there is nothing of this name.
    #[must_use]
    pub fn is_not_there(&self) -> bool {
        matches!(self, Self::Read { reason, .. } if reason.kind() == io::ErrorKind::NotFound)
    }

    /// What to do next, where we know it: a fragment to print after `hint: `.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Read { .. } if self.is_not_there() => {
                "relative paths are relative to the configuration file"
            }
            Self::MemoryLimit { .. } => {
                "raise `data.memory-limit` if there is so much memory; an `image-folder` and a `csv` are read from disk where they are larger"
            }
            Self::Memory { .. } => {
                "use a machine with more memory, or less data; an `image-folder` and a `csv` are read from disk where they do not fit"
            }
            Self::Stored { .. } => {
                "it must not be changed while it is used; the next run decodes again what is damaged"
            }
            Self::NotAFile {
                file,
                directory: true,
                example,
            } => return Some(format!("give the file itself, such as `{file}/{example}`")),
            Self::NotAFile { .. } => "write what it gives to a file, and name that",
            Self::Gzip { .. } => "the file is incomplete or damaged: copy or download it again",
            Self::IdxHeader { .. } | Self::IdxTruncated { .. } => {
                "the file is incomplete: copy or download it again"
            }
            Self::IdxMagic {
                found: [0x1f, 0x8b, ..],
                ..
            } => "the file is compressed twice: decompress it once with `gunzip`",
            Self::IdxMagic {
                found: [b'P', b'K', ..],
                ..
            } => "this is a zip archive: unpack it, and name the file inside",
            Self::IdxMagic { .. } => {
                "the format is that of MNIST: two zero bytes, the type 08, the number of dimensions, \
                 each size in four bytes (the largest first), then the values; plain or gzip"
            }
            Self::IdxElementType { .. } => "convert the values to unsigned bytes, 0 to 255",
            Self::IdxSwapped { .. } => {
                "the paths of the images and of the labels seem to be exchanged: swap them"
            }
            Self::IdxDimensions { .. } => {
                "images are samples × rows × columns (grey only), labels are a single list"
            }
            Self::IdxTrailing { .. } => {
                "header and contents do not belong together: make the file again"
            }
            Self::CountsDiffer { .. } => {
                "one file may be of the training set (`train-…`) and the other of the test set (`t10k-…`)"
            }
            Self::TestSetIncomplete { missing, .. } => {
                return Some(format!("add `{missing}`, or remove both"));
            }
            Self::FashionMnistMissing { .. } => {
                "`brecha data fetch fashion-mnist` downloads it (on Debian or Ubuntu, `apt-get install dataset-fashion-mnist` \
                 brings it as well); or name the folder of its four files with the key `directory` or the variable \
                 `FASHION_MNIST_DIR`; or use `source = \"fashion-mnist-12k\"`, which is inside the program"
            }
            Self::SetMissing {
                name,
                wanted,
                named,
                ..
            } => return Some(where_to_find(name, wanted, *named)),
            Self::Records { .. } => {
                "the file is incomplete, or of another version of the set: copy or download it again"
            }
            Self::Split(error) => return error.hint(),
            Self::Folder(error) => return error.hint(),
            Self::Table(error) => return error.hint(),
            Self::Bundled { .. } | Self::MixedTargets { .. } => {
                "this is a defect of brecha: please report it"
            }
            Self::TooManySamples { largest, .. } => {
                return Some(format!("set `samples` to at most {largest}"));
            }
            Self::ClassCount { .. } => "labels are bytes: merge classes until at most 256 remain",
            Self::Label { .. } => {
                "labels count from 0, and every class of a test set must occur among the samples"
            }
            Self::Value { .. } => {
                "values must be finite and in range; in a drawn source, a very large `noise` makes them infinite"
            }
            Self::Number { .. } => "in a drawn source, a very large `noise` makes numbers infinite",
            Self::ConstantTarget { .. } => "name another column as `target`, or use more samples",
            Self::TargetRange { .. } => "divide the column by a power of ten",
            Self::ShapesDiffer { .. } => "training and test images must have the same size",
            Self::Read { .. }
            | Self::IdxEmpty { .. }
            | Self::IdxTooLarge { .. }
            | Self::NoSamples { .. }
            | Self::ValueCount { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// Of a published set, whose folder the configuration has `named`.
fn where_to_find(name: &str, wanted: &str, named: bool) -> String {
    if named {
        format!(
            "`directory` is the folder of {wanted}; `brecha data fetch {name}` downloads the set, which is found without \
             `directory`"
        )
    } else {
        format!(
            "`brecha data fetch {name}` downloads it; or name a folder of yours with the key `directory`: {wanted}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_fragments_that_name_the_file_and_both_numbers() {
        let error = DataError::CountsDiffer {
            images: "a.gz".to_owned(),
            image_count: 3,
            labels: "b.gz".to_owned(),
            label_count: 2,
        };
        assert_eq!(
            error.to_string(),
            "`a.gz` holds 3 images, but `b.gz` holds 2 labels"
        );
        let error = DataError::IdxMagic {
            file: "a.png".to_owned(),
            expected: "images",
            found: *b"\x89PNG",
            needed: 3,
        };
        assert_eq!(
            error.to_string(),
            "`a.png` does not hold IDX images: it begins with the bytes 89 50 4e 47, not with 00 00 08 03"
        );
    }

    #[test]
    fn hints_depend_on_what_was_found() {
        let magic = |found| DataError::IdxMagic {
            file: "a".to_owned(),
            expected: "images",
            found,
            needed: 3,
        };
        let hint = |found| magic(found).hint().unwrap();
        assert!(hint(*b"PK\x03\x04").contains("zip"));
        assert!(hint([0x1f, 0x8b, 8, 0]).contains("twice"));
        assert!(hint(*b"1,2,").contains("MNIST"));
    }
}
