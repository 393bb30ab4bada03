//! How the pictures look: colours, text sizes, line widths and margins, in one place.
//!
//! Training and validation are always the same two colours. They come from the blue and the orange of Okabe and
//! Ito's palette, which stay apart for every common kind of colour blindness; the blue is darkened and the orange
//! deepened so that the two also stay apart by lightness alone (about 70 against 135 of 255) when printed in grey,
//! and both keep a contrast of at least 3 to 1 against white. Every line is labelled at its end as well, so colour
//! is never the only key.
//!
//! All lengths are in pixels of the SVG at its natural size, 800 by 600; the PNG is twice that.

use plotters::style::RGBColor;

/// Width of the picture.
pub const WIDTH: u32 = 800;
/// Height of the picture.
pub const HEIGHT: u32 = 600;
/// Pixels of the PNG per pixel of the SVG.
pub const PNG_SCALE: u32 = 2;

/// The font stack of the SVG. Verdana has nearly the metrics of `DejaVu` Sans, which the PNG embeds.
pub const FONT_FAMILY: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

/// What stands at the values of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// Nothing, unless a value stands alone.
    None,
    /// A filled circle.
    Disc,
    /// A circle with a hole.
    Ring,
}

/// How a line is drawn, in every picture.
#[derive(Clone, Copy, Debug)]
pub struct LineStyle {
    /// What stands at its end.
    pub label: &'static str,
    /// Colour of line and markers.
    pub line: RGBColor,
    /// The same hue, dark enough for small text (contrast above 4.5 to 1).
    pub text: RGBColor,
    /// Width of the line. Training is the wider one and lies below, so that two equal curves both show.
    pub line_width: f64,
    /// Whether it is broken into dashes.
    pub is_dashed: bool,
    /// What stands at its values.
    pub marker: Marker,
}

const TRAINING_BLUE: RGBColor = RGBColor(0x00, 0x5B, 0x96);

/// The training split: blue, dark.
pub const TRAINING: LineStyle = LineStyle {
    label: "training",
    line: TRAINING_BLUE,
    text: RGBColor(0x00, 0x4F, 0x85),
    line_width: 3.5,
    is_dashed: false,
    marker: Marker::Disc,
};

/// The validation split: orange, light.
pub const VALIDATION: LineStyle = LineStyle {
    label: "validation",
    line: RGBColor(0xDD, 0x75, 0x00),
    text: RGBColor(0xA8, 0x52, 0x00),
    line_width: 1.75,
    is_dashed: false,
    marker: Marker::Ring,
};

/// One of several runs where all of them show the same split: the hue stays that of the split, and the first eight runs differ in
/// lightness, dashes and width, so that no eye for colours is needed. Their letters stand on the lines as well.
#[must_use]
pub fn run(split: LineStyle, number: usize) -> LineStyle {
    let deep = match split.line {
        TRAINING_BLUE => RGBColor(0x00, 0x2B, 0x4D),
        _ => RGBColor(0x6B, 0x33, 0x00),
    };
    let (line, text) = if number.is_multiple_of(2) {
        (split.line, split.text)
    } else {
        (deep, deep)
    };
    LineStyle {
        line,
        text,
        line_width: if number % 8 < 4 { 2.5 } else { 1.25 },
        is_dashed: number % 4 >= 2,
        marker: Marker::None,
        ..split
    }
}

/// Training on labels that were shuffled: the blue of training, dashed.
pub const SHUFFLED_TRAINING: LineStyle = LineStyle {
    label: "training, shuffled labels",
    line_width: 2.5,
    is_dashed: true,
    marker: Marker::None,
    ..TRAINING
};

/// The gap between the splits, where it has a panel of its own: dark grey.
pub const GAP_LINE: LineStyle = LineStyle {
    label: "gap",
    line: RGBColor(0x3F, 0x46, 0x4F),
    text: RGBColor(0x3F, 0x46, 0x4F),
    line_width: 2.25,
    is_dashed: false,
    marker: Marker::Disc,
};

/// A law fitted to validation: the orange of its text, dashed.
pub const LAW: LineStyle = LineStyle {
    label: "fitted law",
    line: RGBColor(0xA8, 0x52, 0x00),
    line_width: 1.75,
    is_dashed: true,
    marker: Marker::None,
    ..VALIDATION
};

/// What a sample is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A circle.
    Disc,
    /// A square.
    Square,
    /// A triangle that stands on its side.
    Triangle,
    /// A square on its corner.
    Diamond,
}

/// How a class is drawn where colours mean classes.
#[derive(Clone, Copy, Debug)]
pub struct ClassStyle {
    /// Of its samples, and in lighter shades of what the network takes for it.
    pub color: RGBColor,
    /// Of its samples, so that colour is not the only key.
    pub shape: Shape,
}

/// The first classes; further ones begin anew. Purple and green, the ends of `ColorBrewer`'s `PRGn`, stay apart for every common kind
/// of colour blindness and from the two colours of the splits.
pub const CLASSES: [ClassStyle; 8] = [
    class_style(RGBColor(0x76, 0x2A, 0x83), Shape::Disc),
    class_style(RGBColor(0x1B, 0x78, 0x37), Shape::Square),
    class_style(RGBColor(0xB8, 0x8A, 0x00), Shape::Triangle),
    class_style(RGBColor(0x2A, 0x9D, 0xB5), Shape::Diamond),
    class_style(RGBColor(0x9E, 0x1B, 0x44), Shape::Disc),
    class_style(RGBColor(0x6B, 0x6B, 0x6B), Shape::Square),
    class_style(RGBColor(0xD0, 0x6F, 0xB1), Shape::Triangle),
    class_style(RGBColor(0x7A, 0x5C, 0x3A), Shape::Diamond),
];

/// So much of `color` on the paper.
#[must_use]
pub fn tint(color: RGBColor, share: f64) -> RGBColor {
    let channel = |ink: u8, paper: u8| {
        (f64::from(paper) + share * (f64::from(ink) - f64::from(paper))).round() as u8
    };
    RGBColor(
        channel(color.0, BACKGROUND.0),
        channel(color.1, BACKGROUND.1),
        channel(color.2, BACKGROUND.2),
    )
}

/// What belongs to no class.
pub const PLAIN: ClassStyle = class_style(MARK, Shape::Disc);

const fn class_style(color: RGBColor, shape: Shape) -> ClassStyle {
    ClassStyle { color, shape }
}

/// The style of the class with this number.
#[must_use]
pub fn class(number: usize) -> ClassStyle {
    CLASSES[number % CLASSES.len()]
}

/// Answers that are right, where a picture counts answers: slate.
pub const RIGHT: RGBColor = RGBColor(0x33, 0x4E, 0x68);
/// Answers that are wrong: crimson, which stays apart from slate by hue, and by place or frame wherever both are used.
pub const WRONG: RGBColor = RGBColor(0xA3, 0x1F, 0x4B);

/// The line on which a neuron is 0.
pub const NEURON: RGBColor = RGBColor(0x6B, 0x73, 0x7D);
/// Width of the border between two classes.
pub const BORDER: f64 = 2.25;

/// The paper.
pub const BACKGROUND: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Titles.
pub const STRONG_TEXT: RGBColor = RGBColor(0x1B, 0x1F, 0x24);
/// The subtitle, tick labels and notes.
pub const QUIET_TEXT: RGBColor = RGBColor(0x50, 0x57, 0x60);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xE8, 0xEA, 0xED);
/// The horizontal axis.
pub const AXIS: RGBColor = RGBColor(0x9A, 0xA1, 0xAA);
/// The lines that mark something: best epoch and baseline.
pub const MARK: RGBColor = RGBColor(0x5A, 0x62, 0x6C);
/// The area between the two curves.
pub const GAP: RGBColor = RGBColor(0x5A, 0x62, 0x6C);
/// How much the gap's area covers what lies below it.
pub const GAP_OPACITY: f64 = 0.16;
/// How much the interval's band, in the colour of validation, covers what lies below it.
pub const INTERVAL_OPACITY: f64 = 0.17;
/// The band's edges, which tell it from the gap when printed in grey.
pub const INTERVAL_EDGE: RGBColor = RGBColor(0xEF, 0xBC, 0x85);

/// Paper where a run is missing.
pub const MISSING: RGBColor = RGBColor(0xF7, 0xF7, 0xF8);
/// The lines of its hatching.
pub const HATCH: RGBColor = RGBColor(0xC3, 0xC8, 0xCE);
/// How much the interval of a fitted law covers what lies below it.
pub const LAW_OPACITY: f64 = 0.1;
/// How much a dot, which is a single run, covers what lies below it.
pub const DOT_OPACITY: f64 = 0.45;

/// Size of the title.
pub const TITLE_SIZE: f64 = 21.0;
/// Size of a panel's title.
pub const PANEL_TITLE_SIZE: f64 = 15.0;
/// Size of the subtitle and of the labels at the lines' ends.
pub const TEXT_SIZE: f64 = 14.0;
/// Size of tick labels and notes.
pub const SMALL_TEXT_SIZE: f64 = 12.5;

/// Width of grid lines and ticks.
pub const THIN_LINE: f64 = 1.0;
/// Width of the lines that mark something.
pub const MARK_LINE: f64 = 1.25;
/// How much thinner the lines of curves with very many epochs are.
pub const DENSE_LINE: f64 = 0.65;
/// Radius of a marker: a disc for training, a ring for validation.
pub const MARKER_RADIUS: f64 = 3.75;
/// Width of the ring.
pub const RING_WIDTH: f64 = 1.5;
/// Radius of the dot of a single run.
pub const DOT_RADIUS: f64 = 2.0;
/// Between the lines of a hatching, across and down.
pub const HATCH_DISTANCE: f64 = 6.0;
/// Width of the frame around something outstanding.
pub const OUTLINE: f64 = 2.0;

/// From the picture's edge to the text.
pub const MARGIN: f64 = 24.0;
/// From the picture's edge to the panels: room for the tick labels.
pub const PANEL_LEFT: f64 = 76.0;
/// From the panels to the picture's other edge: room for the labels at the lines' ends.
pub const PANEL_RIGHT: f64 = 128.0;
