//! Where the labels at the lines' ends go: as near to their line as they can without covering each other.

/// Moves `wanted` heights apart to at least `distance`, inside `low..=high`, each as little as the others allow.
///
/// Labels that collide form a group that is centred on the mean of what its members wanted; groups that then
/// collide are joined. The answer is in the order of `wanted`.
pub(super) fn spread(wanted: &[f64], distance: f64, low: f64, high: f64) -> Vec<f64> {
    struct Group {
        sum_of_first: f64,
        members: Vec<usize>,
    }
    let length = |group: &Group| -> f64 { group.members.iter().skip(1).map(|_| distance).sum() };
    let count = |group: &Group| -> f64 { group.members.iter().map(|_| 1.0).sum() };
    let first = |group: &Group| -> f64 {
        let highest_first = (high - length(group)).max(low);
        (group.sum_of_first / count(group)).clamp(low, highest_first)
    };

    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let mut groups: Vec<Group> = Vec::new();
    for index in order {
        let mut group = Group {
            sum_of_first: wanted[index],
            members: vec![index],
        };
        while let Some(before) =
            groups.pop_if(|before| first(before) + length(before) + distance > first(&group))
        {
            // Where the joined group would have to start for each later member to be where it wants to be.
            let offset = length(&before) + distance;
            group.sum_of_first += before.sum_of_first - offset * count(&group);
            group.members.splice(0..0, before.members);
        }
        groups.push(group);
    }

    let mut placed = wanted.to_vec();
    for group in &groups {
        let mut position = first(group);
        for &member in &group.members {
            placed[member] = position;
            position += distance;
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_apart_stay_where_they_are() {
        assert_eq!(spread(&[50.0, 10.0], 16.0, 0.0, 100.0), [50.0, 10.0]);
        assert!(spread(&[], 16.0, 0.0, 100.0).is_empty());
    }

    #[test]
    fn equal_labels_part_around_their_place() {
        assert_eq!(spread(&[50.0, 50.0], 16.0, 0.0, 100.0), [42.0, 58.0]);
        assert_eq!(
            spread(&[50.0, 50.0, 50.0], 16.0, 0.0, 100.0),
            [34.0, 50.0, 66.0]
        );
    }

    #[test]
    fn labels_stay_inside() {
        assert_eq!(
            spread(&[99.0, 98.0, 0.0], 16.0, 0.0, 100.0),
            [100.0, 84.0, 0.0]
        );
        assert_eq!(
            spread(&[20.0, 0.0, 1.0], 16.0, 0.0, 100.0),
            [32.0, 0.0, 16.0]
        );
    }
}
