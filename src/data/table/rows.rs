//! A file of delimited text as header and rows: UTF-8, plain or gzip, every row as long as the header.
//!
//! Without the key `delimiter`, the delimiter is that of `,` `;` tab `|` which occurs most often in the first line,
//! outside of quotes. Cells are trimmed of blanks; empty lines are skipped.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::error::{Cell, TableError};
use crate::config::DelimiterConfig;
use crate::data::error::DataError;
use crate::data::file;

/// More text than this would not fit into memory as a table.
const LARGEST_TEXT: u64 = 1 << 30;

/// Header and rows.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) file: String,
    pub(super) header: Vec<String>,
    pub(super) records: Vec<StringRecord>,
    /// Where each row begins.
    offsets: Vec<usize>,
    text: String,
}

impl Rows {
    /// Reads a file.
    pub(super) fn read(path: &Path, delimiter: Option<DelimiterConfig>) -> Result<Self, DataError> {
        let file = path.display().to_string();
        let Some(bytes) = file::content(path, LARGEST_TEXT, "table.csv")? else {
            let largest = LARGEST_TEXT;
            return Err(TableError::TooLarge { file, largest }.into());
        };
        Ok(Self::parse(file, bytes, delimiter)?)
    }

    pub(super) fn parse(
        file: String,
        bytes: Vec<u8>,
        delimiter: Option<DelimiterConfig>,
    ) -> Result<Self, TableError> {
        let text = text(&file, bytes)?;
        let delimiter = delimiter.map_or_else(|| sniff(&text), DelimiterConfig::byte);
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let (mut rows, mut offsets) = (Vec::new(), Vec::new());
        // Text in memory that is UTF-8 and may have rows of any length: nothing is left that could fail.
        for row in reader.records().map_while(Result::ok) {
            let start = row.position().map_or(0, csv::Position::byte);
            offsets.push(usize::try_from(start).unwrap_or(usize::MAX));
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(TableError::Empty { file });
        }
        let header: Vec<String> = rows.remove(0).iter().map(str::to_owned).collect();
        offsets.remove(0);
        let table = Self {
            file,
            header,
            records: rows,
            offsets,
            text,
        };
        table.check()?;
        Ok(table)
    }

    /// A cell for a message.
    pub(super) fn cell(&self, row: usize, column: usize) -> Cell {
        Cell {
            file: self.file.clone(),
            line: self.line(row),
            column: self.header[column].clone(),
        }
    }

    /// The position of a column.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The line in which a row begins, from 1.
    fn line(&self, row: usize) -> usize {
        let text = self.text.as_bytes();
        let mut start = self.offsets[row].min(text.len());
        while start < text.len() && matches!(text[start], b'\n' | b'\r') {
            start += 1;
        }
        count_lines(&text[..start]) + 1
    }

    fn check(&self) -> Result<(), TableError> {
        let file = || self.file.clone();
        // The swallowed rest of the file is the better explanation of a row that is too short.
        if let Some(row) = self.records.len().checked_sub(1) {
            let raw = &self.text.as_bytes()[self.offsets[row].min(self.text.len())..];
            let lines = count_lines(raw.trim_ascii()) + 1;
            let quotes = count(raw, b'"');
            if lines > 1 && quotes % 2 == 1 {
                let line = self.line(row);
                return Err(TableError::UnclosedQuote {
                    file: file(),
                    line,
                    lines,
                });
            }
        }
        for (column, name) in self.header.iter().enumerate() {
            if let Some(first) = self.header[..column].iter().position(|other| other == name) {
                return Err(TableError::DuplicateColumn {
                    file: file(),
                    name: name.clone(),
                    first: first + 1,
                    second: column + 1,
                });
            }
        }
        if let Some(first) = self.header.iter().find(|name| name.parse::<f64>().is_ok()) {
            return Err(TableError::NoHeader {
                file: file(),
                first: first.clone(),
            });
        }
        if self.records.is_empty() {
            return Err(TableError::NoRows {
                file: file(),
                columns: self.header.len(),
            });
        }
        let expected = self.header.len();
        match self.records.iter().position(|row| row.len() != expected) {
            None => Ok(()),
            Some(row) => Err(TableError::Ragged {
                file: file(),
                line: self.line(row),
                found: self.records[row].len(),
                expected,
            }),
        }
    }
}

fn count_lines(bytes: &[u8]) -> usize {
    count(bytes, b'\n')
}

fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.split(|&byte| byte == wanted).count() - 1
}

/// The text without the mark that some programs of Windows put at its beginning.
fn text(file: &str, bytes: Vec<u8>) -> Result<String, TableError> {
    if let Some(zero) = bytes.iter().position(|&byte| byte == 0) {
        return Err(TableError::ZeroByte {
            file: file.to_owned(),
            line: count_lines(&bytes[..zero]) + 1,
        });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        TableError::NotUtf8 {
            file: file.to_owned(),
            line: count_lines(&error.as_bytes()[..valid]) + 1,
            byte: error.as_bytes().get(valid).copied().unwrap_or_default(),
        }
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// The most frequent candidate of the first line; the comma where there is none.
fn sniff(text: &str) -> u8 {
    let mut counts = [0_usize; 4];
    let candidates = [b',', b';', b'\t', b'|'];
    let mut quoted = false;
    for byte in text.trim_start_matches(['\n', '\r']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            byte => {
                if let Some(which) = candidates.iter().position(|&candidate| candidate == byte) {
                    counts[which] += 1;
                }
            }
        }
    }
    let mut best = 0;
    for which in 1..candidates.len() {
        if counts[which] > counts[best] {
            best = which;
        }
    }
    candidates[best]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Rows, TableError> {
        Rows::parse("t".to_owned(), text.as_bytes().to_vec(), None)
    }

    #[test]
    fn the_first_line_decides_the_delimiter() {
        for (text, delimiter) in [
            ("a,b;c,d\n", b','),
            ("a;b;c,d\n1,5;2,5;3\n", b';'),
            ("a\tb\n", b'\t'),
            ("\n\r\na|b\n", b'|'),
            ("\"a;b;c\",d\n", b','),
            ("a\n1;2\n", b','),
        ] {
            assert_eq!(sniff(text), delimiter, "{text}");
        }
    }

    #[test]
    fn quotes_blanks_empty_lines_marks_and_windows_line_ends() {
        let rows =
            parse("\u{feff}a, b ,\"c,d\"\r\n1, 2 ,\"3\"\"4\"\r\n\r\n5,6,\"7\r\n8\"\r\n").unwrap();
        assert_eq!(rows.header, ["a", "b", "c,d"]);
        assert_eq!(rows.records.len(), 2);
        assert_eq!(&rows.records[0], vec!["1", "2", "3\"4"].as_slice());
        assert_eq!(&rows.records[1][2], "7\r\n8");
        assert_eq!(rows.cell(0, 1).to_string(), "`t`, line 2, column `b`");
        assert_eq!(rows.cell(1, 1).line, 4);
    }

    #[test]
    fn lines_are_those_of_the_file() {
        for (text, message) in [
            (
                "a,b\n1,2\n\n3\n",
                "`t`, line 4 has 1 cells, but the header has 2",
            ),
            (
                "a,b\n\"1\n2\",3\n4,5,6\n",
                "`t`, line 4 has 3 cells, but the header has 2",
            ),
            (
                "a,b\n1,2\n3,\"4\n5,6\n7,8\n",
                "`t`, line 3 opens a quote that is not closed in the 3 lines up to the end",
            ),
            ("a,b\n1,\0\n", "`t` is not text: line 2 holds a zero byte"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn no_text_panics() {
        arbtest::arbtest(|random| {
            let bytes: Vec<u8> = random.arbitrary()?;
            let _ = Rows::parse("t".to_owned(), bytes, None);
            let mut text = String::new();
            for _ in 0..random.int_in_range(0..=40)? {
                text.push(*random.choose(&['"', ',', '\n', '\r', 'a', '1', '\u{feff}', ';'])?);
            }
            let _ = parse(&text);
            Ok(())
        });
    }
}
