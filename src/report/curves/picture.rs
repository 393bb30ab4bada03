//! The whole picture: title, subtitle, the two panels, and what they share.

use plotters::prelude::DrawingBackend;

use super::panel::Chart;
use super::rates::Rates;
use super::series::Series;
use super::{CurvePoint, Curves, ShownScore};
use crate::report::picture::axis::{Axis, is_usable};
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::epochs::Epochs;
use crate::report::picture::key::{Key, Sample};
use crate::report::picture::panel::{Frame, Panel};
use crate::report::picture::runs::runs;
use crate::report::picture::{Picture, heading};
use crate::report::style::{self, VALIDATION};

/// Between the upper panel and the lower one: the lower one's title stands there.
const BETWEEN: f64 = 46.0;

/// The left and the right edge of both panels.
const EDGES: (f64, f64) = (style::PANEL_LEFT, style::WIDTH as f64 - style::PANEL_RIGHT);

/// An R² below this, in per cent, says no more than that the network is worse than the mean.
const LEAST_R2: f64 = -100.0;

impl Picture for Curves {
    fn name(&self) -> String {
        format!("Learning curves of {}", self.title)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let below_heading = heading::draw(canvas, &self.title, &self.subtitle)?;
        let mut points: Vec<&CurvePoint> = self.points.iter().collect();
        points.sort_by_key(|point| point.epoch);
        let [Some(first), Some(last)] = [points.first(), points.last()] else {
            return heading::draw_nothing(canvas, below_heading, "no epoch was finished");
        };
        let epochs = Epochs {
            first: first.epoch,
            last: last.epoch,
        };
        let losses = losses(&points).thinned(self.best_epoch);
        let scores = scores(&points, self.score).thinned(self.best_epoch);

        let edges = EDGES;
        let right = canvas.size.0 - style::MARGIN;
        let entries = key_entries(&losses, &scores);
        let key = Key::new(canvas.typeface, (edges.0, right), &entries);
        let bottom = canvas.size.1 - 46.0 - key.height();
        let (above, below) = Frame::stacked(edges, (below_heading + 48.0, bottom), BETWEEN, 0.5);
        let ticks = epochs.ticks(above);
        let best_epoch = self
            .best_epoch
            .filter(|best| (epochs.first..=epochs.last).contains(best))
            .map(|best| (best, epochs.position(above, best)));

        let axis = Axis::of_losses(&losses.values(), &losses.interval());
        let rates = Rates::of(&points);
        let note = [axis.map_or("", |axis| axis.note()), &rates.note()]
            .iter()
            .filter(|note| !note.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let upper = Chart {
            panel: Panel {
                frame: above,
                title: "Loss",
                note: &note,
                ticks: &ticks,
                axis,
                has_fine_ticks: false,
            },
            series: &losses,
            x: &epochs.positions(above, &losses.epochs),
            best_epoch,
            baseline: None,
        };
        upper.draw(canvas)?;
        for (epoch, text) in rates.marks() {
            draw_rate(canvas, above, epochs.position(above, epoch), &text)?;
        }

        let baseline = self
            .baseline
            .map(|share| 100.0 * share)
            .filter(|&baseline| is_usable(baseline));
        let (title, level) = match self.score {
            ShownScore::Accuracy => ("Accuracy, %", "majority class"),
            ShownScore::R2 => ("R², %", "training mean"),
        };
        let (axis, note) = match self.score {
            ShownScore::Accuracy => accuracy_axis(&scores, baseline),
            ShownScore::R2 => r2_axis(&scores),
        };
        let lower = Chart {
            panel: Panel {
                frame: below,
                title,
                note: &note,
                ticks: &ticks,
                axis,
                has_fine_ticks: false,
            },
            series: &scores,
            x: &epochs.positions(below, &scores.epochs),
            best_epoch,
            baseline: baseline.map(|baseline| (baseline, level)),
        };
        lower.draw(canvas)?;

        epochs.draw_labels(canvas, below)?;
        if let Some((best, x)) = best_epoch {
            upper
                .panel
                .draw_mark_label(canvas, x, &format!("best epoch {best}"))?;
        }
        key.draw(canvas)
    }
}

/// A stroke at the upper edge of the panel, with the new learning rate.
fn draw_rate<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    frame: Frame,
    x: f64,
    text: &str,
) -> Drawn<Backend> {
    let end = frame.top + 20.0;
    canvas.line(&[(x, frame.top), (x, end)], style::MARK, style::THIN_LINE)?;
    let (size, color) = (style::SMALL_TEXT_SIZE, style::QUIET_TEXT);
    canvas.text(text, (x + 4.0, frame.top + 10.0), size, color, Align::Left)
}

/// Where the first and the last epoch lie, in pixels.
pub(super) fn ends(curves: &Curves) -> [f64; 2] {
    let epochs = || curves.points.iter().map(|point| point.epoch);
    let (Some(first), Some(last)) = (epochs().min(), epochs().max()) else {
        return [0.0; 2];
    };
    let frame = Frame {
        left: EDGES.0,
        right: EDGES.1,
        top: 0.0,
        bottom: 0.0,
    };
    [first, last].map(|epoch| Epochs { first, last }.position(frame, epoch))
}

fn losses(points: &[&CurvePoint]) -> Series {
    let mut series = Series::default();
    let never_negative = points.iter().all(|point| {
        !(point.train_loss < 0.0 || point.validation_loss.is_some_and(|loss| loss < 0.0))
    });
    for point in points {
        let interval = point
            .loss_gap
            .map(|(low, high)| (point.train_loss + low, point.train_loss + high))
            .map(|(low, high)| (if never_negative { low.max(0.0) } else { low }, high));
        series.push(
            point.epoch,
            point.train_loss,
            point.validation_loss,
            interval,
        );
    }
    series
}

/// In per cent. A network far worse than the mean, as in the first epochs, is drawn at [`LEAST_R2`].
fn scores(points: &[&CurvePoint], shown: ShownScore) -> Series {
    let percent = |share: f64| match shown {
        ShownScore::Accuracy => 100.0 * share,
        ShownScore::R2 if share.is_nan() => share,
        ShownScore::R2 => (100.0 * share).max(LEAST_R2),
    };
    let mut series = Series::default();
    for point in points {
        let train = percent(point.train_score);
        let validation = point.validation_score.map(percent);
        let interval = point
            .accuracy_gap
            .map(|(low, high)| (train - 100.0 * high, train - 100.0 * low))
            .map(|(low, high)| (low.clamp(0.0, 100.0), high.clamp(0.0, 100.0)));
        series.push(point.epoch, train, validation, interval);
    }
    series
}

/// The axis, which shows the baseline if that does not flatten the curves, and the note that says when it does not.
fn accuracy_axis(series: &Series, baseline: Option<f64>) -> (Option<Axis>, String) {
    let (axis, hidden) = Axis::of_accuracies_with(&series.values(), &series.interval(), baseline);
    let note = hidden.map_or_else(String::new, |side| {
        let baseline = baseline.unwrap_or_default();
        format!("majority class: {baseline:.1} %, {side} this range")
    });
    (axis, note)
}

/// The axis of R², and the note that says what is not drawn where it is.
fn r2_axis(series: &Series) -> (Option<Axis>, String) {
    let values = series.values();
    let cut = values.iter().any(|&value| value <= LEAST_R2);
    let note = if cut {
        format!("below −{:.0} % at the lower edge", -LEAST_R2)
    } else {
        String::new()
    };
    (Axis::of_explained(&values), note)
}

/// What the shaded areas mean, if there are any.
fn key_entries(losses: &Series, scores: &Series) -> Vec<(Sample, &'static str)> {
    let has = |values: fn(&Series) -> &[f64]| {
        [losses, scores]
            .iter()
            .any(|series| !runs(values(series)).is_empty())
    };
    let mut entries = Vec::new();
    if has(|series| &series.validation) {
        let area = Sample::Area {
            color: style::GAP,
            opacity: 1.4 * style::GAP_OPACITY,
            edge: style::GRID,
        };
        entries.push((area, "gap between the two"));
        if has(|series| &series.interval_low) {
            let area = Sample::Area {
                color: VALIDATION.line,
                opacity: style::INTERVAL_OPACITY,
                edge: style::INTERVAL_EDGE,
            };
            entries.push((area, "validation within the 95 % interval of the gap"));
        }
    }
    entries
}
