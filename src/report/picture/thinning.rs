//! Fewer points, the same picture.
//!
//! A run of thousands of epochs has more points than the picture has pixels. What the eye sees of a dense curve is
//! its envelope, so each bucket of neighbouring epochs keeps its first and last point and the lowest and highest of
//! every series. All series keep the same epochs: the area between two of them stays exact.

/// The indices to keep, ascending, about `most` of them at the most; all when there are no more than that.
///
/// The first and the last are always kept, and so is `marked`. A value that is not finite is kept once per bucket and
/// series: it breaks the line there.
pub(in crate::report) fn kept(series: &[&[f64]], marked: Option<usize>, most: usize) -> Vec<usize> {
    let length = series.first().map_or(0, |values| values.len());
    if length <= most {
        return (0..length).collect();
    }
    let per_bucket = 2 + 2 * series.len();
    let buckets = (most / per_bucket).max(1);
    let mut indices = Vec::with_capacity(most);
    for bucket in 0..buckets {
        let start = bucket * length / buckets;
        let end = (bucket + 1) * length / buckets;
        indices.extend([start, end - 1]);
        for values in series {
            let finite = || (start..end).filter(|&index| values[index].is_finite());
            let by_value = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
            indices.extend(finite().min_by(by_value));
            indices.extend(finite().max_by(by_value));
            indices.extend((start..end).find(|&index| !values[index].is_finite()));
        }
    }
    indices.extend(marked.filter(|&index| index < length));
    indices.sort_unstable();
    indices.dedup();
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_extremes_and_breaks_are_kept() {
        let mut values = vec![0.5; 5000];
        values[1234] = 9.0;
        values[4321] = -9.0;
        values[2500] = f64::NAN;
        let kept = kept(&[&values, &vec![f64::NAN; 5000]], Some(777), 1000);
        assert!(kept.len() <= 1000);
        for index in [0, 777, 1234, 2500, 4321, 4999] {
            assert!(kept.contains(&index), "{index}");
        }
    }

    #[test]
    fn few_points_are_all_kept() {
        assert_eq!(kept(&[&[1.0, 2.0, f64::NAN]], None, 1000), [0, 1, 2]);
        assert!(kept(&[&[]], None, 1000).is_empty());
        assert!(kept(&[], Some(3), 1000).is_empty());
    }
}
