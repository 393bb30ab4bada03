//! Draws pictures in both formats and writes them, on as many cores as there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::FOLDER;
use crate::report::picture::Drawing;
use crate::report::{ReportError, RunDirectory};

/// A picture and its two files.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) svg: &'static str,
    pub(super) png: &'static str,
    pub(super) drawing: Arc<dyn Drawing>,
}

/// Writes all of them; the first error is that of the first picture that could not be written.
pub(super) fn write(pictures: &[Named], directory: &RunDirectory) -> Result<(), ReportError> {
    // Pixels take longer than text, so they are begun first.
    let files = 2 * pictures.len();
    let write = |file: usize| {
        let picture = &pictures[file % pictures.len()];
        let failed = |file| move |source| ReportError::Picture { file, source };
        if file < pictures.len() {
            let png = picture.drawing.png().map_err(failed(picture.png))?;
            directory.write(&format!("{FOLDER}/{}", picture.png), &png)
        } else {
            let svg = picture.drawing.svg().map_err(failed(picture.svg))?;
            directory.write(&format!("{FOLDER}/{}", picture.svg), svg.as_bytes())
        }
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut first = None;
        loop {
            let file = next.fetch_add(1, Ordering::Relaxed);
            if file >= files {
                return first;
            }
            if let Err(error) = write(file) {
                first.get_or_insert(error);
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let errors: Vec<ReportError> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores.min(files)).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| match worker.join() {
            Ok(first) => first,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ended.flatten().collect()
    });
    errors.into_iter().next().map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::picture::PictureError;

    struct Broken;

    impl Drawing for Broken {
        fn svg(&self) -> Result<String, PictureError> {
            Err(PictureError::Draw("no ink".into()))
        }

        fn png(&self) -> Result<Vec<u8>, PictureError> {
            Ok(vec![1, 2, 3])
        }
    }

    fn broken(svg: &'static str, png: &'static str) -> Named {
        Named {
            svg,
            png,
            drawing: Arc::new(Broken),
        }
    }

    #[test]
    fn a_file_that_cannot_be_drawn_keeps_no_other_from_it() -> Result<(), Box<dyn std::error::Error>>
    {
        let temporary = tempfile::tempdir()?;
        let directory = RunDirectory::create(temporary.path(), "run")?;
        let pictures = [broken("a.svg", "a.png"), broken("b.svg", "b.png")];
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
        assert!(write(&[broken("a.svg", "a.png")], &directory).is_err());
        Ok(())
    }
}
