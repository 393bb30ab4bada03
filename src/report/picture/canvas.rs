//! What a picture is drawn with: a few shapes in pixels of the SVG, onto any plotters backend.
//!
//! plotters counts in whole numbers. So that curves do not become stairs, the backends are given coordinates of
//! [`UNITS`] per pixel.

use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::{DrawingArea, DrawingAreaErrorKind, DrawingBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBAColor, RGBColor};

use super::image::{Image, Placed};
use super::raster::{BASELINE_BELOW_TOP, FONT_SIZE_PER_EM};
use super::text::Typeface;
use crate::report::style::{self, Shape};

/// Coordinates of the backend per pixel of the SVG.
pub(in crate::report) const UNITS: u32 = 4;

/// What a drawing step returns.
pub(in crate::report) type Drawn<Backend> =
    Result<(), DrawingAreaErrorKind<<Backend as DrawingBackend>::ErrorType>>;

/// Where a text stands relative to its place.
#[derive(Clone, Copy)]
pub(in crate::report) enum Align {
    /// To the right of its place.
    Left,
    /// Around its place.
    Center,
    /// To the left of its place.
    Right,
}

/// The paper of a picture, and the font it is written on with.
pub(in crate::report) struct Canvas<'a, Backend: DrawingBackend> {
    /// The backend.
    pub(in crate::report) area: DrawingArea<Backend, Shift>,
    /// Width and height in pixels.
    pub(in crate::report) size: (f64, f64),
    /// The font.
    pub(in crate::report) typeface: &'a Typeface,
}

impl<Backend: DrawingBackend> Canvas<'_, Backend> {
    /// A line through `points`.
    pub(in crate::report) fn line(
        &self,
        points: &[(f64, f64)],
        color: RGBColor,
        width: f64,
    ) -> Drawn<Backend> {
        let points: Vec<_> = points.iter().copied().map(place).collect();
        self.area
            .draw(&PathElement::new(points, color.stroke_width(length(width))))
    }

    /// A horizontal or vertical line of dashes and equally long spaces.
    pub(in crate::report) fn dashes(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        dash: f64,
        color: RGBColor,
    ) -> Drawn<Backend> {
        let whole = (to.0 - from.0).hypot(to.1 - from.1);
        let point = |along: f64| {
            let share = (along / whole).min(1.0);
            (
                from.0 + share * (to.0 - from.0),
                from.1 + share * (to.1 - from.1),
            )
        };
        let mut start = 0.0;
        while start < whole {
            self.line(
                &[point(start), point(start + dash)],
                color,
                style::MARK_LINE,
            )?;
            start += 2.0 * dash + style::MARK_LINE;
        }
        Ok(())
    }

    /// A filled polygon, `opacity` of which covers what lies below it.
    pub(in crate::report) fn area(
        &self,
        corners: &[(f64, f64)],
        color: RGBColor,
        opacity: f64,
    ) -> Drawn<Backend> {
        let corners: Vec<_> = corners.iter().copied().map(place).collect();
        let color: RGBAColor = color.mix(opacity);
        self.area.draw(&Polygon::new(corners, color.filled()))
    }

    /// A filled rectangle.
    pub(in crate::report) fn rectangle(
        &self,
        corner: (f64, f64),
        opposite: (f64, f64),
        color: RGBColor,
        opacity: f64,
    ) -> Drawn<Backend> {
        let color: RGBAColor = color.mix(opacity);
        self.area.draw(&Rectangle::new(
            [place(corner), place(opposite)],
            color.filled(),
        ))
    }

    /// A filled circle.
    pub(in crate::report) fn disc(
        &self,
        center: (f64, f64),
        radius: f64,
        color: RGBColor,
    ) -> Drawn<Backend> {
        self.area
            .draw(&Circle::new(place(center), length(radius), color.filled()))
    }

    /// A filled shape of about the area of a circle of this radius.
    pub(in crate::report) fn shape(
        &self,
        shape: Shape,
        (x, y): (f64, f64),
        radius: f64,
        color: RGBColor,
    ) -> Drawn<Backend> {
        let polygon = |corners: &[(f64, f64)]| {
            let corners: Vec<_> = corners
                .iter()
                .map(|(across, down)| (x + radius * across, y + radius * down))
                .collect();
            self.area(&corners, color, 1.0)
        };
        match shape {
            Shape::Disc => self.disc((x, y), radius, color),
            Shape::Square => polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Shape::Triangle => polygon(&[(0.0, -1.35), (1.2, 0.8), (-1.2, 0.8)]),
            Shape::Diamond => polygon(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
        }
    }

    /// A small dot that lets shine through what lies below it: a single run.
    pub(in crate::report) fn faint_dot(
        &self,
        center: (f64, f64),
        color: RGBColor,
    ) -> Drawn<Backend> {
        let color: RGBAColor = color.mix(style::DOT_OPACITY);
        self.area.draw(&Circle::new(
            place(center),
            length(style::DOT_RADIUS),
            color.filled(),
        ))
    }

    /// A rectangle of sparse diagonal lines: something is missing here.
    pub(in crate::report) fn hatched(
        &self,
        (left, top): (f64, f64),
        (right, bottom): (f64, f64),
    ) -> Drawn<Backend> {
        self.rectangle((left, top), (right, bottom), style::MISSING, 1.0)?;
        // The lines x + y = constant, at the same constants everywhere, so that neighbours join.
        let mut sum = ((left + top) / style::HATCH_DISTANCE).floor() * style::HATCH_DISTANCE;
        while sum < right + bottom {
            let (from, to) = ((sum - bottom).max(left), (sum - top).min(right));
            if to > from {
                self.line(
                    &[(from, sum - from), (to, sum - to)],
                    style::HATCH,
                    style::THIN_LINE,
                )?;
            }
            sum += style::HATCH_DISTANCE;
        }
        Ok(())
    }

    /// Pixels, stretched over a rectangle.
    pub(in crate::report) fn image(
        &self,
        (left, top): (f64, f64),
        (right, bottom): (f64, f64),
        image: &Image,
    ) -> Drawn<Backend> {
        self.area.draw(&Placed {
            image,
            corner: place((left, top)),
            size: (length(right - left), length(bottom - top)),
        })
    }

    /// One line of text on the baseline through `position`.
    pub(in crate::report) fn text(
        &self,
        text: &str,
        (x, baseline): (f64, f64),
        size: f64,
        color: RGBColor,
        align: Align,
    ) -> Drawn<Backend> {
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        // Only the top has the same distance from the baseline in every font.
        let top = baseline - BASELINE_BELOW_TOP * size;
        let text_style = (
            style::FONT_FAMILY,
            size * f64::from(UNITS) * FONT_SIZE_PER_EM,
        )
            .into_font()
            .color(&color)
            .pos(Pos::new(horizontal, VPos::Top));
        self.area.draw_text(text, &text_style, place((x, top)))
    }
}

fn place((x, y): (f64, f64)) -> (i32, i32) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a place in the picture; anything else saturates, which is harmless"
    )]
    let units = |value: f64| (value * f64::from(UNITS)).round() as i32;
    (units(x), units(y))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the lengths of shapes on the paper"
)]
fn length(value: f64) -> u32 {
    (value * f64::from(UNITS)).round() as u32
}
