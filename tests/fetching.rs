//! `brecha data fetch` against a web server of our own, with the true files: those of Debian's package with the names and
//! times that the published ones carry in their headers, which gives the published digests.

use std::fs;
use std::process::Stdio;
use std::sync::LazyLock;

use super::program::{Program, Ran};
use super::server::{Answer, Request, Server};

const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
];

/// Where the set comes to lie.
const FOLDER: &str = "cache/brecha/data/fashion-mnist";

/// The published files; `None` where Debian's package is not installed.
static PUBLISHED: LazyLock<Option<Vec<Vec<u8>>>> = LazyLock::new(|| {
    let published = |name: &str, time: u32| {
        let path = format!("/usr/share/datasets/fashion-mnist/{name}");
        let packaged = fs::read(path).ok()?;
        let mut bytes = vec![0x1f, 0x8b, 8, 8];
        bytes.extend(time.to_le_bytes());
        bytes.extend([0, 3]);
        bytes.extend(name.strip_suffix(".gz").unwrap().as_bytes());
        bytes.push(0);
        bytes.extend(&packaged[10..]);
        Some(bytes)
    };
    let times = [1_504_176_606, 1_504_176_606, 1_504_176_627, 1_504_176_627];
    NAMES
        .iter()
        .zip(times)
        .map(|(name, time)| published(name, time))
        .collect()
});

/// Whether there is something to serve; CI always has it.
fn available() -> bool {
    if PUBLISHED.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must install dataset-fashion-mnist"
        );
        println!("skipped: dataset-fashion-mnist is not installed");
    }
    PUBLISHED.is_some()
}

fn file(name: &str) -> Option<&'static [u8]> {
    let position = NAMES.iter().position(|known| *known == name)?;
    Some(&PUBLISHED.as_ref()?[position])
}

/// What a good server says.
fn good(request: &Request) -> Answer {
    match file(&request.path) {
        Some(bytes) => Answer::of(bytes, request),
        None => Answer::status("404 Not Found"),
    }
}

fn program() -> Program {
    // A proxy of the machine would not find a server of this test.
    Program::new().environment("NO_PROXY", "127.0.0.1")
}

fn fetch(program: &Program, server: &Server) -> Ran {
    program.run(&["data", "fetch", "fashion-mnist", "--from", &server.address])
}

/// Without the port.
fn said(ran: &Ran, server: &Server) -> String {
    ran.transcript().replace(&server.address, "[server]")
}

fn is_whole(program: &Program) {
    for name in NAMES {
        let found = fs::read(program.path(FOLDER).join(name)).unwrap();
        assert!(found == file(name).unwrap(), "{name}");
    }
    assert_eq!(parts(program), [] as [String; 0]);
}

/// What is left for another try.
fn parts(program: &Program) -> Vec<String> {
    let Ok(entries) = fs::read_dir(program.path(FOLDER)) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let parts = paths.filter(|path| path.extension().is_some_and(|end| end == "part"));
    let name = |path: std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    parts.map(name).collect()
}

#[test]
fn a_set_arrives_whole_and_a_second_call_finds_it() {
    if !available() {
        return;
    }
    let (program, server) = (program(), Server::start(good));
    let ran = fetch(&program, &server).succeeds();
    insta::assert_snapshot!("fetch", said(&ran, &server));
    is_whole(&program);
    assert_eq!(server.asked(), NAMES);
    let ran = fetch(&program, &server).succeeds();
    insta::assert_snapshot!("fetch_again", said(&ran, &server));
    assert_eq!(server.asked().len(), 4);

    // A bit that has changed since is noticed, and only that file is brought again.
    let path = program.path(FOLDER).join(NAMES[2]);
    let mut bytes = fs::read(&path).unwrap();
    bytes[1_000_000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let ran = fetch(&program, &server).succeeds();
    insta::assert_snapshot!("fetch_damaged", said(&ran, &server));
    assert_eq!(server.asked()[4..], [NAMES[2]]);
    is_whole(&program);

    // It is found without a folder's being named: here under the name of another set of the same format.
    fs::rename(
        program.path(FOLDER),
        program.path("cache/brecha/data/mnist"),
    )
    .unwrap();
    let program = program.file(
        "config.toml",
        "data = { source = { mnist = {} } }\n\
         model = { layers = ['flatten', { dense = { units = 10 } }], loss = 'cross-entropy' }\n\
         training = { epochs = 1, batch-size = 64, optimizer = { adam = {} } }\n",
    );
    let ran = program.run(&["data", "describe", "--config", "config.toml", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.succeeds().stdout).unwrap();
    assert_eq!(json["classes"][0]["test"], 1_000);
}

#[test]
fn a_connection_that_breaks_is_gone_on_with() {
    if !available() {
        return;
    }
    let server = Server::start(|request| {
        let answer = good(request);
        match request.path.as_str() {
            "train-images-idx3-ubyte.gz" => answer.cut(10_000_000),
            // Only the end of the connection ends it, first too early.
            "t10k-images-idx3-ubyte.gz" if request.earlier == 0 => {
                answer.cut(4_000_000).without_length()
            }
            _ => answer.without_length(),
        }
    });
    let program = program();
    fetch(&program, &server).succeeds();
    is_whole(&program);
    let from = |name: usize, start: usize| format!("{} from {start}", NAMES[name]);
    assert_eq!(
        server.asked(),
        [
            NAMES[0].to_owned(),
            from(0, 10_000_000),
            from(0, 20_000_000),
            NAMES[1].to_owned(),
            NAMES[2].to_owned(),
            from(2, 4_000_000),
            NAMES[3].to_owned(),
        ]
    );
}

/// A server that cannot send parts starts over; one that always breaks off is given up, and what there is is kept.
#[test]
fn a_server_without_ranges() {
    if !available() {
        return;
    }
    let whole = |request: &Request| Answer::whole(file(&request.path).unwrap());
    let server = Server::start(move |request| match request.earlier {
        0 => whole(request).cut(5_000),
        _ => whole(request),
    });
    let program = program();
    fetch(&program, &server).succeeds();
    is_whole(&program);
    assert_eq!(
        server.asked()[..2],
        [NAMES[0], "train-images-idx3-ubyte.gz from 5000"]
    );

    let server = Server::start(move |request| whole(request).cut(5_000));
    let program = self::program();
    let ran = fetch(&program, &server).fails_with(5);
    insta::assert_snapshot!("fetch_always_cut", said(&ran, &server));
    assert_eq!(parts(&program), ["train-images-idx3-ubyte.gz.part"]);
}

#[test]
fn wrong_bytes_are_never_kept() {
    if !available() {
        return;
    }
    let server = Server::start(|request| {
        let mut bytes = file(&request.path).unwrap().to_vec();
        if request.path == NAMES[1] {
            bytes[20_000] ^= 1;
        }
        Answer::of(&bytes, request)
    });
    let program = program();
    let ran = fetch(&program, &server).fails_with(3);
    insta::assert_snapshot!("fetch_wrong_bytes", said(&ran, &server));
    assert!(program.path(FOLDER).join(NAMES[0]).exists());
    assert!(!program.path(FOLDER).join(NAMES[1]).exists());
    assert_eq!(parts(&program), [] as [String; 0]);

    // What an earlier call has left may be wrong: then all of it is asked for again.
    let part = format!("{FOLDER}/{}.part", NAMES[3]);
    let longer = format!("{FOLDER}/{}.part", NAMES[1]);
    let program = program.file(&part, [7; 100]).file(&longer, vec![7; 50_000]);
    let server = Server::start(good);
    fetch(&program, &server).succeeds();
    is_whole(&program);
    let resumed = format!("{} from 100", NAMES[3]);
    assert_eq!(server.asked(), [NAMES[1], NAMES[2], &resumed, NAMES[3]]);

    // A whole file that only lacks its name needs no server.
    let whole = program.path(FOLDER).join(NAMES[3]);
    fs::rename(&whole, program.path(&part)).unwrap();
    fetch(&program, &server).succeeds();
    assert_eq!(server.asked().len(), 4);
    is_whole(&program);
}

#[test]
fn redirects_are_followed_with_the_range() {
    if !available() {
        return;
    }
    let server = Server::start(|request| match request.path.strip_prefix("else/where/") {
        Some(name) => {
            let answer = Answer::of(file(name).unwrap(), request);
            if name == NAMES[0] && request.earlier == 0 {
                return answer.cut(1_000_000);
            }
            answer
        }
        None => Answer::redirect(&format!("/else/where/{}", request.path)),
    });
    let program = program();
    fetch(&program, &server).succeeds();
    is_whole(&program);
    assert!(
        server
            .asked()
            .contains(&format!("else/where/{} from 1000000", NAMES[0]))
    );
}

/// No files are needed for these: everything is refused before a byte is kept.
#[test]
fn answers_that_are_none() {
    for (name, answer, requests) in [
        (
            "fetch_404",
            (|_| Answer::status("404 Not Found")) as fn(&Request) -> Answer,
            1,
        ),
        (
            "fetch_500",
            |_| Answer::status("503 Service Unavailable"),
            3,
        ),
        (
            "fetch_circle",
            |_| Answer::redirect("/train-images-idx3-ubyte.gz"),
            33,
        ),
        (
            "fetch_page",
            |_| Answer::whole(b"<html>Please log in.</html>"),
            1,
        ),
        (
            "fetch_other_length",
            |_| Answer::whole(b"").announcing(26_421_881),
            1,
        ),
        ("fetch_empty", |_| Answer::whole(b"").without_length(), 3),
        (
            "fetch_too_long",
            |_| Answer::whole(&vec![1; 26_421_881]).without_length(),
            1,
        ),
        (
            "fetch_unasked_part",
            |_| {
                Answer::new(
                    "206 Partial Content",
                    &["Content-Range: bytes 5-9/26421880"],
                    b"abcde",
                )
            },
            1,
        ),
        (
            "fetch_part_of_nothing",
            |_| Answer::new("206 Partial Content", &[], b"abcde"),
            1,
        ),
    ] {
        let (program, server) = (program(), Server::start(answer));
        let ran = fetch(&program, &server);
        let code = if name == "fetch_too_long" { 3 } else { 5 };
        let ran = ran.fails_with(code);
        insta::assert_snapshot!(name, said(&ran, &server));
        assert_eq!(server.asked().len(), requests, "{name}");
        assert_eq!(parts(&program), [] as [String; 0], "{name}");
    }
}

#[test]
fn without_a_network_it_says_what_to_do() {
    let program = program();
    // No service listens on port 1, and no machine has that name (RFC 6761).
    let refused = program.run(&[
        "data",
        "fetch",
        "mnist",
        "--from",
        "http://127.0.0.1:1/mnist/",
    ]);
    insta::assert_snapshot!("fetch_refused", refused.fails_with(5).transcript());
    let nowhere = program
        .environment("HTTP_PROXY", "")
        .environment("http_proxy", "")
        .environment("ALL_PROXY", "")
        .environment("all_proxy", "")
        .run(&[
            "data",
            "fetch",
            "cifar10",
            "--from",
            "http://mirror.invalid",
        ])
        .fails_with(5);
    let cannot = "cannot download `cifar-10-binary.tar.gz`:\n  http://mirror.invalid/cifar-10-binary.tar.gz: ";
    assert!(nowhere.stderr.contains(cannot), "{}", nowhere.stderr);
}

#[test]
fn files_that_are_here_already_are_taken_from_their_folder() {
    if !available() {
        return;
    }
    let mut program = program().file("downloads/empty", "");
    let arguments = ["data", "fetch", "fashion-mnist", "--from", "downloads"];
    insta::assert_snapshot!(
        "fetch_folder_empty",
        program.run(&arguments).fails_with(5).transcript()
    );
    for name in NAMES {
        program = program.file(&format!("downloads/{name}"), file(name).unwrap());
    }
    program.run(&arguments).succeeds();
    is_whole(&program);
}

#[test]
fn a_place_that_cannot_be_written_to() {
    let run = |program: &Program| program.run(&["data", "fetch", "mnist", "--from", "nowhere"]);
    let program = program().file("file", "");
    let cache = program.path("file/cache").display().to_string();
    let program = program.environment("XDG_CACHE_HOME", &cache);
    insta::assert_snapshot!("fetch_no_folder", run(&program).fails_with(5).transcript());
    let program = self::program()
        .environment("XDG_CACHE_HOME", "")
        .environment("LOCALAPPDATA", "")
        .environment("HOME", "");
    insta::assert_snapshot!("fetch_no_cache", run(&program).fails_with(5).transcript());
}

#[test]
fn sets_that_are_not_there_name_the_command_that_brings_them() {
    for source in ["mnist", "cifar10", "cifar100"] {
        let program = Program::with_config(&format!(
            "data = {{ source = {{ {source} = {{}} }} }}\n\
             model = {{ layers = ['flatten', {{ dense = {{ units = 10 }} }}], loss = 'cross-entropy' }}\n\
             training = {{ epochs = 1, batch-size = 8, optimizer = {{ adam = {{}} }} }}\n"
        ));
        let ran = program.train(&[]).fails_with(3);
        insta::assert_snapshot!(format!("fetch_first_{source}"), ran.transcript());
    }
    let ran = Program::new().run(&["data", "fetch", "imagenet"]);
    insta::assert_snapshot!("fetch_unknown", ran.fails_with(2).transcript());
}

/// Ctrl-C keeps what there is; meanwhile nobody else writes to it.
#[cfg(unix)]
#[test]
fn stopped_in_the_middle_it_goes_on_from_there() {
    const HALF: usize = 13_000_000;
    if !available() {
        return;
    }
    let server = Server::start(|request| match (request.path.as_str(), request.earlier) {
        ("train-images-idx3-ubyte.gz", 0) => good(request).stall(HALF),
        _ => good(request),
    });
    let program = program();
    let arguments = ["data", "fetch", "fashion-mnist", "--from", &server.address];
    let command = program.command(&arguments);
    // The tests themselves may run where the signal is ignored, as in a script's background.
    let mut child = std::process::Command::new("env")
        .arg("--default-signal=INT")
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap())
        .env("XDG_CACHE_HOME", program.path("cache"))
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let part = program.path(FOLDER).join("train-images-idx3-ubyte.gz.part");
    let length = || fs::metadata(&part).map_or(0, |metadata| metadata.len());
    let began = std::time::Instant::now();
    while length() < HALF as u64 {
        assert!(began.elapsed().as_secs() < 60, "{} bytes", length());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let busy = fetch(&program, &server).fails_with(5);
    insta::assert_snapshot!("fetch_busy", said(&busy, &server));
    let status = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    assert!(!child.wait().unwrap().success());
    assert_eq!(parts(&program), ["train-images-idx3-ubyte.gz.part"]);

    let ran = fetch(&program, &server).succeeds();
    insta::assert_snapshot!("fetch_resumed", said(&ran, &server));
    assert_eq!(server.asked()[1], format!("{} from {HALF}", NAMES[0]));
    is_whole(&program);
}
