//! Sweeps on a cluster: a real controller and real node daemons on this machine, see `tests/slurm/cluster.sh`; and another launcher.
//!
//! Needs Debian's `slurm-wlm`, `munge` and `parallel`, and root. Each test has a cluster of its own.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use tempfile::TempDir;

use super::program::{Program, Ran, SMALL, repository};

/// Longer than anything here takes on a busy machine.
const LONGEST: Duration = Duration::from_mins(4);

/// Ends with the test, however that ends.
struct Cluster {
    folder: TempDir,
}

impl Cluster {
    /// With `settings` as further lines of `slurm.conf`; `None` where there is no Slurm to start, which CI must have.
    fn start(settings: &str) -> Option<Self> {
        Self::start_with(settings, "")
    }

    /// The same with a folder that the nodes do not see, as if they shared none with this machine.
    fn start_with(settings: &str, hidden: &str) -> Option<Self> {
        if !is_installed("slurmctld") {
            println!(
                "skipped: there is no Slurm here (`apt-get install --no-install-recommends slurm-wlm munge`)"
            );
            return None;
        }
        if !is_root() {
            println!("skipped: only root may start a controller and its nodes here");
            return None;
        }
        let cluster = Self {
            folder: TempDir::new().expect("a temporary directory"),
        };
        let started = cluster
            .script("start", &[])
            .env("EXTRA", settings)
            .env("HIDDEN", hidden)
            .output()
            .expect("bash");
        if started.status.code() == Some(3) {
            println!("skipped: this machine has no mount namespaces to hide a folder in");
            return None;
        }
        assert!(started.status.success(), "{started:?}");
        Some(cluster)
    }

    fn script(&self, action: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("bash");
        command
            .arg(repository().join("tests/slurm/cluster.sh"))
            .arg(action)
            .arg(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    fn configuration(&self) -> String {
        let path = self.folder.path().canonicalize().expect("a folder");
        path.join("slurm.conf").display().to_string()
    }

    /// What a program of Slurm says.
    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .env("SLURM_CONF", self.configuration())
            .output()
            .expect(program);
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {output:?}"
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Until the nodes are let go, all jobs wait.
    fn hold_nodes(&self) {
        let drain = ["update", "NodeName=n1,n2", "State=DRAIN", "Reason=test"];
        self.ask("scontrol", &drain);
    }

    fn let_nodes_go(&self) {
        self.ask("scontrol", &["update", "NodeName=n1,n2", "State=RESUME"]);
    }

    fn program(&self, config: &str) -> Program {
        Program::with_config(config).environment("SLURM_CONF", &self.configuration())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stopped = self.script("stop", &[]).output();
        if !stopped.is_ok_and(|stopped| stopped.status.success()) {
            println!(
                "the cluster in {} was not stopped",
                self.folder.path().display()
            );
        }
    }
}

fn is_installed(program: &str) -> bool {
    let found = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        .iter()
        .any(|folder| Path::new(folder).join(program).is_file());
    assert!(
        found || std::env::var_os("CI").is_none(),
        "CI must install {program}"
    );
    found
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    let root = id.stdout == b"0\n";
    assert!(root || std::env::var_os("CI").is_none(), "CI must be root");
    root
}

#[track_caller]
fn wait_until(what: &str, mut reached: impl FnMut() -> bool) {
    let began = Instant::now();
    while !reached() {
        assert!(began.elapsed() < LONGEST, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn with_sweep(sweep: &str) -> String {
    format!("{SMALL}\n[sweep]\n{sweep}\n")
}

/// The columns of `metrics.csv` that a clock does not fill.
fn metrics(program: &Program, run: &str) -> Vec<String> {
    let text = program.read(&format!("{run}/metrics.csv"));
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let timed = ["train_images_per_s", "seconds"];
    let kept: Vec<usize> = (0..header.len())
        .filter(|&column| !timed.contains(&header[column]))
        .collect();
    assert_eq!(kept.len() + timed.len(), header.len());
    lines
        .map(|cells| {
            let cells: Vec<&str> = kept.iter().map(|&column| cells[column]).collect();
            cells.join(",")
        })
        .collect()
}

/// Two sweeps with the same points have the same table, metrics and weights.
#[track_caller]
fn are_equal(program: &Program, one: &str, other: &str, points: usize) {
    let table = |sweep: &str| program.read(&format!("artifacts/{sweep}.sweep/sweep.csv"));
    assert_eq!(table(one), table(other));
    assert_eq!(table(one).lines().count(), points + 1);
    assert_eq!(table(one).matches(",finished,").count(), points);
    for row in table(one).lines().skip(1) {
        let run = row.rsplit(',').next().expect("a run");
        let of = |sweep: &str| format!("artifacts/{sweep}.sweep/runs/{run}");
        assert_eq!(
            metrics(program, &of(one)),
            metrics(program, &of(other)),
            "{run}"
        );
        let weights = |sweep: &str| {
            std::fs::read(program.path(&format!("{}/model.safetensors", of(sweep)))).unwrap()
        };
        assert!(weights(one) == weights(other), "{run}");
    }
}

fn status(program: &Program) -> serde_json::Value {
    let ran = program.run(&["sweep", "status", "--config", "config.toml", "--json"]);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.transcript()))
}

fn count(program: &Program, standing: &str) -> u64 {
    status(program)["counts"][standing].as_u64().unwrap()
}

/// Submits and follows, in the background.
fn follow(program: &Program, arguments: &[&str]) -> Child {
    let mut all = vec![
        "sweep",
        "--config",
        "config.toml",
        "--on",
        "slurm",
        "--wait",
    ];
    all.extend(arguments);
    program
        .command(&all)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn ended(program: &Program, child: Child) -> Ran {
    let output: Output = child.wait_with_output().expect("it ends");
    program.ran(output)
}

/// Without what changes from run to run: who holds a lock since when, which node it was, and why Slurm lets a job wait.
fn steady(ran: &Ran) -> String {
    let text = ran.transcript().replace(" n2", " n1");
    let lines = text.lines().map(|line| {
        let line = match (line.find("written by process "), line.rfind(", since ")) {
            (Some(from), Some(_)) => format!("{}written by [process]", &line[..from]),
            _ => line.to_owned(),
        };
        match (line.find("waiting ("), line.rfind(')')) {
            (Some(from), Some(to)) => {
                format!("{}waiting ([reason]{}", &line[..from], &line[to..])
            }
            _ => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Six widths, four seeds: about a second each, so that a node can die in the middle.
#[test]
fn a_sweep_on_slurm_is_the_sweep_here_though_a_node_dies() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let config = with_sweep("model.layers.0.dense.units = [2, 3, 4, 5, 6, 7]\nseeds = 4")
        .replace("epochs = 3", "epochs = 3000");
    let program = cluster.program(&config);
    let child = follow(&program, &[]);
    // Some are finished, and a task of the node is in the first half of its run.
    wait_until("a task in the middle", || {
        if !program.path("artifacts/config.sweep/slurm.json").exists()
            || count(&program, "finished") < 4
        {
            return false;
        }
        let points = program.read("artifacts/config.sweep/slurm/1/points-1.txt");
        let points: Vec<&str> = points.lines().collect();
        let tasks = cluster.ask("squeue", &["--noheader", "--array", "--format=%N %K"]);
        let of_node = tasks.lines().filter_map(|line| line.strip_prefix("n1 "));
        let mut tasks = of_node.filter_map(|task| task.parse::<usize>().ok());
        tasks.any(|task| {
            let rows = format!(
                "artifacts/config.sweep/runs/{}/metrics.jsonl",
                points[task - 1]
            );
            let rows = std::fs::read_to_string(program.path(&rows)).unwrap_or_default();
            (1..1_500).contains(&rows.lines().count())
        })
    });
    let killed = cluster.script("kill-node", &["n1"]).output().unwrap();
    assert!(killed.status.success(), "{killed:?}");
    assert!(count(&program, "finished") < 24, "the node died too late");
    let ran = ended(&program, child).succeeds();
    assert!(
        ran.stdout
            .starts_with("probe    1\narray    2  tasks 1-24\ncollect  3\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .ends_with("artifacts/config.sweep/sweep.csv\nartifacts/config.sweep/sweep.svg\nartifacts/config.sweep/sweep.png\n\
                        artifacts/config.sweep/boundaries.svg\nartifacts/config.sweep/boundaries.png\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(count(&program, "finished"), 24);
    // Slurm itself says that tasks were put back into the queue.
    let tasks = cluster.ask("scontrol", &["show", "--oneliner", "job", "2"]);
    assert!(tasks.contains("Restarts=1"), "{tasks}");

    program
        .run(&[
            "sweep",
            "--config",
            "config.toml",
            "--name",
            "here",
            "--jobs",
            "2",
        ])
        .succeeds();
    are_equal(&program, "here", "config", 24);
    // Nothing is left: the same command only collects.
    let ran = program
        .run(&["sweep", "--config", "config.toml", "--on", "slurm"])
        .succeeds();
    assert_snapshot!("slurm_again", ran.transcript());
}

/// As at a time limit, whose signal comes to the script alone; and as at a preemption, which Slurm requeues itself.
#[test]
fn a_task_that_is_stopped_saves_itself_and_goes_on() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let config = with_sweep("seeds = 2").replace("epochs = 3", "epochs = 6000");
    let program = cluster.program(&config);
    let child = follow(&program, &["--cpus", "2"]);
    let runs = ["1-seed-1", "2-seed-2"].map(|name| format!("config.sweep/runs/{name}"));
    let epochs = |run: &String| {
        let rows = program.path(&format!("artifacts/{run}/metrics.jsonl"));
        std::fs::read_to_string(rows).map_or(0, |text| text.lines().count())
    };
    wait_until("some epochs of both", || {
        runs.iter().all(|run| epochs(run) > 20)
    });
    cluster.ask("scancel", &["--signal=USR1", "--batch", "2_1"]);
    cluster.ask("scontrol", &["requeue", "2_2"]);
    wait_until("both stopped", || {
        runs.iter()
            .all(|run| program.record(run)["status"] == "interrupted")
    });
    ended(&program, child).succeeds();
    for run in &runs {
        let record = program.record(run);
        assert_eq!(record["status"], "finished");
        let resumed = record["resumed"].as_array().unwrap();
        assert!(resumed[0]["epochs"].as_u64().unwrap() >= 20, "{resumed:?}");
    }
    program
        .run(&["sweep", "--config", "config.toml", "--name", "here"])
        .succeeds();
    are_equal(&program, "here", "config", 2);
}

#[test]
fn what_slurm_does_not_do_is_said() {
    let program = Program::with_config(&with_sweep("training.epochs = [1, 2]"));
    let on_slurm = ["sweep", "--config", "config.toml", "--on", "slurm"];
    let nowhere = program.path("nowhere").display().to_string();
    let program = program.environment("PATH", &nowhere);
    let ran = program.run(&on_slurm).fails_with(4);
    assert_snapshot!("slurm_missing", ran.transcript());
    assert!(!program.path("artifacts").exists());
    let ran = program
        .run(&["sweep", "--config", "config.toml", "--partition", "main"])
        .fails_with(2);
    assert_snapshot!("slurm_partition_without_slurm", ran.transcript());
    for command in ["status", "cancel", "collect"] {
        let ran = program
            .run(&["sweep", command, "--config", "config.toml"])
            .fails_with(2);
        assert!(
            ran.stderr.contains("is no folder of a sweep"),
            "{}",
            ran.stderr
        );
    }

    let Some(cluster) = Cluster::start("MaxArraySize=5") else {
        return;
    };
    let program = cluster.program(&with_sweep("training.epochs = [1, 2]"));
    let with = |more: &[&'static str]| [&on_slurm[..], more].concat();
    let ran = program.run(&with(&["--partition", "fast"])).fails_with(2);
    assert_snapshot!("slurm_unknown_partition", ran.transcript());
    assert!(!program.path("artifacts").exists());
    let ran = program
        .run(&with(&["--memory", "900G", "--time", "5"]))
        .fails_with(4);
    assert_snapshot!("slurm_refused", ran.transcript());
    let waiting = cluster.ask("squeue", &["--noheader"]);
    assert!(waiting.is_empty(), "the probe is for nothing: {waiting}");

    // The same sweep is being run here.
    let mut local = program
        .command(&[
            "sweep",
            "--config",
            "config.toml",
            "--set",
            "training.epochs=1000000",
            "--set",
            "sweep={ seeds = 1 }",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("a run", || {
        program
            .path("artifacts/config.sweep/runs/1-seed-1/run.json")
            .exists()
    });
    let ran = program.run(&on_slurm).fails_with(5);
    assert_snapshot!("slurm_two_at_once", steady(&ran));
    local.kill().unwrap();
    local.wait().unwrap();
    // Its point, which would go on.
    let orphan = program.path("artifacts/config.sweep/runs/1-seed-1/run.lock");
    let holder = std::fs::read_to_string(orphan).unwrap();
    let id = holder.split(' ').nth(1).unwrap();
    Command::new("kill").args(["-KILL", id]).status().unwrap();

    // Somebody has written into the record.
    program
        .run(&with(&["--time", "5", "--memory", "300M"]))
        .succeeds();
    std::fs::write(program.path("artifacts/config.sweep/slurm.json"), "{").unwrap();
    let ran = program.run(&on_slurm).fails_with(5);
    assert_snapshot!("slurm_record_garbage", ran.transcript());
    let ran = program.run(&["sweep", "cancel", "artifacts/config.sweep"]);
    assert_eq!(ran.code, Some(5), "{}", ran.transcript());
}

#[test]
fn a_submission_adds_what_is_missing_and_can_be_cancelled() {
    let Some(cluster) = Cluster::start("MaxArraySize=5") else {
        return;
    };
    cluster.hold_nodes();
    let program = cluster.program(&with_sweep("training.epochs = [1, 2, 3]\nseeds = 2"));
    let submit = [
        "sweep",
        "--config",
        "config.toml",
        "--on",
        "slurm",
        "--max-parallel",
        "2",
    ];
    let ran = program.run(&submit).succeeds();
    assert_snapshot!("slurm_submitted", ran.transcript());
    // Waiting points are not run here.
    let ran = program
        .run(&["sweep", "--config", "config.toml"])
        .fails_with(2);
    assert_snapshot!("slurm_and_here", ran.transcript());
    let sweep = "artifacts/config.sweep";
    let ran = program.run(&["sweep", "status", sweep]).succeeds();
    assert_snapshot!("slurm_status_waiting", steady(&ran));
    let ran = program.run(&submit).succeeds();
    assert!(
        ran.stderr
            .starts_with("6 points, 0 of them finished before, 6 in the queue"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
    // One task is gone, and comes again alone.
    cluster.ask("scancel", &["2_3"]);
    let ran = program.run(&submit).succeeds();
    assert!(ran.stdout.contains("tasks 1-1\n"), "{}", ran.stdout);
    assert_eq!(
        program.read(&format!("{sweep}/slurm/2/points-1.txt")),
        "3-epochs-2-seed-1\n"
    );

    let ran = program.run(&["sweep", "cancel", sweep]).succeeds();
    assert_snapshot!("slurm_cancelled", ran.transcript());
    wait_until("an empty queue", || {
        cluster.ask("squeue", &["--noheader"]).is_empty()
    });
    let ran = program.run(&["sweep", "cancel", sweep]).succeeds();
    assert_snapshot!("slurm_nothing_to_cancel", ran.transcript());
    let ran = program.run(&["sweep", "status", sweep]).fails_with(1);
    assert_snapshot!("slurm_status_cancelled", ran.transcript());

    // Killed behind the second job that was sent, before its number was written down: the job is known all the same.
    let killed = program
        .command(&submit)
        .env("BRECHA_FAIL_POINT", "sent:2")
        .output()
        .unwrap();
    assert_eq!(killed.status.code(), None, "{killed:?}");
    let ran = program.run(&submit).succeeds();
    assert!(ran.stderr.contains(" 4 in the queue"), "{}", ran.stderr);
    assert!(ran.stdout.contains("tasks 1-2\n"), "{}", ran.stdout);
    cluster.let_nodes_go();
    wait_until("all results", || count(&program, "finished") == 6);
    wait_until("the table", || {
        program.path(&format!("{sweep}/sweep.csv")).exists()
    });
    wait_until("an empty queue", || {
        cluster.ask("squeue", &["--noheader"]).is_empty()
    });
    program
        .run(&["sweep", "--config", "config.toml", "--name", "here"])
        .succeeds();
    are_equal(&program, "here", "config", 6);
    let ran = program.run(&["sweep", "status", sweep]).succeeds();
    assert_snapshot!("slurm_status_finished", ran.transcript());
}

/// Whichever is second is refused, or finds that nothing is left to add.
#[test]
fn two_submissions_at_once_send_each_point_once() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    cluster.hold_nodes();
    let program = cluster.program(&with_sweep("seeds = 6"));
    let submit = [
        "sweep",
        "--config",
        "config.toml",
        "--on",
        "slurm",
        "--time",
        "5",
        "--memory",
        "300M",
    ];
    let both = [0, 1].map(|_| {
        let mut command = program.command(&submit);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    let mut codes = both.map(|child| ended(&program, child).code);
    codes.sort_unstable();
    assert!(
        codes == [Some(0), Some(5)] || codes == [Some(0), Some(0)],
        "{codes:?}"
    );
    let queue = cluster.ask("squeue", &["--noheader", "--array", "--format=%K"]);
    let mut tasks: Vec<&str> = queue.lines().filter(|task| *task != "N/A").collect();
    tasks.sort_unstable();
    assert_eq!(tasks, ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(queue.lines().count(), 8, "{queue}");
}

#[test]
fn a_folder_that_the_nodes_do_not_see_is_found_by_the_probe() {
    let program = Program::with_config(&with_sweep("training.epochs = [1, 2]"));
    let hidden = program
        .path("")
        .canonicalize()
        .unwrap()
        .display()
        .to_string();
    let Some(cluster) = Cluster::start_with("", &hidden) else {
        return;
    };
    let program = program.environment("SLURM_CONF", &cluster.configuration());
    let child = follow(&program, &["--time", "5", "--memory", "300M"]);
    let ran = ended(&program, child).fails_with(4);
    assert_snapshot!("slurm_not_shared", steady(&ran));
    let ran = program
        .run(&["sweep", "status", "--config", "config.toml"])
        .fails_with(1);
    assert_snapshot!("slurm_status_not_shared", steady(&ran));
}

#[test]
fn a_folder_that_is_another_one_on_the_nodes_is_found_by_the_probe() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    cluster.hold_nodes();
    let program = cluster.program(&with_sweep("training.epochs = [1, 2]"));
    let child = follow(&program, &["--time", "5", "--memory", "300M"]);
    wait_until("all three jobs", || {
        cluster.ask("squeue", &["--noheader"]).lines().count() == 3
    });
    std::fs::remove_file(program.path("artifacts/config.sweep/slurm/1/token")).unwrap();
    cluster.let_nodes_go();
    let ran = ended(&program, child).fails_with(4);
    assert_snapshot!("slurm_another_folder", steady(&ran));
}

/// GNU parallel, for any launcher: one command for each point, with blanks and quotes in its paths.
#[test]
fn another_launcher_runs_the_commands() {
    if !is_installed("parallel") {
        println!("skipped: there is no GNU parallel here (`apt-get install parallel`)");
        return;
    }
    // Without a bound on its output, a learning rate that explodes does.
    let rates = "training.optimizer.sgd.learning-rate = [0.01, 1e30]\nseeds = 2";
    let config = with_sweep(rates).replace("units = 1, activation = \"tanh\"", "units = 1");
    let program = Program::with_config(&config);
    let folder = "it's \"my\" $HOME";
    let of = |command: &'static str| {
        [
            "sweep",
            command,
            "--config",
            "config.toml",
            "--artifacts",
            folder,
        ]
    };
    let ran = program.run(&of("commands")).succeeds();
    assert_eq!(ran.stdout.lines().count(), 4);
    std::fs::write(program.path("commands.txt"), &ran.stdout).unwrap();
    let parallel = || {
        Command::new("parallel")
            .args([
                "--will-cite",
                "--jobs",
                "2",
                "--joblog",
                "log.txt",
                "--arg-file",
                "commands.txt",
            ])
            .current_dir(program.path(""))
            .env("HOME", program.path(""))
            .output()
            .unwrap()
    };
    let codes = || -> Vec<String> {
        let log = program.read("log.txt");
        let mut rows: Vec<Vec<&str>> = log
            .lines()
            .skip(1)
            .map(|line| line.split('\t').collect())
            .collect();
        rows.sort_by_key(|row| row[0].parse::<u32>().unwrap());
        rows.iter().map(|row| row[6].to_owned()).collect()
    };
    parallel();
    // Numbers that are no longer finite are a result.
    assert_eq!(codes(), ["0", "0", "6", "6"]);
    let records = || {
        ["1", "2", "3", "4"].map(|number| {
            let runs = program.path(&format!("{folder}/config.sweep/runs"));
            let mut entries = std::fs::read_dir(runs)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            let run = entries
                .find(|path| {
                    path.is_dir()
                        && path
                            .file_name()
                            .unwrap()
                            .to_str()
                            .unwrap()
                            .starts_with(number)
                })
                .unwrap();
            std::fs::read(run.join("run.json")).unwrap()
        })
    };
    let first = records();
    // Given again, as after a machine has died: nothing is done again, and the codes are the same.
    parallel();
    assert_eq!(codes(), ["0", "0", "6", "6"]);
    assert!(first == records());
    assert_eq!(program.run(&of("commands")).succeeds().stdout, "");
    program.run(&of("collect")).succeeds();
    program
        .run(&[
            "sweep",
            "--config",
            "config.toml",
            "--artifacts",
            folder,
            "--name",
            "here",
        ])
        .succeeds();
    let table = |sweep: &str| program.read(&format!("{folder}/{sweep}.sweep/sweep.csv"));
    assert_eq!(table("config"), table("here"));
    let ran = program.run(&of("status")).succeeds();
    assert!(
        ran.stdout.ends_with("4 points\n       4 finished\n"),
        "{}",
        ran.stdout
    );
}
