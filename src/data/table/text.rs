//! Delimited text of any length, row by row: UTF-8, one row in memory.
//!
//! Cells are trimmed of blanks; empty lines are skipped.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::delimiter::Sniffer;
use super::error::TableError;
use crate::data::error::DataError;
use crate::data::file::Content;

/// A longer row is no row: a quote that is not closed would take the rest of a file of any size into memory.
const LONGEST_ROW: usize = 1 << 26;

/// So much is read at once.
const CHUNK: usize = 1 << 16;

/// The mark that some programs of Windows put at the beginning.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// A text with the row that was read last.
pub(super) struct Text {
    file: String,
    content: Content,
    parser: Reader,
    /// Read, but not looked at before `from`, and not there from `to` on.
    buffer: Vec<u8>,
    from: usize,
    to: usize,
    ended: bool,
    /// The line of the next byte, from 1.
    line: usize,
    /// The cells of a row, one behind the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    row: Row,
}

/// A row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The line in which it begins, from 1.
    pub(super) line: usize,
    text: String,
    ends: Vec<usize>,
    /// How many lines the quote has swallowed that is open at the end of the text, if one is.
    pub(super) unclosed: Option<usize>,
}

impl Row {
    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A cell without the blanks around it; there has to be one.
    pub(super) fn cell(&self, column: usize) -> &str {
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text[start..self.ends[column]].trim()
    }
}

impl Text {
    /// Reads as much as it takes to know the delimiter.
    pub(super) fn new(
        file: String,
        content: Content,
        delimiter: Option<u8>,
    ) -> Result<Self, DataError> {
        let mut text = Self {
            file,
            content,
            parser: Reader::new(),
            buffer: vec![0; CHUNK],
            from: 0,
            to: 0,
            ended: false,
            line: 1,
            bytes: vec![0; 1 << 10],
            ends: vec![0; 1 << 6],
            row: Row::default(),
        };
        while text.to < MARK.len() && !text.ended {
            text.fill()?;
        }
        if text.buffer[..text.to].starts_with(MARK) {
            text.from = MARK.len();
        }
        let delimiter = match delimiter {
            Some(delimiter) => delimiter,
            None => text.sniff()?,
        };
        text.parser = ReaderBuilder::new().delimiter(delimiter).build();
        Ok(text)
    }

    /// The next row.
    pub(super) fn next(&mut self) -> Result<Option<&Row>, DataError> {
        self.skip_line_ends()?;
        let start = self.line;
        let (mut read, mut quotes, mut length, mut cells) = (0, 0, 0, 0);
        loop {
            if self.from == self.to && !self.ended {
                self.fill()?;
            }
            let input = &self.buffer[self.from..self.to];
            let (result, taken, written, ended) =
                self.parser
                    .read_record(input, &mut self.bytes[length..], &mut self.ends[cells..]);
            let taken = &input[..taken];
            if let Some(zero) = taken.iter().position(|&byte| byte == 0) {
                let (file, line) = (self.file.clone(), self.line + count_lines(&taken[..zero]));
                return Err(TableError::ZeroByte { file, line }.into());
            }
            self.line += count_lines(taken);
            self.from += taken.len();
            read += taken.len();
            quotes += count(taken, b'"');
            length += written;
            cells += ended;
            if read > LONGEST_ROW {
                return Err(self.too_long(start));
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.bytes.resize(2 * self.bytes.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => break,
            }
        }
        let (bytes, ends) = (&self.bytes[..length], &self.ends[..cells]);
        let text = characters(bytes, ends).map_err(|valid| TableError::NotUtf8 {
            file: self.file.clone(),
            line: start + count_lines(&bytes[..valid]),
            byte: bytes.get(valid).copied().unwrap_or_default(),
        })?;
        let swallowed = count_lines(text.trim_ascii().as_bytes()) + 1;
        let open = quotes % 2 == 1 && swallowed > 1 && self.ended && self.from == self.to;
        self.row.line = start;
        self.row.unclosed = open.then_some(swallowed);
        self.row.text.clear();
        self.row.text.push_str(text);
        self.row.ends.clear();
        self.row.ends.extend_from_slice(ends);
        Ok(Some(&self.row))
    }

    /// Reads more, behind what is there; notices the end.
    fn fill(&mut self) -> Result<(), DataError> {
        if self.from > 0 {
            self.buffer.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
        }
        if self.to == self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        let read = self.content.read(&mut self.buffer[self.to..])?;
        self.to += read;
        self.ended = read == 0;
        Ok(())
    }

    fn skip_line_ends(&mut self) -> Result<(), DataError> {
        loop {
            let input = &self.buffer[self.from..self.to];
            let skipped = input.iter().position(|byte| !matches!(byte, b'\n' | b'\r'));
            let skipped = skipped.unwrap_or(input.len());
            self.line += count_lines(&input[..skipped]);
            self.from += skipped;
            if self.from < self.to || self.ended {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// The delimiter of the first line, which stays in the buffer.
    fn sniff(&mut self) -> Result<u8, DataError> {
        self.skip_line_ends()?;
        let mut sniffer = Sniffer::default();
        let mut seen = 0;
        loop {
            let ended = sniffer.see(&self.buffer[self.from + seen..self.to]);
            seen = self.to - self.from;
            if ended || self.ended {
                return Ok(sniffer.best());
            }
            if seen > LONGEST_ROW {
                return Err(self.too_long(self.line));
            }
            self.fill()?;
        }
    }

    fn too_long(&self, line: usize) -> DataError {
        let file = self.file.clone();
        let largest = LONGEST_ROW;
        TableError::TooLong {
            file,
            line,
            largest,
        }
        .into()
    }
}

/// Cells as text, or how many bytes are. Half a character on either side of a delimiter is none.
fn characters<'b>(bytes: &'b [u8], ends: &[usize]) -> Result<&'b str, usize> {
    let text = str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
    let between = |&&end: &&usize| !text.is_char_boundary(end);
    match ends.iter().find(between) {
        None => Ok(text),
        Some(&end) => Err(text.floor_char_boundary(end)),
    }
}

fn count_lines(bytes: &[u8]) -> usize {
    count(bytes, b'\n')
}

fn count(bytes: &[u8], wanted: u8) -> usize {
    // Ones that add up are what a compiler makes vector instructions of.
    let is_wanted = bytes.iter().map(|&byte| usize::from(byte == wanted));
    is_wanted.sum()
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::*;

    /// Gives `text` in pieces of a few bytes.
    struct Pieces(Vec<u8>, usize);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(into.len()).min(self.0.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    type Cells = (usize, Vec<String>);

    fn rows(text: &[u8], piece: usize) -> Result<Vec<Cells>, String> {
        let content = Content::plain("t", Box::new(Pieces(text.to_vec(), piece)));
        let mut rows = Vec::new();
        let mut text = Text::new("t".to_owned(), content, None).map_err(|e| e.to_string())?;
        while let Some(row) = text.next().map_err(|error| error.to_string())? {
            let cells = (0..row.len()).map(|column| row.cell(column).to_owned());
            rows.push((row.line, cells.collect()));
        }
        Ok(rows)
    }

    #[test]
    fn quotes_blanks_empty_lines_marks_and_windows_line_ends() {
        let text =
            "\u{feff}a, b ,\"c,d\"\r\n1, 2 ,\"3\"\"4\"\r\n\r\n5,6,\"7\r\n8\"\r\n9,ü\u{a0},\r\n";
        let expected = [
            (1, ["a", "b", "c,d"]),
            (2, ["1", "2", "3\"4"]),
            (4, ["5", "6", "7\r\n8"]),
            (6, ["9", "ü", ""]),
        ]
        .map(|(line, cells)| (line, cells.map(str::to_owned).to_vec()));
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(rows(text.as_bytes(), piece).unwrap(), expected);
        }
    }

    #[test]
    fn the_delimiter_is_that_of_the_first_line_that_is_not_empty() {
        for piece in [1, 1000] {
            let read = rows(b"\n\r\na|b\n1,2|3\n", piece).unwrap();
            assert_eq!(read[1], (4, vec!["1,2".to_owned(), "3".to_owned()]));
        }
    }

    #[test]
    fn what_is_no_text_is_named_with_its_line() {
        for (text, message) in [
            (
                &b"a,b\n1,\0\n"[..],
                "`t` is not text: line 2 holds a zero byte",
            ),
            (
                b"a,b\n1,\"x\ny\xe9\"\n",
                "`t` is not UTF-8: byte 0xe9 in line 3",
            ),
            // Two halves of a character, which are none.
            (b"a,b\n\xc3,\xa9\n", "`t` is not UTF-8: byte 0xc3 in line 2"),
        ] {
            for piece in [1, 1000] {
                assert_eq!(rows(text, piece).unwrap_err(), message);
            }
        }
    }

    /// As the csv crate reads the same from memory, whatever the pieces.
    #[test]
    fn any_text_is_read_as_by_the_library() {
        arbtest::arbtest(|random| {
            let mut text = String::new();
            for _ in 0..random.int_in_range(0..=40)? {
                text.push(*random.choose(&['"', ',', '\n', '\r', 'a', ' ', 'ü'])?);
            }
            let mut library = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .trim(csv::Trim::All)
                .from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> = library
                .records()
                .map(|row| row.unwrap().iter().map(str::to_owned).collect())
                .collect();
            for piece in [1, 3, 1000] {
                let rows = rows(text.as_bytes(), piece).unwrap();
                let cells: Vec<_> = rows.into_iter().map(|(_, cells)| cells).collect();
                assert_eq!(cells, expected, "{text:?}");
            }
            Ok(())
        });
    }
}
