//! The published sets that `brecha data fetch` brings, and where sources look for them when no folder is named.
//!
//! The digests are those of the files as their authors publish them. TensorFlow Datasets records the same ones
//! (`tensorflow_datasets/url_checksums`).

use std::path::{Path, PathBuf};

use super::cache;

/// A set, and where it is published.
#[derive(Debug)]
pub struct PublishedSet {
    /// That of the source.
    pub name: &'static str,
    /// Addresses of folders that hold the files. The first that answers is taken.
    pub addresses: &'static [&'static str],
    /// What is downloaded.
    pub files: &'static [PublishedFile],
    /// What is kept of it, if it is an archive.
    pub members: Option<Members>,
    /// What a configuration says to use it.
    pub source: &'static str,
}

/// A file to download.
#[derive(Clone, Copy, Debug)]
pub struct PublishedFile {
    /// On the web and on disk.
    pub name: &'static str,
    /// Its length.
    pub bytes: u64,
    /// Its digest in hexadecimal.
    pub sha256: &'static str,
}

/// What is in an archive.
#[derive(Clone, Copy, Debug)]
pub struct Members {
    /// The folder in which they lie.
    pub folder: &'static str,
    /// Their names and lengths.
    pub files: &'static [(&'static str, u64)],
}

impl PublishedSet {
    /// All files that are downloaded, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

const fn file(name: &'static str, bytes: u64, sha256: &'static str) -> PublishedFile {
    PublishedFile {
        name,
        bytes,
        sha256,
    }
}

/// Every set that can be fetched.
pub const ALL: [PublishedSet; 4] = [
    PublishedSet {
        name: "fashion-mnist",
        addresses: &[
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
        ],
        files: &[
            file(
                "train-images-idx3-ubyte.gz",
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            file(
                "train-labels-idx1-ubyte.gz",
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            file(
                "t10k-images-idx3-ubyte.gz",
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            file(
                "t10k-labels-idx1-ubyte.gz",
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ],
        members: None,
        source: "{ fashion-mnist = {} }",
    },
    PublishedSet {
        name: "mnist",
        addresses: &[
            "https://storage.googleapis.com/cvdf-datasets/mnist",
            "https://ossci-datasets.s3.amazonaws.com/mnist",
        ],
        files: &[
            file(
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            file(
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            file(
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            file(
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ],
        members: None,
        source: "{ mnist = {} }",
    },
    PublishedSet {
        name: "cifar10",
        addresses: &["https://www.cs.toronto.edu/~kriz"],
        files: &[file(
            "cifar-10-binary.tar.gz",
            170_052_171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        )],
        members: Some(Members {
            folder: "cifar-10-batches-bin",
            files: &[
                ("data_batch_1.bin", 30_730_000),
                ("data_batch_2.bin", 30_730_000),
                ("data_batch_3.bin", 30_730_000),
                ("data_batch_4.bin", 30_730_000),
                ("data_batch_5.bin", 30_730_000),
                ("test_batch.bin", 30_730_000),
            ],
        }),
        source: "{ cifar10 = {} }",
    },
    PublishedSet {
        name: "cifar100",
        addresses: &["https://www.cs.toronto.edu/~kriz"],
        files: &[file(
            "cifar-100-binary.tar.gz",
            168_513_733,
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        )],
        members: Some(Members {
            folder: "cifar-100-binary",
            files: &[("train.bin", 153_700_000), ("test.bin", 30_740_000)],
        }),
        source: "{ cifar100 = {} }",
    },
];

/// The folder in the cache in which a set is, or would be.
#[must_use]
pub fn cached(name: &str) -> Option<PathBuf> {
    Some(root()?.join(name))
}

/// The folder of all cached sets; `None` where no folder for caches is known.
#[must_use]
pub fn root() -> Option<PathBuf> {
    Some(cache::directory()?.join("data"))
}

/// Where a source looks: the folder that the configuration names, else the cache. Without either, a place that is not there.
pub(super) fn directory(name: &str, key: Option<&Path>) -> PathBuf {
    key.map(Path::to_owned)
        .or_else(|| cached(name))
        .unwrap_or_else(|| Path::new("~/.cache/brecha/data").join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_digests_and_names_are_names() {
        for set in &ALL {
            for file in set.files {
                assert_eq!(file.sha256.len(), 64, "{}", file.name);
                assert!(
                    file.sha256
                        .bytes()
                        .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                );
                assert!(!file.name.contains('/'));
            }
            assert!(set.addresses.iter().all(|address| !address.ends_with('/')));
            assert!(set.source.contains(set.name));
        }
    }

    /// What is kept of an archive is what the source reads: whole records.
    #[test]
    fn members_hold_whole_records() {
        let bytes = |name: &str| -> u64 {
            let set = ALL.iter().find(|set| set.name == name).unwrap();
            set.members.unwrap().files.iter().map(|file| file.1).sum()
        };
        assert_eq!(bytes("cifar10"), 60_000 * 3_073);
        assert_eq!(bytes("cifar100"), 60_000 * 3_074);
    }
}
