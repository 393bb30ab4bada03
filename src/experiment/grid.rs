//! From a [`Sweep`] to its points: every combination of values, each with every seed.

use crate::config::Sweep;

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// `007-units-4-seed-2`: a number, so that a folder sorts like the grid, and what is particular about it.
    pub name: String,
    /// Each key with its value, as TOML, in the order of the file.
    pub values: Vec<(String, String)>,
    /// The configured seed, or one of those after it.
    pub seed: u64,
    /// In a large sweep, the folder of a thousand neighbours: the number of the first of them.
    pub group: Option<String>,
}

/// No folder of a sweep holds more points than these; each has two or three entries.
pub const MOST_IN_A_FOLDER: usize = 1_000;

impl Point {
    /// As arguments of `--set`.
    #[must_use]
    pub fn overrides(&self) -> Vec<String> {
        let values = self.values.iter();
        values
            .map(|(key, value)| format!("{key}={value}"))
            .chain([format!("seed={}", self.seed)])
            .collect()
    }
}

/// All points; the last key varies faster than the ones before it, and the seed fastest.
#[must_use]
pub fn points(sweep: &Sweep, first_seed: u64) -> Vec<Point> {
    let mut combinations: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for axis in &sweep.axes {
        let longer = combinations.iter().flat_map(|combination| {
            axis.values.iter().map(|value| {
                let mut combination = combination.clone();
                combination.push((axis.key.clone(), value.clone()));
                combination
            })
        });
        combinations = longer.collect();
    }
    let digits = sweep.points().to_string().len();
    let mut points = Vec::new();
    for values in combinations {
        for seed in (0..sweep.seeds).map(|offset| first_seed.saturating_add(offset)) {
            let number = points.len() + 1;
            let first = (number - 1) / MOST_IN_A_FOLDER * MOST_IN_A_FOLDER + 1;
            points.push(Point {
                name: name(&values, seed, number, digits),
                values: values.clone(),
                seed,
                group: (sweep.points() > MOST_IN_A_FOLDER as u64)
                    .then(|| format!("{first:0digits$}")),
            });
        }
    }
    points
}

fn name(values: &[(String, String)], seed: u64, number: usize, digits: usize) -> String {
    let mut name = format!("{number:0digits$}");
    for (key, value) in values {
        let last = key.rsplit('.').next().unwrap_or(key);
        name.push_str(&format_part(last));
        name.push_str(&format_part(value));
    }
    // Folders have names of at most 255 bytes; the number alone tells points apart.
    let name: String = name.chars().take(100).collect();
    format!("{name}-seed-{seed}")
}

/// `-` and the letters, digits and dots of a part.
fn format_part(part: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || c == '.' {
            c
        } else {
            '-'
        }
    };
    let part: String = part.chars().map(plain).collect();
    format!("-{}", part.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    use super::*;

    #[test]
    fn a_grid_is_every_combination_once() {
        let text = "seed = 5\n[data]\nsource = 'digits'\n[model]\nlayers = ['flatten', { dense = { units = 10 } }]\n\
                    loss = 'cross-entropy'\n[training]\nepochs = 1\nbatch-size = 9\noptimizer = { adam = {} }\n\
                    [sweep]\ntraining.batch-size = [1, \"full\"]\ntraining.epochs = [2, 3, 4]\nseeds = 2\n";
        let sweep = parse("test", text, &[]).unwrap().sweep.unwrap();
        let points = points(&sweep, 5);
        assert_eq!(points.len(), 12);
        assert_eq!(points[0].name, "01-batch-size-1-epochs-2-seed-5");
        assert_eq!(points[7].name, "08-batch-size-full-epochs-2-seed-6");
        let mut overrides: Vec<Vec<String>> = points.iter().map(Point::overrides).collect();
        assert_eq!(
            overrides[7],
            [
                "training.batch-size=\"full\"",
                "training.epochs=2",
                "seed=6"
            ]
        );
        overrides.sort();
        overrides.dedup();
        assert_eq!(overrides.len(), 12);
        assert!(points.iter().all(|point| point.group.is_none()));
        // Every point is a configuration.
        for point in &points {
            let config = parse("test", text, &point.overrides()).unwrap().config;
            assert_eq!(config.seed, Some(point.seed));
        }
    }
    #[test]
    fn no_folder_holds_more_than_a_thousand_points() {
        let sweep = |seeds| Sweep {
            axes: Vec::new(),
            seeds,
        };
        assert!(
            points(&sweep(1_000), 1)
                .iter()
                .all(|point| point.group.is_none())
        );
        let many = points(&sweep(2_001), 1);
        let group = |number: usize| many[number - 1].group.as_deref();
        assert_eq!(group(1), Some("0001"));
        assert_eq!(group(1_000), Some("0001"));
        assert_eq!(group(1_001), Some("1001"));
        assert_eq!(group(2_001), Some("2001"));
    }
}
