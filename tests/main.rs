//! Tests through the front door: the real program, a temporary directory, exact output.
//!
//! One binary, because burn links large. What goes where:
//!
//! - `program`: the builder that all others use
//! - `messages`: everything a user can get wrong, and what is said about it
//! - `data_files`: IDX files that are not what they should be
//! - `aiming`: what a step aims at: smoothed labels, weighted classes, several batches
//! - `augmenting`: training images that are changed each time they are seen
//! - `own_data`: tables
//! - `own_images`: folders of images
//! - `large_data`: folders of images that are too large for the memory
//! - `own_sets`: published sets from files, and `brecha data describe`
//! - `fetching`, `server`: published sets from the web, by a server of our own
//! - `run_directory`: what a run leaves behind, and what it never touches
//! - `read_only`: runs that cannot be written to
//! - `unusual`: runs that a page and its pictures have to bear
//! - `learning`: that networks learn, repeatably, and are judged rightly
//! - `judging`: what surrounds the verdict: baselines, decomposition, exit codes, verification
//! - `regression`: numbers instead of classes
//! - `picturing`: what a run leaves to look at
//! - `comparing`: several runs on one page
//! - `watching`: pages for a browser, and nothing for anybody else
//! - `backends`: that back ends agree
//! - `devices`: that several devices agree with one
//! - `remote`: that a device elsewhere agrees with one here (with the feature)
//! - `derivatives`: that gradients are derivatives on every back end, and that a wrong one is caught
//! - `gradients`: what the check of the gradients says and refuses
//! - `sweeps`: one text, many runs, one table
//! - `slurm`: sweeps on a cluster, and by other launchers
//! - `using`: a trained network evaluated, and exported to other programs
//! - `terminal`: what a run looks like on one
//! - `tensorboard`: what TensorBoard reads in a run
//! - `importing`: weights of other programs
//! - `starting`: configurations to begin with
//! - `pages`: the page of a run, in a real browser too
//! - `stopping`: diverging and being interrupted
//! - `resuming`: going on where a run was stopped or killed
//! - `faults`: what goes wrong around a run: disks, folders, streams, threads, clocks
//! - `limits`: what a machine has too little of is said before a run begins
//! - `listing`: `brecha runs`
//! - `bad_input`: the rest of what a user can get wrong with data, weights and folders, number by number
//! - `strangers`: files of others cannot reach out of their folder, nor take more memory than they have bytes
//! - `killing`: that runs that are killed end as if they never had been
//! - `properties`: what holds whatever the network
//! - `fuzzing`: that no bytes, in whatever file, lead to a panic
//! - `soaking`: that memory and open files do not grow with time (ignored: takes minutes)
//! - `documents`: every file in `configs/`, every command and every TOML block of the README
//!
//! Pure parts (shapes, splits, intervals, readers) are tested beside their code.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test that cannot go on has failed, what it skips it says, and nothing here is published"
)]

mod aiming;
mod augmenting;
mod backends;
mod bad_input;
mod comparing;
mod data_files;
mod derivatives;
mod devices;
mod documents;
mod faults;
mod fetching;
mod fuzzing;
mod gradients;
mod importing;
mod judging;
mod killing;
mod large_data;
mod learning;
mod limits;
mod listing;
mod messages;
mod normalising;
mod own_data;
mod own_images;
mod own_sets;
mod pages;
mod picturing;
mod program;
mod properties;
mod read_only;
mod regression;
#[cfg(feature = "remote")]
mod remote;
mod resuming;
mod run_directory;
mod server;
mod slurm;
mod soaking;
mod starting;
mod stopping;
mod strangers;
mod sweeps;
mod tensorboard;
mod terminal;
mod unusual;
mod using;
mod watching;
