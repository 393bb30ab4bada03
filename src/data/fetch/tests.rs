//! Archives, and a folder of this machine in place of the web; `tests/fetching.rs` has the web.

use std::cell::RefCell;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::*;
use crate::data::published::Members;

const NAMES: [(&str, u64); 2] = [("one.bin", 3_000), ("two.bin", 100_000)];

/// Remembers what was read, and after how many bytes it began.
#[derive(Default)]
struct Log(RefCell<Vec<(String, u64)>>);

impl FetchWatch for Log {
    fn begins(&self, file: &PublishedFile, _: &str, kept: u64) {
        self.0.borrow_mut().push((file.name.to_owned(), kept));
    }

    fn progress(&self, _: &PublishedFile, _: u64) {}
}

fn content(name: &str) -> Vec<u8> {
    let (position, (_, bytes)) = NAMES
        .iter()
        .enumerate()
        .find(|(_, file)| file.0 == name)
        .unwrap();
    (0..*bytes)
        .map(|byte| (byte % 251) as u8 + position as u8)
        .collect()
}

/// A member of an archive: its path, kind and content.
type Member<'a> = (&'a str, EntryType, Vec<u8>);

fn good() -> Vec<Member<'static>> {
    vec![
        ("set", EntryType::Directory, Vec::new()),
        ("set/readme.html", EntryType::Regular, b"hello".to_vec()),
        ("set/one.bin", EntryType::Regular, content("one.bin")),
        ("./set/two.bin", EntryType::Regular, content("two.bin")),
        ("../two.bin", EntryType::Regular, b"outside".to_vec()),
    ]
}

fn archive(members: &[Member]) -> Vec<u8> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, kind, content) in members {
        let mut header = Header::new_gnu();
        // Set by hand: `set_path` would refuse what an attacker writes.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        if *kind == EntryType::Symlink {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, &content[..]).unwrap();
    }
    let mut encoder = builder.into_inner().unwrap();
    encoder.flush().unwrap();
    encoder.finish().unwrap()
}

/// A set of one archive, published in a folder, and an empty cache.
struct Published {
    folder: TempDir,
    set: PublishedSet,
}

impl Published {
    fn new(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("web")).unwrap();
        fs::write(folder.path().join("web/set.tar.gz"), bytes).unwrap();
        let sha256 = partial::hexadecimal(Sha256::new().chain_update(bytes));
        let file = PublishedFile {
            name: "set.tar.gz",
            bytes: bytes.len() as u64,
            sha256: sha256.leak(),
        };
        let set = PublishedSet {
            name: "toy",
            addresses: &[],
            files: vec![file].leak(),
            members: Some(Members {
                folder: "set",
                files: &NAMES,
            }),
            source: "{ toy = {} }",
        };
        Self { folder, set }
    }

    fn fetch(&self, log: &Log) -> Result<Fetched, FetchError> {
        let web = self.folder.path().join("web");
        fetch(
            &self.set,
            web.to_str(),
            &self.folder.path().join("cache"),
            log,
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("cache/toy").join(name)
    }

    /// What lies in the set's folder.
    fn listing(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

#[test]
fn expected_members_are_unpacked_checked_and_nothing_else() {
    let published = Published::new(&archive(&good()));
    let log = Log::default();
    assert!(published.fetch(&log).unwrap().downloaded);
    assert_eq!(published.listing(), [".lock", "set"]);
    for (name, _) in NAMES {
        assert_eq!(
            fs::read(published.path("set").join(name)).unwrap(),
            content(name)
        );
    }
    assert!(!published.path("set/readme.html").exists());
    assert!(!published.path("two.bin").exists());
    // `sha256sum --check` accepts the list.
    let sums = fs::read_to_string(published.path("set/SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), 2);
    assert!(
        sums.lines()
            .all(|line| line.len() == 64 + 2 + "one.bin".len())
    );

    let again = published.fetch(&log).unwrap();
    assert!(!again.downloaded && again.damaged.is_empty());
    assert_eq!(log.0.borrow().len(), 1);
}

#[test]
fn a_damaged_member_is_noticed_and_replaced() {
    let published = Published::new(&archive(&good()));
    let log = Log::default();
    published.fetch(&log).unwrap();
    let two = published.path("set/two.bin");
    let damages: [&dyn Fn(); 4] = [
        &|| {
            let mut bytes = content("two.bin");
            bytes[77_777] ^= 1;
            fs::write(&two, bytes).unwrap();
        },
        &|| fs::write(&two, &content("two.bin")[..99_999]).unwrap(),
        &|| fs::remove_file(&two).unwrap(),
        &|| fs::remove_file(published.path("set/SHA256SUMS")).unwrap(),
    ];
    for damage in damages {
        damage();
        let fetched = published.fetch(&log).unwrap();
        assert_eq!(fetched.damaged, ["set"]);
        assert_eq!(fs::read(&two).unwrap(), content("two.bin"));
    }
}

/// Stopped between download and unpacking, or in the middle of unpacking.
#[test]
fn a_whole_archive_that_lies_there_is_not_downloaded_again() {
    let bytes = archive(&good());
    let published = Published::new(&bytes);
    let log = Log::default();
    fs::create_dir_all(published.path("set.part")).unwrap();
    fs::write(published.path("set.part/one.bin"), "half").unwrap();
    fs::write(published.path("set.tar.gz"), &bytes).unwrap();
    assert!(!published.fetch(&log).unwrap().downloaded);
    assert_eq!(published.listing(), [".lock", "set"]);
    assert!(log.0.borrow().is_empty());
}

#[test]
fn archives_of_other_content_are_refused() {
    let with = |change: &dyn Fn(&mut Vec<Member>)| {
        let mut members = good();
        change(&mut members);
        archive(&members)
    };
    let whole = archive(&good());
    let cases = [
        (
            with(&|all| all[3].2.push(0)),
            "`two.bin` in it has 100001 bytes, not 100000",
        ),
        (with(&|all| drop(all.remove(2))), "`one.bin` is not in it"),
        (
            with(&|all| all.push(all[2].clone())),
            "`one.bin` is in it twice",
        ),
        (
            with(&|all| all[2] = ("set/one.bin", EntryType::Symlink, Vec::new())),
            "`one.bin` in it is no file",
        ),
        (b"no archive at all".to_vec(), "invalid gzip header"),
        (
            whole[..whole.len() / 2].to_vec(),
            "incomplete deflate stream",
        ),
    ];
    for (bytes, expected) in cases {
        let published = Published::new(&bytes);
        let error = published.fetch(&Log::default()).unwrap_err();
        assert!(matches!(error, FetchError::Archive { .. }), "{error}");
        let message = error.to_string();
        assert!(message.contains(expected), "{message}");
        assert!(!published.path("set").exists());
    }
}

/// A bomb ends at the sum of what is expected.
#[test]
fn an_archive_that_inflates_without_end_is_not_followed() {
    let bomb = archive(&[("set/other", EntryType::Regular, vec![0; 40 << 20])]);
    let published = Published::new(&bomb);
    let error = published.fetch(&Log::default()).unwrap_err();
    assert!(matches!(error, FetchError::Archive { .. }), "{error}");
}

#[test]
fn what_is_kept_is_gone_on_with_also_from_a_folder() {
    let bytes = archive(&good());
    let published = Published::new(&bytes);
    let log = Log::default();
    fs::create_dir_all(published.path("")).unwrap();
    fs::write(published.path("set.tar.gz.part"), &bytes[..500]).unwrap();
    published.fetch(&log).unwrap();
    assert_eq!(*log.0.borrow(), [("set.tar.gz".to_owned(), 500)]);
}
