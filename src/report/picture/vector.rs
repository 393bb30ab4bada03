//! The SVG side of the picture: plotters' own backend, and images, which it only knows together with a second version of the
//! image library.
//!
//! An image is drawn as a rectangle of a colour that no picture has, and put in its place when the document is done; so what is
//! drawn later lies on it, as it should.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plotters::prelude::{DrawingBackend, SVGBackend};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};

use super::PictureError;
use super::image::{Image, Manner};

type Drawn<'a> = Result<(), DrawingErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// Of the rectangles that become images.
const PLACEHOLDER: BackendColor = BackendColor {
    alpha: 1.0,
    rgb: (1, 2, 3),
};

/// The same as plotters writes it.
const PLACEHOLDER_FILL: &str = "fill=\"#010203\"";

/// Draws into an SVG document, and collects the images in the order in which they are drawn.
pub(super) struct Vector<'a> {
    shapes: SVGBackend<'a>,
    images: &'a mut Vec<Image>,
}

impl<'a> Vector<'a> {
    /// A document of this size in plotters' coordinates.
    pub(super) fn new(
        document: &'a mut String,
        size: (u32, u32),
        images: &'a mut Vec<Image>,
    ) -> Self {
        Self {
            shapes: SVGBackend::with_string(document, size),
            images,
        }
    }
}

/// The document with its images.
///
/// # Errors
///
/// An image cannot be compressed.
pub(super) fn with_images(document: &str, images: &[Image]) -> Result<String, PictureError> {
    let mut images = images.iter();
    let mut result = String::with_capacity(document.len());
    for line in document.split_inclusive('\n') {
        let is_place = line.starts_with("<rect") && line.contains(PLACEHOLDER_FILL);
        match is_place.then(|| images.next()).flatten() {
            Some(image) => result.push_str(&element(line, image)?),
            None => result.push_str(line),
        }
    }
    Ok(result)
}

/// An image where the rectangle of this line is.
fn element(rectangle: &str, image: &Image) -> Result<String, PictureError> {
    let attribute = |name: &str| {
        let opening = format!(" {name}=\"");
        let after = rectangle.split_once(&opening);
        after
            .and_then(|(_, rest)| rest.split_once('"'))
            .map_or("0", |(value, _)| value)
    };
    let rendering = match image.manner {
        Manner::Squares => " image-rendering=\"pixelated\"",
        Manner::Smooth => "",
    };
    Ok(format!(
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"{rendering} \
         href=\"data:image/png;base64,{}\"/>\n",
        attribute("x"),
        attribute("y"),
        attribute("width"),
        attribute("height"),
        STANDARD.encode(image.png()?),
    ))
}

impl<'a> DrawingBackend for Vector<'a> {
    type ErrorType = <SVGBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.shapes.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn<'a> {
        self.shapes.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<'a> {
        self.shapes.present()
    }

    fn draw_pixel(&mut self, place: BackendCoord, color: BackendColor) -> Drawn<'a> {
        self.shapes.draw_pixel(place, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn<'a> {
        self.shapes.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        corner: BackendCoord,
        opposite: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn<'a> {
        self.shapes.draw_rect(corner, opposite, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn<'a> {
        self.shapes.draw_path(path, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn<'a> {
        self.shapes.draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn<'a> {
        self.shapes.fill_polygon(corners, style)
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        position: BackendCoord,
    ) -> Drawn<'a> {
        self.shapes.draw_text(text, style, position)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Self::ErrorType>> {
        self.shapes.estimate_text_size(text, style)
    }

    fn blit_bitmap(
        &mut self,
        corner: BackendCoord,
        (width, height): (u32, u32),
        bytes: &[u8],
    ) -> Drawn<'a> {
        let Some(image) = Image::opened(bytes) else {
            return Ok(());
        };
        self.images.push(image);
        let opposite = (
            corner.0.saturating_add_unsigned(width),
            corner.1.saturating_add_unsigned(height),
        );
        self.shapes.draw_rect(corner, opposite, &PLACEHOLDER, true)
    }
}
