//! Where each pixel of the new picture comes from in the old one: `(y, x) ↦ A (y, x) + b`.
//!
//! Maps go backwards, from the new picture to the old, so that every new pixel gets a value. A picture that is first turned
//! and then moved asks the other way round: a new pixel is moved back, then turned back, and there is what it shows. So each
//! further operation is put *in front of* the map so far ([`Affine::after`]).

/// Of pixel centres; row and column count from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Affine {
    /// `[[yy, yx], [xy, xx]]`
    pub(super) matrix: [[f64; 2]; 2],
    /// `[y, x]`
    pub(super) offset: [f64; 2],
}

impl Affine {
    pub(super) const IDENTITY: Self = Self {
        matrix: [[1.0, 0.0], [0.0, 1.0]],
        offset: [0.0, 0.0],
    };

    /// `matrix` about a centre, which stays where it is.
    pub(super) fn about([y, x]: [f64; 2], matrix: [[f64; 2]; 2]) -> Self {
        let [[yy, yx], [xy, xx]] = matrix;
        Self {
            matrix,
            offset: [y - yy * y - yx * x, x - xy * y - xx * x],
        }
    }

    /// `(y, x) ↦ (y, x) + offset`
    pub(super) fn offset(offset: [f64; 2]) -> Self {
        Self {
            offset,
            ..Self::IDENTITY
        }
    }

    /// First `self`, then `next`: for a picture on which `self`'s operation is carried out last.
    pub(super) fn after(self, next: Self) -> Self {
        let row = |row: usize| {
            let [a, b] = next.matrix[row];
            [
                a * self.matrix[0][0] + b * self.matrix[1][0],
                a * self.matrix[0][1] + b * self.matrix[1][1],
            ]
        };
        Self {
            matrix: [row(0), row(1)],
            offset: next.of(self.offset),
        }
    }

    /// The point in the old picture.
    pub(super) fn of(self, [y, x]: [f64; 2]) -> [f64; 2] {
        let [[yy, yx], [xy, xx]] = self.matrix;
        [
            yy * y + yx * x + self.offset[0],
            xy * y + xx * x + self.offset[1],
        ]
    }

    /// For a map from pixels onto pixels: whether rows and columns are mirrored, and the offset. Flips and shifts are such,
    /// and remain so when they are combined, because halves and whole numbers are exact.
    #[expect(
        clippy::float_cmp,
        reason = "only exactly these numbers take pixels to pixels"
    )]
    pub(super) fn whole(self) -> Option<([bool; 2], [i64; 2])> {
        let [[yy, yx], [xy, xx]] = self.matrix;
        let upright = yx == 0.0 && xy == 0.0 && yy.abs() == 1.0 && xx.abs() == 1.0;
        let whole = self.offset.iter().all(|offset| offset.fract() == 0.0);
        (upright && whole).then(|| {
            (
                [yy < 0.0, xx < 0.0],
                self.offset.map(|offset| offset as i64),
            )
        })
    }
}
