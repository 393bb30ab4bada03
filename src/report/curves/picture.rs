//! The whole picture: title, subtitle, the two panels, and what they share.

use plotters::prelude::DrawingBackend;

use super::axis::{Axis, is_usable};
use super::canvas::{Align, Canvas, Drawn};
use super::panel::{self, Epochs, Frame, Panel};
use super::series::Series;
use super::text::printable;
use super::{CurvePoint, Curves, ticks};
use crate::report::style::{self, VALIDATION};

/// Between the upper panel and the lower one: the lower one's title stands there.
const BETWEEN: f64 = 46.0;

/// Draws `curves` onto any backend: the one picture that both formats show.
pub(super) fn draw<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    curves: &Curves,
) -> Drawn<Backend> {
    canvas.rectangle(
        (0.0, 0.0),
        (f64::from(style::WIDTH), f64::from(style::HEIGHT)),
        style::BACKGROUND,
        1.0,
    )?;
    let below_heading = draw_heading(canvas, curves)?;

    let mut points: Vec<&CurvePoint> = curves.points.iter().collect();
    points.sort_by_key(|point| point.epoch);
    let [Some(first), Some(last)] = [points.first(), points.last()] else {
        return canvas.text(
            "no epoch was finished",
            (
                f64::from(style::WIDTH) / 2.0,
                f64::midpoint(below_heading, f64::from(style::HEIGHT)),
            ),
            style::PANEL_TITLE_SIZE,
            style::QUIET_TEXT,
            Align::Center,
        );
    };
    let epochs = Epochs {
        first: first.epoch,
        last: last.epoch,
    };
    let losses = losses(&points).thinned(curves.best_epoch);
    let accuracies = accuracies(&points).thinned(curves.best_epoch);

    let has_key = [&losses, &accuracies]
        .iter()
        .any(|series| !series.runs(&series.validation).is_empty());
    let bottom = f64::from(style::HEIGHT) - if has_key { 70.0 } else { 46.0 };
    let top = below_heading + 48.0;
    let height = (bottom - top - BETWEEN) / 2.0;

    let best_epoch = curves
        .best_epoch
        .filter(|best| (epochs.first..=epochs.last).contains(best));
    let axis = Axis::of_losses(&losses.values(), &losses.interval());
    let upper = Panel {
        frame: Frame {
            top,
            bottom: top + height,
        },
        title: "Loss",
        note: match axis {
            Some(Axis::Logarithmic(..)) => "log scale",
            _ => "",
        },
        epochs,
        series: &losses,
        axis,
        best_epoch,
        baseline: None,
    };
    upper.draw(canvas)?;

    let baseline = curves
        .baseline
        .map(|share| 100.0 * share)
        .filter(|&baseline| is_usable(baseline));
    let (axis, note) = accuracy_axis(&accuracies, baseline);
    let lower = Panel {
        frame: Frame {
            top: bottom - height,
            bottom,
        },
        title: "Accuracy, %",
        note: &note,
        epochs,
        series: &accuracies,
        axis,
        best_epoch,
        baseline,
    };
    lower.draw(canvas)?;

    draw_epochs(canvas, epochs, bottom)?;
    if let Some(best) = best_epoch {
        draw_best_label(canvas, &upper, best)?;
    }
    if has_key {
        draw_key(canvas, &losses, &accuracies)?;
    }
    Ok(())
}

/// Title and subtitle. Returns the lowest baseline.
fn draw_heading<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    curves: &Curves,
) -> Result<f64, plotters::prelude::DrawingAreaErrorKind<Backend::ErrorType>> {
    let width = f64::from(style::WIDTH) - 2.0 * style::MARGIN;
    let mut baseline = 38.0;
    let title = canvas
        .typeface
        .shorten_middle(&printable(&curves.title), style::TITLE_SIZE, width);
    canvas.text(
        &title,
        (style::MARGIN, baseline),
        style::TITLE_SIZE,
        style::STRONG_TEXT,
        Align::Left,
    )?;
    baseline += 6.0;
    let subtitle = printable(&curves.subtitle);
    for line in canvas.typeface.wrap(&subtitle, style::TEXT_SIZE, width, 2) {
        baseline += 19.0;
        canvas.text(
            &line,
            (style::MARGIN, baseline),
            style::TEXT_SIZE,
            style::QUIET_TEXT,
            Align::Left,
        )?;
    }
    Ok(baseline)
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

/// In per cent.
fn accuracies(points: &[&CurvePoint]) -> Series {
    let mut series = Series::default();
    for point in points {
        let train = 100.0 * point.train_accuracy;
        let validation = point.validation_accuracy.map(|share| 100.0 * share);
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
    let values = series.values();
    let axis = Axis::of_accuracies(&values, &series.interval());
    let (Some(Axis::Linear(low, high)), Some(baseline)) = (axis, baseline) else {
        return (axis, String::new());
    };
    if low - baseline <= high - low && baseline - high <= high - low {
        let with_baseline = [&values[..], &[baseline]].concat();
        let axis = Axis::of_accuracies(&with_baseline, &series.interval());
        return (axis, String::new());
    }
    let side = if baseline < low { "below" } else { "above" };
    let note = format!("majority class: {baseline:.1} %, {side} this range");
    (axis, note)
}

/// The tick labels that both panels share.
fn draw_epochs<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    epochs: Epochs,
    bottom: f64,
) -> Drawn<Backend> {
    let baseline = bottom + 20.0;
    for epoch in ticks::epochs(epochs.first, epochs.last) {
        canvas.text(
            &epoch.to_string(),
            (epochs.position(epoch), baseline),
            style::SMALL_TEXT_SIZE,
            style::QUIET_TEXT,
            Align::Center,
        )?;
    }
    canvas.text(
        "epoch",
        (panel::LEFT - 10.0, baseline),
        style::SMALL_TEXT_SIZE,
        style::QUIET_TEXT,
        Align::Right,
    )
}

/// Above the vertical line in the upper panel, but never over the panel's title.
fn draw_best_label<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    upper: &Panel,
    best: usize,
) -> Drawn<Backend> {
    let text = format!("best epoch {best}");
    let half = canvas.typeface.width(&text, style::SMALL_TEXT_SIZE) / 2.0;
    let note = if upper.note.is_empty() {
        0.0
    } else {
        10.0 + canvas.typeface.width(upper.note, style::SMALL_TEXT_SIZE)
    };
    let least = style::MARGIN + upper.title_width(canvas) + note + 16.0 + half;
    let most = f64::from(style::WIDTH) - style::MARGIN - half;
    canvas.text(
        &text,
        (
            upper.epochs.position(best).max(least).min(most),
            upper.frame.top - 11.0,
        ),
        style::SMALL_TEXT_SIZE,
        style::STRONG_TEXT,
        Align::Center,
    )
}

/// What the two shaded areas mean, at the very bottom.
fn draw_key<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    losses: &Series,
    accuracies: &Series,
) -> Drawn<Backend> {
    let has_interval = [losses, accuracies]
        .iter()
        .any(|series| !series.runs(&series.interval_low).is_empty());
    let baseline = f64::from(style::HEIGHT) - 18.0;
    let mut x = panel::LEFT;
    let (top, bottom) = (baseline - 10.0, baseline + 1.0);
    let mut entry = |text: &str, color, opacity, edge| -> Drawn<Backend> {
        let end = x + 20.0;
        canvas.rectangle((x, top), (end, bottom), color, opacity)?;
        for y in [top, bottom] {
            canvas.line(&[(x, y), (end, y)], edge, style::THIN_LINE)?;
        }
        let start = end + 8.0;
        x = start + canvas.typeface.width(text, style::SMALL_TEXT_SIZE) + 28.0;
        canvas.text(
            text,
            (start, baseline),
            style::SMALL_TEXT_SIZE,
            style::QUIET_TEXT,
            Align::Left,
        )
    };
    entry(
        "gap between the two",
        style::GAP,
        1.4 * style::GAP_OPACITY,
        style::GRID,
    )?;
    if has_interval {
        entry(
            "validation within the 95 % interval of the gap",
            VALIDATION.line,
            style::INTERVAL_OPACITY,
            style::INTERVAL_EDGE,
        )?;
    }
    Ok(())
}
