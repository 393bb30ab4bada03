//! Networks of two inputs, one for each value of a swept key: what they say of the plane, side by side.

use std::path::Path;
use std::sync::Arc;

use super::super::illustrate::plane::{POINTS_OF_A_FRAME, scene};
use super::super::tell;
use super::super::trained::Trained;
use super::pictures::{scores, shown};
use crate::config::Sweep;
use crate::data::{Answers, SampleShape};
use crate::error::Error;
use crate::evaluation::plane::{Plane, Region};
use crate::experiment::rows::{Outcome, Row};
use crate::report::boundary::{Film, MOST_POINTS, Moment, Panel, Scene};
use crate::report::reading::RunFolder;

/// So many planes are drawn.
const MOST: usize = 8;

/// Places to a side of each.
const PLACES: usize = 128;

/// A run that stands for the value of the key.
struct Chosen<'a> {
    row: &'a Row,
    value: &'a str,
    trained: Trained,
    scene: Scene,
}

/// A plane for each of some values of the key: of the run with the median loss among its seeds. `None` unless there are two at least,
/// of networks with two inputs. A run that cannot be read is left out, which is said.
pub(super) fn film(
    name: &str,
    sweep: &Sweep,
    axis: usize,
    rows: &[Row],
) -> Result<Option<Film>, Error> {
    let key = &sweep.axes[axis].key;
    let mut chosen = Vec::new();
    let mut left_out = Vec::new();
    for value in spaced(&sweep.axes[axis].values) {
        let of_value = rows.iter().filter(|row| row.point.values[axis].1 == *value);
        let mut runs: Vec<&Row> = of_value.filter(|row| row.outcome.finished()).collect();
        runs.sort_by(|one, other| loss(one).total_cmp(&loss(other)));
        let found = loop {
            let Some(median) = runs.len().checked_sub(1).map(|last| last / 2) else {
                break None;
            };
            let row = runs[median];
            let folder = row.outcome.folder.as_deref().unwrap_or(Path::new(""));
            match read(&RunFolder::new(folder)) {
                Ok(Some((trained, scene))) => {
                    break Some(Chosen {
                        row,
                        value,
                        trained,
                        scene,
                    });
                }
                Ok(None) => return Ok(None),
                Err(error) => {
                    left_out.push(format!("`{}`: {error}", folder.display()));
                    runs.remove(median);
                }
            }
        };
        match found {
            Some(found) => chosen.push(found),
            None => left_out.push(format!("{key} = {value}: no run of it can be drawn")),
        }
    }
    for run in &left_out {
        tell(&format!("warning: the planes leave out {run}\n"));
    }
    let samples = chosen.iter().flat_map(|run| run.scene.points());
    let Some(region) = Region::around(samples).filter(|_| chosen.len() > 1) else {
        return Ok(None);
    };
    let subtitle = subtitle(key, sweep.seeds, &chosen);
    let panels = chosen.into_iter().map(|run| run.panel(key, region));
    Ok(Some(Film {
        title: name.to_owned(),
        subtitle,
        description: format!("What the networks of {name} say, for some values of {key}"),
        panels: panels.collect::<Result<_, _>>()?,
    }))
}

/// At most [`MOST`] of them, the first and the last among them.
fn spaced<T>(values: &[T]) -> impl Iterator<Item = &T> {
    let count = values.len().min(MOST);
    let steps = count.saturating_sub(1).max(1);
    (0..count).map(move |number| &values[number * (values.len() - 1) / steps])
}

/// Validation, or training where nothing validates; the worst where it is no number.
fn loss(row: &Row) -> f64 {
    let Outcome {
        training,
        validation,
        ..
    } = &row.outcome;
    let loss = validation.loss.or(training.loss);
    loss.unwrap_or(f64::INFINITY)
}

/// A run and its samples; `None` where these are no points of a plane, which is found out before they are read.
fn read(folder: &RunFolder) -> Result<Option<(Trained, Scene)>, Error> {
    let input = serde_json::from_value(folder.model()?["architecture"]["input"].take());
    if input.is_ok_and(|shape: SampleShape| shape != SampleShape::Vector { features: 2 }) {
        return Ok(None);
    }
    let trained = Trained::open(folder)?;
    let scene = scene(&trained.plan.dataset, MOST_POINTS)?;
    Ok(Some((trained, scene)))
}

impl Chosen<'_> {
    fn panel(self, key: &str, region: Region) -> Result<Panel, Error> {
        let Trained { plan, network, .. } = self.trained;
        let (dataset, device) = (&plan.dataset, &plan.backend.device);
        let mut scene = self.scene;
        scene.training.truncate(POINTS_OF_A_FRAME);
        scene.validation.truncate(POINTS_OF_A_FRAME);
        Ok(Panel {
            heading: format!("{} = {}", last_word(key), shown(self.value)),
            scene: Arc::new(scene),
            moment: Moment {
                epoch: self.row.outcome.best_epoch.unwrap_or(0) as usize,
                plane: Plane::of(&network, dataset, region, (PLACES, PLACES), device)?,
                scores: scores(self.row),
            },
        })
    }
}

/// `units` of `model.layers.0.dense.units`
fn last_word(key: &str) -> &str {
    let is_word = |part: &&str| part.parse::<usize>().is_err();
    key.rsplit('.').find(is_word).unwrap_or(key)
}

/// What the planes are of.
fn subtitle(key: &str, seeds: u64, chosen: &[Chosen]) -> String {
    let validates = chosen.iter().any(|run| !run.scene.validation.is_empty());
    let is_number = chosen
        .iter()
        .any(|run| matches!(run.scene.answers, Answers::Number(_)));
    let score = if is_number { "R²" } else { "accuracy" };
    let (judged, splits) = if validates {
        ("validation", "training | validation")
    } else {
        ("training", "training")
    };
    let which = match seeds {
        0 | 1 => String::new(),
        seeds => format!(", the run with the median {judged} loss of {seeds} seeds"),
    };
    format!("For each {key}{which}; {score} on {splits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_value_are_among_the_chosen() {
        let chosen = |count: usize| -> Vec<usize> {
            let values: Vec<usize> = (0..count).collect();
            spaced(&values).copied().collect()
        };
        assert!(chosen(0).is_empty());
        assert_eq!(chosen(1), [0]);
        assert_eq!(chosen(2), [0, 1]);
        assert_eq!(chosen(8), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(chosen(9), [0, 1, 2, 3, 4, 5, 6, 8]);
        assert_eq!(chosen(15), [0, 2, 4, 6, 8, 10, 12, 14]);
    }

    #[test]
    fn a_key_is_called_by_its_last_word() {
        assert_eq!(last_word("model.layers.0.dense.units"), "units");
        assert_eq!(last_word("model.layers.0"), "layers");
        assert_eq!(last_word("seed"), "seed");
    }
}
