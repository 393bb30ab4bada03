//! How much of each pixel one shape covers.
//!
//! A shape is first collected here and then painted once, so that where its parts overlap (the joins of a line) the
//! colour is not laid on twice.

/// Sub-lines per row of pixels with which a polygon's edge is sampled; along the row its coverage is exact.
const LINES_PER_ROW: u32 = 5;

/// The coverage of the pixels that a shape touches, and of those between them in their row.
pub(super) struct Mask {
    width: usize,
    height: usize,
    /// Of the first of `rows`: most shapes are small, and take memory for little more than themselves.
    top: usize,
    rows: Vec<Row>,
}

/// Some neighbouring pixels of a row.
#[derive(Clone, Default)]
struct Row {
    start: usize,
    coverage: Vec<f64>,
}

impl Mask {
    /// An empty shape in a picture of so many pixels.
    pub(super) fn new((width, height): (u32, u32)) -> Self {
        Self {
            width: width as usize,
            height: height as usize,
            top: 0,
            rows: Vec::new(),
        }
    }

    /// Each row that is touched, with its first column and the coverage from there on, which may be more than 1.
    pub(super) fn rows(&self) -> impl Iterator<Item = (i32, i32, &[f64])> {
        let place = |place: usize| i32::try_from(place).unwrap_or(i32::MAX);
        (place(self.top)..)
            .zip(&self.rows)
            .map(move |(y, row)| (y, place(row.start), &row.coverage[..]))
    }

    /// Adds `coverage` to the pixel at `(x, y)`; outside of the picture nothing happens.
    pub(super) fn add_pixel(&mut self, (x, y): (f64, f64), coverage: f64) {
        let (columns, rows) = (clip(x, x, self.width), clip(y, y, self.height));
        for y in rows {
            for pixel in self.row(y, columns.clone()) {
                *pixel += coverage;
            }
        }
    }

    /// A straight line with round ends.
    pub(super) fn add_stroke(&mut self, from: (f64, f64), to: (f64, f64), width: f64) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let squared_length = dx * dx + dy * dy;
        let radius = width / 2.0;
        let reach = radius + 1.0;
        self.cover(
            (from.0.min(to.0) - reach, from.1.min(to.1) - reach),
            (from.0.max(to.0) + reach, from.1.max(to.1) + reach),
            |x, y| {
                let (x, y) = (x - from.0, y - from.1);
                let along = if squared_length > 0.0 {
                    ((x * dx + y * dy) / squared_length).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                let distance = length(x - along * dx, y - along * dy);
                (radius + 0.5 - distance).clamp(0.0, 1.0) * width.min(1.0)
            },
        );
    }

    /// A ring, or a disc when `inner` is zero.
    pub(super) fn add_ring(&mut self, center: (f64, f64), inner: f64, outer: f64) {
        let reach = outer + 1.0;
        self.cover(
            (center.0 - reach, center.1 - reach),
            (center.0 + reach, center.1 + reach),
            |x, y| {
                let distance = length(x - center.0, y - center.1);
                let outside = (outer + 0.5 - distance).clamp(0.0, 1.0);
                let hole = if inner > 0.0 {
                    (inner + 0.5 - distance).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                outside - hole
            },
        );
    }

    /// The inside of a closed line, by the even-odd rule.
    pub(super) fn add_polygon(&mut self, corners: &[(f64, f64)]) {
        // Row, sub-line and place. Edges are many and short, so each is asked for the few lines that it may cross.
        let mut crossings: Vec<(usize, u32, f64)> = Vec::new();
        for (from, to) in corners.iter().zip(corners.iter().cycle().skip(1)) {
            for row in clip(from.1.min(to.1), from.1.max(to.1), self.height) {
                for line in 0..LINES_PER_ROW {
                    let y = at(row) + (f64::from(line) + 0.5) / f64::from(LINES_PER_ROW);
                    if (from.1 <= y) != (to.1 <= y) {
                        let x = from.0 + (to.0 - from.0) * (y - from.1) / (to.1 - from.1);
                        crossings.push((row, line, x));
                    }
                }
            }
        }
        crossings.sort_unstable_by(|one, other| {
            (one.0, one.1)
                .cmp(&(other.0, other.1))
                .then(one.2.total_cmp(&other.2))
        });
        for line in crossings.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            for pair in line.as_chunks::<2>().0 {
                let [(row, _, from), (_, _, to)] = *pair;
                self.add_span(row, from, to);
            }
        }
    }

    /// One sub-line of a row.
    fn add_span(&mut self, y: usize, from: f64, to: f64) {
        let columns = clip(from, to, self.width);
        let row = self.row(y, columns.clone());
        let last = row.len().saturating_sub(1);
        for (place, (x, pixel)) in columns.zip(row).enumerate() {
            // Those between the ends are covered whole.
            let overlap = if place == 0 || place == last {
                to.min(at(x) + 1.0) - from.max(at(x))
            } else {
                1.0
            };
            *pixel += overlap.max(0.0) / f64::from(LINES_PER_ROW);
        }
    }

    /// Raises the coverage inside a box to that of a shape, which is asked at the pixels' centres.
    fn cover(
        &mut self,
        (left, top): (f64, f64),
        (right, bottom): (f64, f64),
        coverage: impl Fn(f64, f64) -> f64,
    ) {
        for y in clip(top, bottom, self.height) {
            let columns = clip(left, right, self.width);
            let row = self.row(y, columns.clone());
            for (x, pixel) in columns.zip(row) {
                *pixel = pixel.max(coverage(at(x) + 0.5, at(y) + 0.5));
            }
        }
    }

    /// These pixels of a row, which takes memory for them from their first use on.
    fn row(&mut self, y: usize, columns: std::ops::Range<usize>) -> &mut [f64] {
        if columns.is_empty() {
            return &mut [];
        }
        let row = grown(&mut self.rows, &mut self.top, y..y + 1);
        let Some(Row { start, coverage }) = row.first_mut() else {
            return &mut [];
        };
        grown(coverage, start, columns)
    }
}

/// The values at `places`, of which the first of all is at `start`; new ones are made where there are none.
fn grown<'a, T: Clone + Default>(
    values: &'a mut Vec<T>,
    start: &mut usize,
    places: std::ops::Range<usize>,
) -> &'a mut [T] {
    if values.is_empty() {
        *start = places.start;
    }
    if places.start < *start {
        let missing = *start - places.start;
        values.splice(0..0, std::iter::repeat_n(T::default(), missing));
        *start = places.start;
    }
    let end = places.end - *start;
    if values.len() < end {
        values.resize(end, T::default());
    }
    &mut values[places.start - *start..end]
}

/// `hypot` without its care for overflow, which takes five times as long: pixels are no large numbers.
fn length(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

/// The pixels that `from..=to` touches, of those there are.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to the pixels of a picture, thousands at most"
)]
fn clip(from: f64, to: f64, length: usize) -> std::ops::Range<usize> {
    let limit = |value: f64| value.clamp(0.0, length as f64) as usize;
    limit(from.floor())..limit(to.floor() + 1.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a pixel's index, thousands at most"
)]
const fn at(index: usize) -> f64 {
    index as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(mask: &Mask) -> f64 {
        let coverage = mask.rows().flat_map(|(.., coverage)| coverage);
        coverage.map(|coverage| coverage.min(1.0)).sum()
    }

    #[test]
    fn shapes_cover_their_area() {
        let mut mask = Mask::new((100, 100));
        mask.add_polygon(&[(10.25, 10.0), (20.75, 10.0), (20.75, 20.0), (10.25, 20.0)]);
        assert!((area(&mask) - 105.0).abs() < 1e-6);

        let mut mask = Mask::new((100, 100));
        mask.add_ring((50.0, 50.0), 0.0, 20.0);
        assert!((area(&mask) / (std::f64::consts::PI * 400.0) - 1.0).abs() < 0.01);

        let mut mask = Mask::new((100, 100));
        mask.add_stroke((10.0, 10.0), (70.0, 90.0), 3.0);
        mask.add_stroke((70.0, 90.0), (10.0, 10.0), 3.0);
        assert!((area(&mask) / (300.0 + std::f64::consts::PI * 2.25) - 1.0).abs() < 0.02);
    }

    #[test]
    fn shapes_outside_of_the_picture_are_cut() {
        let mut mask = Mask::new((10, 10));
        mask.add_polygon(&[(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)]);
        mask.add_stroke((-50.0, -50.0), (-40.0, 60.0), 4.0);
        mask.add_ring((500.0, 5.0), 1.0, 2.0);
        mask.add_pixel((-1.0, 11.0), 1.0);
        mask.add_polygon(&[]);
        mask.add_polygon(&[(f64::NAN, f64::NAN), (1.0, 1.0)]);
        assert!((area(&mask) - 100.0).abs() < 1e-6);
    }
}
