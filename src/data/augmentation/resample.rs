//! The new picture: each pixel is read where the map says, between four pixels of the old one.
//!
//! Where the map takes pixels to pixels, rows are copied and nothing is rounded. Else it is bilinear, in whole numbers: the
//! place with 32 bits behind the point, the weights with 8, so that a picture does not depend on the processor's floating
//! point beyond the map itself.

#![expect(
    clippy::cast_possible_wrap,
    reason = "rows and columns of an image that is in memory"
)]

use super::Size;
use super::affine::Affine;
use crate::config::FillConfig;

/// Bits behind the point of a place.
const FRACTION: u32 = 32;

/// Draws `pixels` (channel by channel) anew; `old` is room for the picture as it was.
pub(super) fn resample(
    pixels: &mut [u8],
    size: Size,
    map: &Affine,
    fill: FillConfig,
    old: &mut Vec<u8>,
) {
    if *map == Affine::IDENTITY {
        return;
    }
    old.clear();
    old.extend_from_slice(pixels);
    let area = size.height * size.width;
    let channels = pixels.chunks_exact_mut(area).zip(old.chunks_exact(area));
    for (new, old) in channels {
        match map.whole() {
            Some((mirrored, offset)) => copy(new, old, size, mirrored, offset, fill),
            None => interpolate(new, old, size, map, fill),
        }
    }
}

/// Row by row; what lies outside is filled pixel by pixel.
fn copy(
    new: &mut [u8],
    old: &[u8],
    Size { height, width }: Size,
    mirrored: [bool; 2],
    offset: [i64; 2],
    fill: FillConfig,
) {
    let from = |axis: usize, place: usize| {
        let place = place as i64;
        offset[axis] + if mirrored[axis] { -place } else { place }
    };
    let side = width as i64;
    // The columns whose origin is inside.
    let inside = if mirrored[1] {
        offset[1] - side + 1..offset[1] + 1
    } else {
        -offset[1]..side - offset[1]
    };
    let first = inside.start.clamp(0, side) as usize;
    let end = inside.end.clamp(first as i64, side) as usize;
    for (row, new) in new.chunks_exact_mut(width).enumerate() {
        let Some(row) = origin(from(0, row), height, fill) else {
            new.fill(0);
            continue;
        };
        let old = &old[row * width..][..width];
        if first < end {
            let (begin, last) = (from(1, first) as usize, from(1, end - 1) as usize);
            let copied = &mut new[first..end];
            if mirrored[1] {
                copied.copy_from_slice(&old[last..=begin]);
                copied.reverse();
            } else {
                copied.copy_from_slice(&old[begin..=last]);
            }
        }
        for column in (0..first).chain(end..width) {
            new[column] = origin(from(1, column), width, fill).map_or(0, |column| old[column]);
        }
    }
}

/// The row or column that is seen at a place; `None` where that is black.
fn origin(place: i64, side: usize, fill: FillConfig) -> Option<usize> {
    let side = side as i64;
    let inside = match fill {
        FillConfig::Black => (0..side).contains(&place).then_some(place),
        FillConfig::Edge => Some(place.clamp(0, side - 1)),
        FillConfig::Reflect if side == 1 => Some(0),
        FillConfig::Reflect => {
            // … 2 1 | 0 1 2 … n−1 | n−2 …: the pixel of the border is not there twice.
            let place = place.rem_euclid(2 * (side - 1));
            Some(place.min(2 * (side - 1) - place))
        }
    };
    inside.map(|place| place as usize)
}

fn interpolate(new: &mut [u8], old: &[u8], size: Size, map: &Affine, fill: FillConfig) {
    let Size { height, width } = size;
    let one = (1_u64 << FRACTION) as f64;
    let fixed = |number: f64| (number * one) as i64;
    let (step_y, step_x) = (fixed(map.matrix[0][1]), fixed(map.matrix[1][1]));
    // Up to here a place has a neighbour below and on the right.
    let last_y = (height as u64 - 1) << FRACTION;
    let last_x = (width as u64 - 1) << FRACTION;
    for (row, new) in new.chunks_exact_mut(width).enumerate() {
        let [mut y, mut x] = map.of([row as f64, 0.0]).map(fixed);
        for pixel in new {
            // A place before the first row is very large as a number without a sign.
            *pixel = if (y as u64) < last_y && (x as u64) < last_x {
                let corner = (y >> FRACTION) as usize * width + (x >> FRACTION) as usize;
                let (top, bottom) = (&old[corner..corner + 2], &old[corner + width..][..2]);
                blend([top[0], top[1], bottom[0], bottom[1]], y, x)
            } else {
                blend(corners(old, size, [y, x], fill), y, x)
            };
            y += step_y;
            x += step_x;
        }
    }
}

/// The four pixels around a place at the border or beyond.
fn corners(old: &[u8], size: Size, [y, x]: [i64; 2], fill: FillConfig) -> [u8; 4] {
    let (row, column) = (y >> FRACTION, x >> FRACTION);
    let rows = [row, row + 1].map(|row| origin(row, size.height, fill));
    let columns = [column, column + 1].map(|column| origin(column, size.width, fill));
    let value = |row: usize, column: usize| match (rows[row], columns[column]) {
        (Some(row), Some(column)) => old[row * size.width + column],
        _ => 0,
    };
    [value(0, 0), value(0, 1), value(1, 0), value(1, 1)]
}

/// Two above and two below, weighted by nearness; the weights have 8 bits.
fn blend(pixels: [u8; 4], y: i64, x: i64) -> u8 {
    let weight = |place: i64| (place >> (FRACTION - 8)) as u32 & 0xff;
    let (down, right) = (weight(y), weight(x));
    let [above, above_right, below, below_right] = pixels.map(u32::from);
    let top = above * (256 - right) + above_right * right;
    let bottom = below * (256 - right) + below_right * right;
    ((top * (256 - down) + bottom * down + (1 << 15)) >> 16) as u8
}
