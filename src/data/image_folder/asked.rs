//! Images whose classes are asked for, prepared like those that trained.

use std::fs;
use std::path::{Path, PathBuf};

use super::decode::{Fault, Target, prepared};
use super::listing::{is_hidden, is_image};
use crate::data::preparation::ImagePreparation;

/// The image files that `path` stands for: itself, or everything below a folder that is called like an image, sorted.
///
/// # Errors
///
/// A folder cannot be read.
pub fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            if is_hidden(&path) {
                continue;
            }
            // Links to folders are not followed: they can lead in circles.
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if !path.is_dir() && is_image(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The bytes of an image: channel by channel, each row by row.
///
/// # Errors
///
/// Why it cannot be used, in words.
pub fn asked(path: &Path, preparation: &ImagePreparation) -> Result<Vec<u8>, String> {
    let target = Target {
        height: preparation.height as u32,
        width: preparation.width as u32,
        channels: preparation.channels,
        scaling: preparation.resize,
    };
    let mut pixels = vec![0; preparation.channels * preparation.height * preparation.width];
    match prepared(path, &target, &mut pixels) {
        Ok(()) => Ok(pixels),
        Err(Fault::Unusable(reason)) => Err(reason),
        Err(Fault::Size(width, height)) => Err(format!(
            "{width} × {height} pixels, but the network was trained on {} × {}",
            preparation.width, preparation.height
        )),
    }
}
