//! What is said to Slurm, and what it answers: jobs are submitted, looked for in the queue, and taken out of it.
//!
//! Only its own programs are called (`sbatch`, `squeue`, `scontrol`, `scancel`, `sinfo`), as a user would, so that every version and every
//! site's rules are what they are; nothing is scraped from logs. What of a sweep is done is not asked here: its runs say that themselves.
//!
//! A submission has a token. Each of its jobs carries it as a comment, so that a job is known even where the program was killed between
//! sending it and writing down its number; and the folder of the submission holds it in a file, by which a job on another machine sees
//! that the folder is the same one there.

pub mod error;
pub mod programs;
pub mod queue;
pub mod record;
pub mod request;
pub mod script;

pub use error::SlurmError;
pub use programs::Slurm;
