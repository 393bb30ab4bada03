//! Draws pictures and writes them, on as many cores as there are.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::FOLDER;
use crate::report::picture::{Drawing, PictureError};
use crate::report::{ReportError, RunDirectory};

type Draw = dyn Fn() -> Result<Vec<u8>, PictureError> + Send + Sync;

/// A file and what draws it.
#[derive(Clone)]
pub(super) struct Named {
    file: &'static str,
    draw: Arc<Draw>,
}

impl Named {
    pub(super) fn new(
        file: &'static str,
        draw: impl Fn() -> Result<Vec<u8>, PictureError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            file,
            draw: Arc::new(draw),
        }
    }

    /// A picture in both formats.
    pub(super) fn both(
        svg: &'static str,
        png: &'static str,
        drawing: impl Drawing + 'static,
    ) -> [Self; 2] {
        let drawing = Arc::new(drawing);
        let vector = drawing.clone();
        [
            Self::new(png, move || drawing.png()),
            Self::new(svg, move || Ok(vector.svg()?.into_bytes())),
        ]
    }
}

/// Writes all of them; the first error is that of the first file that could not be written.
pub(super) fn write(pictures: &[Named], directory: &RunDirectory) -> Result<(), ReportError> {
    // Pixels take longer than text, so they are begun first.
    let is_text = |picture: &&Named| Path::new(picture.file).extension() == Some("svg".as_ref());
    let (text, pixels): (Vec<_>, Vec<_>) = pictures.iter().partition(is_text);
    let files: Vec<&Named> = pixels.into_iter().chain(text).collect();
    let write = |&Named { file, ref draw }: &Named| {
        let content = draw().map_err(|source| ReportError::Picture { file, source })?;
        directory.write_derived(&format!("{FOLDER}/{file}"), &content)
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut first = None;
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(place) else {
                return first;
            };
            if let Err(error) = write(file) {
                first.get_or_insert((place, error));
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let errors: Vec<(usize, ReportError)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores.min(files.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let ended = workers.into_iter().map(|worker| match worker.join() {
            Ok(first) => first,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ended.flatten().collect()
    });
    let first = errors.into_iter().min_by_key(|&(place, _)| place);
    first.map_or(Ok(()), |(_, error)| Err(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Drawing for Broken {
        fn svg(&self) -> Result<String, PictureError> {
            Err(PictureError::Draw("no ink".into()))
        }

        fn png(&self) -> Result<Vec<u8>, PictureError> {
            Ok(vec![1, 2, 3])
        }
    }

    #[test]
    fn a_file_that_cannot_be_drawn_keeps_no_other_from_it() -> Result<(), Box<dyn std::error::Error>>
    {
        let temporary = tempfile::tempdir()?;
        let directory = RunDirectory::create(temporary.path(), "run")?;
        let pictures = [
            Named::both("a.svg", "a.png", Broken),
            Named::both("b.svg", "b.png", Broken),
        ]
        .concat();
        let error = write(&pictures, &directory).unwrap_err().to_string();
        assert!(
            error.contains("cannot draw") && error.contains(".svg"),
            "{error}"
        );
        for file in ["a.png", "b.png"] {
            let content = std::fs::read(directory.path().join(FOLDER).join(file))?;
            assert_eq!(content, [1, 2, 3]);
        }
        write(&[], &directory)?;
        Ok(())
    }

    #[test]
    fn a_folder_that_is_a_file_is_an_error() -> Result<(), Box<dyn std::error::Error>> {
        let temporary = tempfile::tempdir()?;
        let directory = RunDirectory::create(temporary.path(), "run")?;
        std::fs::write(directory.path().join(FOLDER), "")?;
        assert!(write(&Named::both("a.svg", "a.png", Broken), &directory).is_err());
        Ok(())
    }
}
