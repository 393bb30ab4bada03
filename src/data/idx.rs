//! Reader of the IDX format, in which MNIST and its relatives are published: unsigned bytes, plain or gzip.
//!
//! A header may lie, so nothing is allocated on its word: a plain file must have exactly the declared length before a
//! byte of its body is read, and of a gzip file, whose length nobody knows, at most one byte more than declared is
//! inflated, into no more memory than a file of its length can fill. gzip is recognised by its first bytes, not by the name.
//! The `parse_…` functions do the same for bytes in memory.

mod header;

use std::io::{Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use self::header::Header;
use super::error::DataError;
use super::file::{GZIP_MAGIC, gzip_error, open, plain_error, read};
use super::memory::MemoryLimit;

/// Bytes that one byte of a gzip file can stand for: two bits for a copy of 258 bytes (RFC 1951, section 3.2.5).
const MOST_INFLATED: u64 = 4 * 258;

/// What such a file may be called.
const EXAMPLE: &str = "train-images-idx3-ubyte.gz";

/// Reads images: rows, columns, and all pixels, image by image and row by row.
///
/// # Errors
///
/// When the file cannot be read, is not exactly a non-empty IDX file of `samples × rows × columns` unsigned bytes, or is larger
/// than `limit`.
pub fn read_images(path: &Path, limit: MemoryLimit) -> Result<(usize, usize, Vec<u8>), DataError> {
    let (file, length) = open(path, EXAMPLE)?;
    images(file, length, &path.display().to_string(), limit)
}

/// Reads labels, one byte each.
///
/// # Errors
///
/// When the file cannot be read, or is not exactly a non-empty IDX file of one dimension of unsigned bytes.
pub fn read_labels(path: &Path) -> Result<Vec<u8>, DataError> {
    let (file, length) = open(path, EXAMPLE)?;
    labels(file, length, &path.display().to_string())
}

/// How many images a file declares, without reading them: as [`read_images`] if something is wrong that its header or its length says.
///
/// # Errors
///
/// As [`read_images`].
pub fn count_images(path: &Path, limit: MemoryLimit) -> Result<usize, DataError> {
    let Header([count, ..]) = declared::<3>(path, limit)?;
    Ok(count as usize)
}

/// Likewise of labels.
///
/// # Errors
///
/// As [`read_labels`].
pub fn count_labels(path: &Path) -> Result<usize, DataError> {
    let Header([count]) = declared::<1>(path, MemoryLimit::NONE)?;
    Ok(count as usize)
}

/// [`read_images`] for bytes in memory; `name` stands for the path in messages.
///
/// # Errors
///
/// As [`read_images`], except for reading.
pub fn parse_images(bytes: &[u8], name: &str) -> Result<(usize, usize, Vec<u8>), DataError> {
    images(bytes, bytes.len() as u64, name, MemoryLimit::NONE)
}

/// [`read_labels`] for bytes in memory; `name` stands for the path in messages.
///
/// # Errors
///
/// As [`read_labels`], except for reading.
pub fn parse_labels(bytes: &[u8], name: &str) -> Result<Vec<u8>, DataError> {
    labels(bytes, bytes.len() as u64, name)
}

fn images(
    source: impl Read,
    length: u64,
    file: &str,
    limit: MemoryLimit,
) -> Result<(usize, usize, Vec<u8>), DataError> {
    let (Header([_, rows, columns]), pixels) = decode(source, length, file, limit)?;
    // No machine that this program runs on has a `usize` below 32 bits.
    Ok((rows as usize, columns as usize, pixels))
}

fn labels(source: impl Read, length: u64, file: &str) -> Result<Vec<u8>, DataError> {
    let (Header([_]), labels) = decode(source, length, file, MemoryLimit::NONE)?;
    Ok(labels)
}

/// The header of a file.
fn declared<const D: usize>(path: &Path, limit: MemoryLimit) -> Result<Header<D>, DataError> {
    let file = path.display().to_string();
    let (mut source, length) = open(path, EXAMPLE)?;
    let mut start = Vec::new();
    let failed = |reason| plain_error(&file, reason);
    read(&mut source, GZIP_MAGIC.len() as u64, &mut start).map_err(failed)?;
    let compressed = start == GZIP_MAGIC;
    let mut whole = Cursor::new(start).chain(source);
    let mut bytes = Vec::new();
    if compressed {
        read(
            &mut MultiGzDecoder::new(whole),
            Header::<D>::LENGTH,
            &mut bytes,
        )
        .map_err(|reason| gzip_error(&file, bytes.len(), reason))?;
    } else {
        read(&mut whole, Header::<D>::LENGTH, &mut bytes).map_err(failed)?;
    }
    let header = Header::<D>::parse(&bytes, &file)?;
    limit.check(&file, header.body_length(&file)?)?;
    if !compressed {
        header.compare(length.saturating_sub(Header::<D>::LENGTH), false, &file)?;
    }
    Ok(header)
}

/// Header and body of a file whose `length` on disk is known.
fn decode<const D: usize>(
    mut source: impl Read,
    length: u64,
    file: &str,
    limit: MemoryLimit,
) -> Result<(Header<D>, Vec<u8>), DataError> {
    let mut start = Vec::new();
    read(&mut source, GZIP_MAGIC.len() as u64, &mut start)
        .map_err(|reason| plain_error(file, reason))?;
    let compressed = start == GZIP_MAGIC;
    let whole = Cursor::new(start).chain(source);
    if compressed {
        decode_gzip(MultiGzDecoder::new(whole), length, file, limit)
    } else {
        decode_plain(whole, length, file, limit)
    }
}

fn decode_plain<const D: usize>(
    mut source: impl Read,
    length: u64,
    file: &str,
    limit: MemoryLimit,
) -> Result<(Header<D>, Vec<u8>), DataError> {
    let failed = |reason| plain_error(file, reason);
    let mut bytes = Vec::new();
    read(&mut source, Header::<D>::LENGTH, &mut bytes).map_err(failed)?;
    let header = Header::<D>::parse(&bytes, file)?;
    let declared = header.body_length(file)?;
    limit.check(file, declared)?;
    header.compare(length.saturating_sub(Header::<D>::LENGTH), false, file)?;

    // The file really is that long, so its memory may be asked for at once; a refusal is an error, not an abort.
    let mut body = Vec::new();
    body.try_reserve_exact(usize::try_from(declared).unwrap_or(usize::MAX))
        .map_err(|refused| failed(refused.into()))?;
    read(&mut source, declared, &mut body).map_err(failed)?;
    // Again, in case the file was cut meanwhile.
    header.compare(body.len() as u64, false, file)?;
    Ok((header, body))
}

fn decode_gzip<const D: usize>(
    mut source: impl Read,
    length: u64,
    file: &str,
    limit: MemoryLimit,
) -> Result<(Header<D>, Vec<u8>), DataError> {
    let mut bytes = Vec::new();
    read(&mut source, Header::<D>::LENGTH, &mut bytes)
        .map_err(|reason| gzip_error(file, bytes.len(), reason))?;
    let header = Header::<D>::parse(&bytes, file)?;
    let declared = header.body_length(file)?;
    limit.check(file, declared)?;

    // One byte more than declared shows that there is more; otherwise it reaches the end and so checks the checksum.
    let possible = length.saturating_mul(MOST_INFLATED).min(declared + 1);
    let mut body = Vec::new();
    // A lie may ask for more than there is; what really arrives is told then.
    let _ = body.try_reserve_exact(usize::try_from(possible).unwrap_or(usize::MAX));
    read(&mut source, declared + 1, &mut body)
        .map_err(|reason| gzip_error(file, bytes.len() + body.len(), reason))?;
    header.compare(body.len() as u64, true, file)?;
    Ok((header, body))
}

#[cfg(test)]
#[expect(clippy::print_stderr, reason = "what a test skips, it says")]
mod tests {
    use std::fs::{self, File};
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// A file of unsigned bytes with these sizes and this body, whether they fit or not.
    fn idx(sizes: &[u32], body: &[u8]) -> Vec<u8> {
        let dimensions = u8::try_from(sizes.len()).unwrap();
        let mut bytes = vec![0, 0, 8, dimensions];
        bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
        bytes.extend(body);
        bytes
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// The message for images, the same for plain and gzip except where `gzip` says so.
    fn refused(bytes: &[u8]) -> String {
        parse_images(bytes, "x").unwrap_err().to_string()
    }

    #[test]
    fn plain_and_gzip_are_told_apart_by_their_first_bytes() {
        let plain = idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 255]);
        let expected = (1, 3, vec![1, 2, 3, 4, 5, 255]);
        assert_eq!(parse_images(&plain, "x.gz").unwrap(), expected);
        assert_eq!(parse_images(&gzip(&plain), "x").unwrap(), expected);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plain although named.gz");
        fs::write(&path, &plain).unwrap();
        assert_eq!(read_images(&path, MemoryLimit::NONE).unwrap(), expected);
        fs::write(&path, gzip(&plain)).unwrap();
        assert_eq!(read_images(&path, MemoryLimit::NONE).unwrap(), expected);
        fs::write(&path, idx(&[3], &[7, 0, 9])).unwrap();
        assert_eq!(read_labels(&path).unwrap(), [7, 0, 9]);
    }

    #[test]
    fn one_pixel_is_an_image_and_members_may_be_concatenated() {
        let one = idx(&[1, 1, 1], &[200]);
        assert_eq!(parse_images(&one, "x").unwrap(), (1, 1, vec![200]));
        // RFC 1952 allows several members, as `cat a.gz b.gz` and pigz write them.
        let (head, tail) = one.split_at(9);
        let members = [gzip(head), gzip(tail)].concat();
        assert_eq!(parse_images(&members, "x").unwrap(), (1, 1, vec![200]));
    }

    #[test]
    fn the_length_must_be_the_declared_one() {
        let short = idx(&[2, 2, 2], &[0; 7]);
        let message = "`x` declares 2 × 2 × 2 = 8 bytes after its header, but only 7 follow";
        assert_eq!(refused(&short), message);
        assert_eq!(refused(&gzip(&short)), message);
        let long = idx(&[2, 2, 2], &[0; 11]);
        let message = "`x` declares 2 × 2 × 2 = 8 bytes after its header, but 11 follow";
        assert_eq!(refused(&long), message);
        let message = "`x` declares 2 × 2 × 2 = 8 bytes after its header, but at least 9 follow";
        assert_eq!(refused(&gzip(&long)), message);
        let labels = parse_labels(&idx(&[3], &[1]), "x").unwrap_err();
        assert!(matches!(
            labels,
            DataError::IdxTruncated {
                declared: 3,
                found: 1,
                ..
            }
        ));
    }

    #[test]
    fn every_truncation_of_a_file_is_refused() {
        let plain = idx(&[2, 2, 2], &[9, 8, 7, 6, 5, 4, 3, 2]);
        let compressed = gzip(&plain);
        for whole in [plain, compressed] {
            for length in 0..whole.len() {
                assert!(parse_images(&whole[..length], "x").is_err(), "{length}");
            }
        }
    }

    #[test]
    fn a_damaged_gzip_stream_is_called_so() {
        let whole = gzip(&idx(&[2, 2, 2], &[9, 8, 7, 6, 5, 4, 3, 2]));
        let cut = &whole[..whole.len() - 9];
        assert!(matches!(
            parse_images(cut, "x").unwrap_err(),
            DataError::Gzip { .. }
        ));
        let mut wrong_checksum = whole.clone();
        let position = whole.len() - 8;
        wrong_checksum[position] ^= 1;
        let error = parse_images(&wrong_checksum, "x").unwrap_err();
        assert!(
            matches!(error, DataError::Gzip { inflated: 24, .. }),
            "{error}"
        );
        let trailing_garbage = [whole, b"garbage".to_vec()].concat();
        assert!(matches!(
            parse_images(&trailing_garbage, "x").unwrap_err(),
            DataError::Gzip { .. }
        ));
        let twice = gzip(&gzip(&idx(&[1], &[0])));
        let error = parse_images(&twice, "x").unwrap_err();
        assert!(error.hint().unwrap().contains("twice"));
    }

    /// 64 MB of zeros in 65 KB: only the declared 4 bytes and one more may be inflated.
    #[test]
    fn a_gzip_bomb_is_inflated_one_byte_too_far_and_no_further() {
        let bomb = gzip(&idx(&[1, 2, 2], &vec![0; 64 << 20]));
        let error = parse_images(&bomb, "x").unwrap_err();
        let DataError::IdxTrailing { found, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(found, "at least 5");
    }

    #[test]
    fn sizes_beyond_the_file_are_refused_before_anything_is_allocated() {
        let huge = idx(&[u32::MAX; 3], &[0; 4]);
        let message = "`x` declares 4294967295 × 4294967295 × 4294967295 bytes, \
                       but at most 8589934592 are read";
        assert_eq!(refused(&huge), message);
        assert_eq!(refused(&gzip(&huge)), message);
        // Not too large as such, but 4 GiB that are not there.
        let message = "`x` declares 4294967295 × 1 × 1 = 4294967295 bytes after its header, \
                       but only 4 follow";
        let absent = idx(&[u32::MAX, 1, 1], &[0; 4]);
        assert_eq!(refused(&absent), message);
        assert_eq!(refused(&gzip(&absent)), message);
    }

    /// A sparse file has the declared length without the disk space; its header is still refused.
    #[test]
    fn a_sparse_file_does_not_help() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        let file = File::create(&path).unwrap();
        (&file)
            .write_all(&idx(&[1 << 20, 1 << 10, 1 << 4], &[]))
            .unwrap();
        if file.set_len(16 + (1 << 34)).is_err() {
            eprintln!("skipped: this file system has no sparse files of 16 GiB");
            return;
        }
        let error = read_images(&path, MemoryLimit::NONE).unwrap_err();
        assert!(matches!(error, DataError::IdxTooLarge { .. }), "{error}");
    }

    #[test]
    fn missing_files_and_directories_have_their_own_messages() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_images(folder.path(), MemoryLimit::NONE).unwrap_err();
        assert!(error.to_string().ends_with("it is a directory, not a file"));
        assert!(error.hint().unwrap().contains("give the file itself"));
        let error = read_labels(&folder.path().join("absent")).unwrap_err();
        assert!(
            error.to_string().starts_with("cannot read `")
                && error.hint().unwrap().contains("relative")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_read() {
        let error = read_images(Path::new("/dev/zero"), MemoryLimit::NONE).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read `/dev/zero`: it is a pipe or a device, not a file"
        );
    }
}
