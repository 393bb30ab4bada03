//! One submission: its folder with lists and scripts, then a probe, the arrays behind it, and the job that collects behind these.
//!
//! `slurm.json` is written before the first job is sent and after each. All jobs wait for the probe, which is sent first; whoever kills the
//! program in between leaves jobs that run points of the sweep, which is what they are for, and the next submission knows them.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::super::tell;
use super::super::local::program;
use super::super::prepare::{Prepared, failed};
use super::super::standing::UnderWay;
use super::estimate::{self, Wanted};
use crate::cli::SlurmArguments;
use crate::error::Error;
use crate::experiment::Layout;
use crate::fail_point::reach;
use crate::report::record::now;
use crate::report::run_directory::write_file;
use crate::slurm::Slurm;
use crate::slurm::programs::{Cluster, Partition};
use crate::slurm::record::{self, Array, Purpose, Record, Submission};
use crate::slurm::request::Request;
use crate::slurm::script;

/// Tasks of a submission: a controller holds 10,000 jobs of all users, where nothing else is configured.
const MOST_TASKS: usize = 5_000;

/// Tasks of an array. A task has a number below 1,001, where nothing else is configured.
const MOST_OF_AN_ARRAY: usize = 1_000;

/// Rows, from a file system that is far away and busy.
const COLLECTED_IN_A_MINUTE: u64 = 5_000;

/// Time and memory of the job that only looks.
const SHORT: &str = "5";
const SMALL: &str = "512M";

/// What it takes.
pub(super) struct Submitting<'a> {
    pub(super) slurm: &'a Slurm,
    pub(super) cluster: &'a Cluster,
    pub(super) partition: Option<&'a Partition>,
    pub(super) arguments: &'a SlurmArguments,
    pub(super) prepared: &'a Prepared,
    pub(super) record: &'a mut Record,
}

/// What all jobs are given.
struct Files {
    folder: PathBuf,
    program: PathBuf,
    wanted: Wanted,
}

impl Submitting<'_> {
    /// Sends the jobs, and returns their numbers in lines.
    pub(super) fn submit(mut self, under_way: &UnderWay) -> Result<String, Error> {
        let missing = self.prepared.missing.len();
        let most = MOST_TASKS.min(self.cluster.most_jobs / 2).max(1);
        let points_per_task = self
            .arguments
            .points_per_task
            .unwrap_or(missing.div_ceil(most))
            .max(1);
        let wanted = estimate::wanted(
            self.prepared,
            self.arguments,
            self.partition,
            points_per_task,
        )?;
        let files = self.write_files(points_per_task, wanted)?;
        self.save()?;

        let mut lines = String::new();
        let probe = self.send_probe(&files)?;
        self.latest().probe = Some(probe);
        self.save()?;
        lines.extend(["probe    ", &probe.to_string(), "\n"]);
        let mut refused = None;
        for number in 0..self.latest().arrays.len() {
            match self.send_array(&files, number) {
                Ok(job) => {
                    self.latest().arrays[number].job = Some(job);
                    self.save()?;
                    let tasks = self.latest().arrays[number].tasks();
                    let line = format!("array    {job}  tasks 1-{tasks}\n");
                    lines.push_str(&line);
                }
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        let mut after = under_way.numbers(|purpose| matches!(purpose, Purpose::Array(_)));
        after.extend(self.latest().arrays.iter().filter_map(|array| array.job));
        if refused.is_some() && after.is_empty() {
            // Nothing is left to be probed for; that the controller has gone as well is about to be said.
            let _ = self.slurm.cancel(&[probe]);
            lines.clear();
        } else {
            let collector = self.send_collector(&files, probe, after);
            if refused.is_none() || collector.is_ok() {
                let collector = collector?;
                self.latest().collector = Some(collector);
                self.save()?;
                lines.extend(["collect  ", &collector.to_string(), "\n"]);
            }
        }
        match refused {
            None => Ok(lines),
            Some(error) => {
                // What was taken before stays.
                tell(&lines);
                Err(error)
            }
        }
    }

    /// The folder of the submission, with everything that its jobs read; and a place for it in the record.
    fn write_files(&mut self, points_per_task: usize, wanted: Wanted) -> Result<Files, Error> {
        let sweep = self.prepared.folder.path();
        let (name, folder) = new_folder(sweep)?;
        let folder = std::path::absolute(&folder).map_err(failed("find", &folder))?;
        let token = format!(
            "{:016x}",
            RandomState::new().hash_one((std::process::id(), &folder))
        );
        let most = MOST_OF_AN_ARRAY.min(self.cluster.largest_array.saturating_sub(1).max(1));
        let mut arrays = Vec::new();
        let missing = &self.prepared.missing;
        for numbers in missing.chunks(most.saturating_mul(points_per_task)) {
            let list = format!("points-{}.txt", arrays.len() + 1);
            let points = numbers.iter().map(|&number| &self.prepared.points[number]);
            let lines: Vec<String> = points.map(Layout::line).collect();
            let lines = lines.join("\n") + "\n";
            write_file(&folder.join(&list), lines.as_bytes())?;
            arrays.push(Array {
                job: None,
                list,
                points: numbers.len(),
                points_per_task,
            });
        }
        for (file, text) in [
            ("probe.sh", script::PROBE),
            ("task.sh", script::TASK),
            ("collect.sh", script::COLLECT),
            (script::TOKEN, &format!("{token}\n")),
        ] {
            write_file(&folder.join(file), text.as_bytes())?;
        }
        self.record.submissions.push(Submission {
            at: now(),
            cluster: self.cluster.name.clone(),
            token,
            folder: name,
            probe: None,
            arrays,
            collector: None,
        });
        Ok(Files {
            folder,
            program: program()?,
            wanted,
        })
    }

    fn latest(&mut self) -> &mut Submission {
        let last = self.record.submissions.len() - 1;
        &mut self.record.submissions[last]
    }

    fn save(&self) -> Result<(), Error> {
        let json = self.record.to_json();
        Ok(self.prepared.folder.write(record::FILE, json.as_bytes())?)
    }

    fn send(&self, request: &Request) -> Result<u64, Error> {
        let job = self
            .slurm
            .submit(request, &|line| tell(&format!("{line}\n")))?;
        reach("sent");
        Ok(job)
    }

    fn send_probe(&mut self, files: &Files) -> Result<u64, Error> {
        let digest = digest(&files.program)?;
        let mut request = self.request(files, Purpose::Probe, "probe.sh");
        // Where the folder is not there, a file in it could not be opened, and Slurm would not say what for.
        request.output = PathBuf::from("/dev/null");
        request.arguments.push(digest.into());
        self.send(&request)
    }

    fn send_array(&mut self, files: &Files, number: usize) -> Result<u64, Error> {
        let mut request = self.request(files, Purpose::Array(number), "task.sh");
        let probe = self.latest().probe;
        let array = self.latest().arrays[number].clone();
        request.time.clone_from(&files.wanted.time);
        request.memory.clone_from(&files.wanted.memory);
        request.tasks = Some((array.tasks(), self.arguments.max_parallel));
        request.after_success = probe;
        if self.arguments.max_parallel.is_some() && number > 0 {
            // The limit is that of an array; one after another they keep it together.
            request.after.extend(self.latest().arrays[number - 1].job);
        }
        request.arguments.extend([
            array.list.clone().into(),
            array.points_per_task.to_string().into(),
        ]);
        self.send(&request)
    }

    fn send_collector(&mut self, files: &Files, probe: u64, after: Vec<u64>) -> Result<u64, Error> {
        let mut request = self.request(files, Purpose::Collector, "collect.sh");
        // It reads the data and the networks that it draws, as a task does.
        request.memory.clone_from(&files.wanted.memory);
        let minutes = 10 + self.prepared.points.len() as u64 / COLLECTED_IN_A_MINUTE;
        let longest = self.partition.and_then(|partition| partition.longest);
        request.time = minutes.min(longest.unwrap_or(u64::MAX)).to_string();
        request.after_success = Some(probe);
        request.after = after;
        self.send(&request)
    }

    fn request(&mut self, files: &Files, purpose: Purpose, script: &str) -> Request {
        let (what, output) = match purpose {
            Purpose::Probe => ("that looks at a node", "probe"),
            Purpose::Array(_) => ("that runs points", "tasks"),
            Purpose::Collector => ("that collects", "collect"),
        };
        let name = self.prepared.definition.name.clone();
        let (arguments, partition) = (self.arguments, self.arguments.partition.clone());
        let submission = self.latest();
        let number = match purpose {
            Purpose::Array(number) => format!("-{}", number + 1),
            Purpose::Probe | Purpose::Collector => String::new(),
        };
        Request {
            purpose: what.to_owned(),
            name,
            comment: submission.comment(purpose),
            partition,
            time: SHORT.to_owned(),
            memory: SMALL.to_owned(),
            cpus: arguments.cpus,
            tasks: None,
            after_success: None,
            after: Vec::new(),
            output: files.folder.join(format!("{output}{number}.txt")),
            options: arguments.sbatch_options.clone(),
            script: files.folder.join(script),
            arguments: vec![
                files.folder.clone().into(),
                files.program.clone().into(),
                submission.token.clone().into(),
            ],
        }
    }
}

/// `slurm/1`, or the first number that is free; and where that is.
fn new_folder(sweep: &Path) -> Result<(String, PathBuf), Error> {
    let parent = sweep.join("slurm");
    fs::create_dir_all(&parent).map_err(failed("create", &parent))?;
    let mut number = 1_u64;
    loop {
        let name = format!("slurm/{number}");
        let path = sweep.join(&name);
        match fs::create_dir(&path) {
            Ok(()) => return Ok((name, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(failed("create", &path)(error)),
        }
    }
}

/// SHA-256 of the program, by which a node knows that it has the same one.
fn digest(program: &Path) -> Result<String, Error> {
    let mut file = fs::File::open(program).map_err(failed("read", program))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => hasher.update(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(failed("read", program)(error)),
        }
    }
    let digits = hasher
        .finalize()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    Ok(digits)
}
