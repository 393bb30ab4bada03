//! A black rectangle, in all channels (`DeVries` and Taylor 2017, "Improved regularization of convolutional neural networks with
//! cutout").

use super::Size;
use super::draws::Draws;
use crate::config::CutoutConfig;

/// Its centre is any pixel, so that it may stand over the border, as in the paper: else the corners would be seen more often
/// than the middle.
pub(super) fn apply(cutout: &CutoutConfig, pixels: &mut [u8], size: Size, draws: &mut Draws) {
    let [height, width] = cutout.size.sides();
    let (row, column) = (draws.below(size.height), draws.below(size.width));
    if !draws.happens(cutout.probability) {
        return;
    }
    let rows = covered(row, height, size.height);
    let columns = covered(column, width, size.width);
    for channel in pixels.chunks_exact_mut(size.height * size.width) {
        for row in rows.clone() {
            channel[row * size.width..][columns.clone()].fill(0);
        }
    }
}

/// `length` pixels around `centre`, as far as there are such.
fn covered(centre: usize, length: usize, side: usize) -> std::ops::Range<usize> {
    let first = centre.saturating_sub(length / 2);
    // Of what stands over on the left nothing is added on the right.
    let end = (centre + length).saturating_sub(length / 2);
    first..end.min(side)
}
