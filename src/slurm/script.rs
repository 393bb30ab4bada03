//! The scripts of the jobs, the same for every sweep: what differs are their arguments, which no shell splits.
//!
//! A script that finds that a node does not see what it should ends with a code of its own, which the controller keeps: that is how the
//! reason comes back from a node that shares no folder with this machine.

/// Looks whether this node has the folder and the program: `FOLDER PROGRAM TOKEN DIGEST`.
pub const PROBE: &str = include_str!("scripts/probe.sh");

/// Runs some points of a list: `FOLDER PROGRAM TOKEN LIST POINTS-PER-TASK`, of an array.
pub const TASK: &str = include_str!("scripts/task.sh");

/// Collects: `FOLDER PROGRAM TOKEN`.
pub const COLLECT: &str = include_str!("scripts/collect.sh");

/// The file of the token, and that of the answer, in the folder of a submission.
pub const TOKEN: &str = "token";

/// What the probe writes where it succeeds.
pub const ANSWER: &str = "answer";

/// What a script's exit code says of the node; `None` for all that are not its own.
#[must_use]
pub fn meaning(code: i32) -> Option<&'static str> {
    Some(match code {
        71 => "the sweep's folder is not there: it is not shared with the machine that submitted",
        72 => "the sweep's folder is another one than on the machine that submitted",
        73 => "the program is not there, or may not be executed",
        74 => "the program is there, but does not run",
        75 => "the program is another one than on the machine that submitted",
        76 => "the sweep's folder cannot be written to",
        _ => return None,
    })
}
