//! Bytes that were good, with a few changes.

use crate::killing::Draws;

/// No input is longer.
const LONGEST: usize = 1 << 16;

/// Numbers at the edges of types.
const NUMBERS: [&str; 16] = [
    "0",
    "-1",
    "1",
    "255",
    "256",
    "65536",
    "2147483648",
    "4294967295",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "1e400",
    "-1e-400",
    "nan",
    "inf",
    "0.30000000000000004",
];

/// Changes good inputs.
pub(super) struct Mutator<'a> {
    draws: Draws,
    corpus: &'a [Vec<u8>],
    words: &'a [&'a [u8]],
    input: Vec<u8>,
}

impl<'a> Mutator<'a> {
    /// Of `corpus`, with `words` that mean something to the reader.
    pub(super) fn new(corpus: &'a [Vec<u8>], words: &'a [&'a [u8]]) -> Self {
        Self {
            draws: Draws(0),
            corpus,
            words,
            input: Vec::new(),
        }
    }

    /// The input of this number: a function of it.
    pub(super) fn input(&mut self, number: u64) -> &[u8] {
        self.draws = Draws(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let good = self.below(self.corpus.len());
        self.input.clear();
        self.input.extend_from_slice(&self.corpus[good]);
        // One change in half of the inputs, two in a quarter, …
        loop {
            self.change();
            if self.below(2) == 0 {
                break;
            }
        }
        self.input.truncate(LONGEST);
        &self.input
    }

    fn below(&mut self, limit: usize) -> usize {
        self.draws.below(limit.max(1) as u64) as usize
    }

    /// A piece of at most so many bytes, usually a small one.
    fn piece(&mut self, length: usize) -> std::ops::Range<usize> {
        let longest = if self.below(4) == 0 { length } else { 8 };
        let start = self.below(length);
        let end = length.min(start + 1 + self.below(longest));
        start..end
    }

    fn change(&mut self) {
        let length = self.input.len();
        let at = self.below(length + 1);
        let byte = at.min(length.saturating_sub(1));
        match self.below(11) {
            0 if length > 0 => self.input[byte] ^= 1 << self.below(8),
            1 if length > 0 => self.input[byte] = self.below(256) as u8,
            2 if length > 0 => {
                self.input[byte] = [0, 1, 0x7f, 0x80, 0xff, b'\n', b'"', b'-'][self.below(8)];
            }
            3 => {
                let piece = self.piece(length);
                self.input.drain(piece);
            }
            4 => {
                let piece = self.piece(length);
                let times = 1 + self.below(4);
                let copy = self.input[piece].repeat(times);
                self.insert(at, &copy);
            }
            5 => {
                let other = self.below(self.corpus.len());
                let other = &self.corpus[other];
                let piece = self.piece(other.len());
                let piece = other[piece].to_vec();
                self.insert(at, &piece);
            }
            6 => {
                let piece = self.piece(length);
                let other = self.below(self.corpus.len());
                let from = self.piece(self.corpus[other].len());
                let from = self.corpus[other][from].to_vec();
                self.input.splice(piece, from);
            }
            7 if !self.words.is_empty() => {
                let word = self.words[self.below(self.words.len())];
                let piece = if self.below(2) == 0 {
                    at..at
                } else {
                    self.word_at(byte)
                };
                self.input.splice(piece, word.iter().copied());
            }
            8 => {
                let number = NUMBERS[self.below(NUMBERS.len())];
                let piece = self.number_behind(byte);
                self.input.splice(piece, number.bytes());
            }
            9 if length >= 4 => {
                let at = self.below(length - 3);
                let number = [0, 1, u32::MAX, 1 << 31, 1 << 16, 28][self.below(6)];
                let bytes = if self.below(2) == 0 {
                    number.to_le_bytes()
                } else {
                    number.to_be_bytes()
                };
                self.input[at..at + 4].copy_from_slice(&bytes);
            }
            10 => self.input.truncate(at),
            _ => {
                let noise: Vec<u8> = (0..=self.below(4)).map(|_| self.below(256) as u8).collect();
                self.insert(at, &noise);
            }
        }
    }

    fn insert(&mut self, at: usize, bytes: &[u8]) {
        self.input.splice(at..at, bytes.iter().copied());
    }

    /// The letters around a byte.
    fn word_at(&self, byte: usize) -> std::ops::Range<usize> {
        let is_letter = |at: &usize| {
            let letter = self.input.get(*at);
            letter.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let start = (0..byte).rev().take_while(is_letter).last();
        let end = (byte..self.input.len()).take_while(is_letter).last();
        let end = end.map_or(byte, |last| last + 1);
        start.unwrap_or(byte).min(end)..end
    }

    /// The next number in digits, from this byte on.
    fn number_behind(&self, byte: usize) -> std::ops::Range<usize> {
        let rest = self.input.get(byte..).unwrap_or_default();
        let Some(start) = rest.iter().position(u8::is_ascii_digit) else {
            return byte..byte;
        };
        let digits = rest[start..]
            .iter()
            .take_while(|digit| digit.is_ascii_digit() || matches!(digit, b'.' | b'e' | b'-'));
        byte + start..byte + start + digits.count()
    }
}

#[test]
fn an_input_is_a_function_of_its_number() {
    let corpus = [b"seed = 1\nepochs = 30".to_vec(), Vec::new()];
    let words: [&[u8]; 1] = [b"units"];
    let mut mutator = Mutator::new(&corpus, &words);
    let first: Vec<Vec<u8>> = (0..2000)
        .map(|number| mutator.input(number).to_vec())
        .collect();
    let again: Vec<Vec<u8>> = (0..2000)
        .rev()
        .map(|number| mutator.input(number).to_vec())
        .collect();
    assert!(first.iter().eq(again.iter().rev()));
    let different: std::collections::HashSet<_> = first.iter().collect();
    assert!(different.len() > 1000, "{}", different.len());
    let has = |part: &[u8]| {
        let within = |input: &Vec<u8>| input.windows(part.len()).any(|window| window == part);
        first.iter().any(within)
    };
    assert!(has(b"units") && has(b"1e400"));
}
