//! A file of delimited text as header and rows, every row as long as the header; one row in memory.

use std::path::Path;

use super::error::{Cell, TableError};
use super::text::{self, Text};
use crate::config::DelimiterConfig;
use crate::data::error::DataError;
use crate::data::file::Content;

/// Header and rows.
pub(super) struct Rows {
    pub(super) file: String,
    pub(super) header: Vec<String>,
    text: Text,
    /// How many have been read.
    count: usize,
}

/// One of them.
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    file: &'r str,
    header: &'r [String],
    cells: &'r text::Row,
}

impl<'r> Row<'r> {
    /// The text of a cell, unless it is a missing value.
    pub(super) fn present(self, column: usize) -> Option<&'r str> {
        let text = self.cells.cell(column);
        (!matches!(text, "" | "?" | "NA")).then_some(text)
    }

    /// A cell for a message.
    pub(super) fn cell(self, column: usize) -> Cell {
        self.cell_of(&self.header[column])
    }

    /// The same, by the name of the column.
    pub(super) fn cell_of(self, column: &str) -> Cell {
        Cell {
            file: self.file.to_owned(),
            line: self.cells.line,
            column: column.to_owned(),
        }
    }
}

impl Rows {
    /// Begins a file, plain or gzip.
    pub(super) fn open(path: &Path, delimiter: Option<DelimiterConfig>) -> Result<Self, DataError> {
        let content = Content::open(path, "table.csv")?;
        Self::new(path.display().to_string(), content, delimiter)
    }

    /// Reads the header.
    pub(super) fn new(
        file: String,
        content: Content,
        delimiter: Option<DelimiterConfig>,
    ) -> Result<Self, DataError> {
        let delimiter = delimiter.map(DelimiterConfig::byte);
        let mut text = Text::new(file.clone(), content, delimiter)?;
        let Some(first) = text.next()? else {
            return Err(TableError::Empty { file }.into());
        };
        let cells = (0..first.len()).map(|column| first.cell(column).to_owned());
        let header: Vec<String> = cells.collect();
        check_header(&file, &header)?;
        Ok(Self {
            file,
            header,
            text,
            count: 0,
        })
    }

    /// The next row.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, DataError> {
        let (file, header) = (self.file.as_str(), &self.header[..]);
        let Some(cells) = self.text.next()? else {
            if self.count == 0 {
                let (file, columns) = (file.to_owned(), header.len());
                return Err(TableError::NoRows { file, columns }.into());
            }
            return Ok(None);
        };
        let line = cells.line;
        // The swallowed rest of the file is the better explanation of a row that is too short.
        if let Some(lines) = cells.unclosed {
            let file = file.to_owned();
            return Err(TableError::UnclosedQuote { file, line, lines }.into());
        }
        if cells.len() != header.len() {
            return Err(TableError::Ragged {
                file: file.to_owned(),
                line,
                found: cells.len(),
                expected: header.len(),
            }
            .into());
        }
        self.count += 1;
        Ok(Some(Row {
            file,
            header,
            cells,
        }))
    }

    /// The position of a column.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }
}

fn check_header(file: &str, header: &[String]) -> Result<(), TableError> {
    let file = file.to_owned();
    for (column, name) in header.iter().enumerate() {
        if let Some(first) = header[..column].iter().position(|other| other == name) {
            return Err(TableError::DuplicateColumn {
                file,
                name: name.clone(),
                first: first + 1,
                second: column + 1,
            });
        }
    }
    match header.iter().find(|name| name.parse::<f64>().is_ok()) {
        None => Ok(()),
        Some(first) => Err(TableError::NoHeader {
            file,
            first: first.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<usize, DataError> {
        let content = Content::plain("t", Box::new(std::io::Cursor::new(text.to_vec())));
        let mut rows = Rows::new("t".to_owned(), content, None)?;
        let mut count = 0;
        while rows.next()?.is_some() {
            count += 1;
        }
        Ok(count)
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
            ("a,b\n", "`t` has a header of 2 columns and 0 rows"),
            ("\r\n\n", "`t` is empty"),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), message);
        }
        assert_eq!(read(b"a,b\n1,2\n\n3,\"4\"").unwrap(), 2);
    }

    #[test]
    fn a_row_without_an_end_is_refused_before_it_fills_the_memory() {
        struct Endless(bool);
        impl std::io::Read for Endless {
            fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
                into.fill(b'a');
                if !std::mem::replace(&mut self.0, true) {
                    into[..6].copy_from_slice(b"a,b\n1\"");
                    into[4] = b'"';
                }
                Ok(into.len())
            }
        }
        let content = Content::plain("t", Box::new(Endless(false)));
        let mut rows = Rows::new("t".to_owned(), content, None).unwrap();
        let error = rows.next().err().unwrap().to_string();
        assert_eq!(
            error,
            "`t`, line 2 begins a row of more than 67108864 bytes, the most that is read as one"
        );
    }

    #[test]
    fn no_text_panics() {
        arbtest::arbtest(|random| {
            let bytes: Vec<u8> = random.arbitrary()?;
            let _ = read(&bytes);
            let mut text = String::new();
            for _ in 0..random.int_in_range(0..=40)? {
                text.push(*random.choose(&['"', ',', '\n', '\r', 'a', '1', '\u{feff}', ';'])?);
            }
            let _ = read(text.as_bytes());
            Ok(())
        });
    }
}
