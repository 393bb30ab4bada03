//! Where a field is zero: the border of a class.
//!
//! Marching squares (Lorensen and Cline 1987, in the plane): in each square of four neighbouring places, a straight piece between the
//! points where the field, taken as linear along the edges, changes its sign.

use crate::evaluation::plane::Plane;

/// A piece of the border, its ends in columns and rows from the upper left place.
pub(super) type Piece = [(f64, f64); 2];

/// The border of the places where `field` is positive.
pub(super) fn pieces(plane: &Plane, field: &[f32]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let value = |column: usize, row: usize| f64::from(field[row * plane.columns + column]);
    for row in 1..plane.rows {
        for column in 1..plane.columns {
            let (left, top) = (column - 1, row - 1);
            // Around the square, beginning at its upper left corner.
            let corners = [(left, top), (column, top), (column, row), (left, row)];
            let values = corners.map(|(column, row)| value(column, row));
            if values.iter().any(|value| !value.is_finite()) {
                continue;
            }
            let crossings: Vec<(f64, f64)> = (0..4)
                .filter_map(|corner| {
                    let next = (corner + 1) % 4;
                    let (from, to) = (values[corner], values[next]);
                    ((from > 0.0) != (to > 0.0)).then(|| {
                        let share = from / (from - to);
                        let between = |from: usize, to: usize| {
                            from as f64 + share * (to as f64 - from as f64)
                        };
                        let (start, end) = (corners[corner], corners[next]);
                        (between(start.0, end.0), between(start.1, end.1))
                    })
                })
                .collect();
            match crossings[..] {
                [from, to] => pieces.push([from, to]),
                // Two corners across are positive: which of them are joined, the middle says.
                [a, b, c, d] => {
                    let middle = values.iter().sum::<f64>() / 4.0;
                    if (middle > 0.0) == (values[0] > 0.0) {
                        pieces.extend([[a, b], [c, d]]);
                    } else {
                        pieces.extend([[d, a], [b, c]]);
                    }
                }
                _ => {}
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::plane::Region;

    fn plane(columns: usize, rows: usize) -> Plane {
        Plane {
            region: Region {
                x: (0.0, 1.0),
                y: (0.0, 1.0),
            },
            columns,
            rows,
            fields: Vec::new(),
            separators: Vec::new(),
        }
    }

    #[test]
    fn a_circle_has_its_length() {
        let side = 81;
        let plane = plane(side, side);
        let radius = 30.0;
        let field: Vec<f32> = (0..side * side)
            .map(|place| {
                let (x, y) = ((place % side) as f64 - 40.0, (place / side) as f64 - 40.0);
                (radius - x.hypot(y)) as f32
            })
            .collect();
        let pieces = pieces(&plane, &field);
        let length: f64 = pieces
            .iter()
            .map(|[from, to]| (to.0 - from.0).hypot(to.1 - from.1))
            .sum();
        let circle = 2.0 * std::f64::consts::PI * radius;
        // Chords of one place are shorter than their arcs by about 1/24 · (1/30)².
        assert!((length / circle - 1.0).abs() < 1e-3, "{length} {circle}");
        for [from, to] in pieces {
            for (x, y) in [from, to] {
                assert!(((x - 40.0).hypot(y - 40.0) - radius).abs() < 0.02);
            }
        }
    }

    #[test]
    fn saddles_and_holes_do_not_break_it() {
        let saddle = pieces(&plane(2, 2), &[1.0, -1.0, -1.0, 1.0]);
        assert_eq!(saddle.len(), 2);
        assert!(pieces(&plane(2, 2), &[1.0, f32::NAN, -1.0, 1.0]).is_empty());
        assert!(pieces(&plane(2, 2), &[1.0; 4]).is_empty());
        assert!(pieces(&plane(1, 1), &[1.0]).is_empty());
    }
}
