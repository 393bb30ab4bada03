//! One event file: records of a length, a checksum of the length, a message and its checksum, as TensorFlow's record files have
//! them (<https://www.tensorflow.org/tutorials/load_data/tfrecord>). TensorBoard reads what is whole, and waits for the rest.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use prost::Message;

use super::super::ReportError;
use super::protobuf::{Event, Summary, Value};

/// What TensorBoard asks of a first record. Without it, an event of an earlier step than the last one takes back all between.
const VERSION: &str = "brain.Event:2";

/// TensorBoard looks for what is new every few seconds; a run of a thousand short epochs must not wait for the disk each time.
const AT_LEAST: Duration = Duration::from_secs(1);

/// Appends events.
pub(super) struct EventFile {
    writer: BufWriter<File>,
    path: PathBuf,
    /// When what there was went to the disk.
    flushed: Instant,
    /// A record, used again and again.
    record: Vec<u8>,
}

impl EventFile {
    /// Begins a file in `folder`, which is made, named after the moment as TensorBoard sorts them.
    ///
    /// # Errors
    ///
    /// It cannot be created.
    pub(super) fn create(folder: &Path) -> Result<Self, ReportError> {
        fs::create_dir_all(folder).map_err(ReportError::io("create", folder))?;
        let now = wall_time();
        // TensorFlow has the computer's name at the end, which is nobody's business.
        let path = folder.join(format!("events.out.tfevents.{:010}.brecha", now as u64));
        let file = File::create_new(&path).map_err(ReportError::io("create", &path))?;
        let mut file = Self::of(file, path);
        file.write(&Event {
            wall_time: now,
            file_version: Some(VERSION.to_owned()),
            ..Event::default()
        })?;
        file.flush()?;
        Ok(file)
    }

    /// Goes on with the file of `folder`; `None` where there is none.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub(super) fn append_to(folder: &Path) -> Result<Option<Self>, ReportError> {
        let Ok(entries) = fs::read_dir(folder) else {
            return Ok(None);
        };
        let files = entries.flatten().map(|entry| entry.path());
        let Some(path) = files.filter(|path| is_event_file(path)).max() else {
            return Ok(None);
        };
        let file = OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(ReportError::io("write", &path))?;
        Ok(Some(Self::of(file, path)))
    }

    fn of(file: File, path: PathBuf) -> Self {
        Self {
            writer: BufWriter::with_capacity(1 << 16, file),
            path,
            flushed: Instant::now(),
            record: Vec::new(),
        }
    }

    /// Appends what is known behind an epoch; it is on the disk a second later, or when the file is dropped.
    ///
    /// # Errors
    ///
    /// The disk is full, or the folder is gone.
    pub(super) fn append(&mut self, epoch: usize, values: Vec<Value>) -> Result<(), ReportError> {
        self.write(&Event {
            wall_time: wall_time(),
            step: i64::try_from(epoch).unwrap_or(i64::MAX),
            summary: Some(Summary { value: values }),
            file_version: None,
        })?;
        if self.flushed.elapsed() >= AT_LEAST {
            self.flush()?;
        }
        Ok(())
    }

    /// Sends to the disk what is not there yet.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub(super) fn flush(&mut self) -> Result<(), ReportError> {
        self.flushed = Instant::now();
        self.writer
            .flush()
            .map_err(ReportError::io("write", &self.path))
    }

    fn write(&mut self, event: &Event) -> Result<(), ReportError> {
        frame(event, &mut self.record);
        self.writer
            .write_all(&self.record)
            .map_err(ReportError::io("write", &self.path))
    }
}

fn is_event_file(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().contains(".tfevents."))
}

/// `record` becomes that of `event`.
fn frame(event: &Event, record: &mut Vec<u8>) {
    let length = (event.encoded_len() as u64).to_le_bytes();
    record.clear();
    record.extend(length);
    record.extend(masked_checksum(&length).to_le_bytes());
    let message = record.len();
    event.encode_raw(record);
    let checksum = masked_checksum(&record[message..]);
    record.extend(checksum.to_le_bytes());
}

/// CRC-32C, turned and shifted so that a checksum over data with checksums in it stays a good one.
fn masked_checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

/// Seconds since 1970.
pub(super) fn wall_time() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_castagnoli_s() {
        // RFC 3720, section B.4.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        let ascending: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c::crc32c(&ascending), 0x46dd_794e);
    }

    #[test]
    fn records_are_framed_and_a_file_goes_on() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let folder = folder.path().join("tensorboard/train");
        assert!(EventFile::append_to(&folder)?.is_none());
        let mut file = EventFile::create(&folder)?;
        file.append(1, Vec::new())?;
        let path = file.path.clone();
        let begun = fs::read(&path)?.len();
        drop(file);
        let Some(mut again) = EventFile::append_to(&folder)? else {
            return Err("no file".into());
        };
        again.append(300, Vec::new())?;
        drop(again);

        let bytes = fs::read(&path)?;
        assert!(bytes.len() > begun);
        let (mut place, mut steps) = (0, Vec::new());
        while place < bytes.len() {
            let number = |place: usize| bytes[place..place + 4].try_into().map(u32::from_le_bytes);
            let length = number(place)? as usize;
            assert_eq!(
                number(place + 8)?,
                masked_checksum(&bytes[place..place + 8])
            );
            let message = &bytes[place + 12..place + 12 + length];
            assert_eq!(number(place + 12 + length)?, masked_checksum(message));
            let event = Event::decode(message)?;
            assert!(event.wall_time > 1.7e9);
            assert_eq!(event.file_version.is_some(), place == 0);
            steps.push(event.step);
            place += 16 + length;
        }
        assert_eq!(steps, [0, 1, 300]);
        Ok(())
    }
}
