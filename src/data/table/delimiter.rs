//! What separates the cells, where the key `delimiter` does not say: that of `,` `;` tab `|` which occurs most often in the
//! first line, outside of quotes.

/// What may delimit, the likeliest first.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Counts the candidates of a line that comes in pieces.
#[derive(Default)]
pub(super) struct Sniffer {
    counts: [usize; CANDIDATES.len()],
    quoted: bool,
}

impl Sniffer {
    /// Whether the line ends in this piece.
    pub(super) fn see(&mut self, piece: &[u8]) -> bool {
        for &byte in piece {
            match byte {
                b'"' => self.quoted = !self.quoted,
                b'\n' if !self.quoted => return true,
                _ if self.quoted => {}
                byte => {
                    let which = CANDIDATES.iter().position(|&candidate| candidate == byte);
                    if let Some(which) = which {
                        self.counts[which] += 1;
                    }
                }
            }
        }
        false
    }

    /// The most frequent; the comma where there is none.
    pub(super) fn best(&self) -> u8 {
        let mut best = 0;
        for which in 1..CANDIDATES.len() {
            if self.counts[which] > self.counts[best] {
                best = which;
            }
        }
        CANDIDATES[best]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_decides() {
        for (text, delimiter) in [
            ("a,b;c,d\n", b','),
            ("a;b;c,d\n1,5;2,5;3\n", b';'),
            ("a\tb\n", b'\t'),
            ("a|b", b'|'),
            ("\"a;b;\nc\",d\n;;;", b','),
            ("a\n1;2\n", b','),
        ] {
            for piece in [1, 2, 1000] {
                let mut sniffer = Sniffer::default();
                let mut pieces = text.as_bytes().chunks(piece);
                let ended = pieces.any(|piece| sniffer.see(piece));
                assert_eq!(ended, text.contains('\n'));
                assert_eq!(sniffer.best(), delimiter, "{text}");
            }
        }
    }
}
