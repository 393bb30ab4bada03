//! Arguments → command → error and hint → exit code.

use std::io::{IsTerminal, Write};
use std::process;

use brecha::backend;
use brecha::cli::{Cli, Command, ConfigCommand, DataCommand};
use brecha::commands;
use brecha::error::{Error, ExitCode};
use brecha::report::terminal;
use brecha::training::TrainingError;
use clap::Parser;

/// Small networks live from allocation to allocation; the system's allocator gives every larger tensor back to the
/// kernel and takes it again, page by page.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // burn falls back to its idea of a default device in a few places; without this it could open a GPU that nobody asked for.
    // SAFETY: no other thread exists yet.
    #[expect(
        unsafe_code,
        reason = "setting a variable is unsafe once there are threads"
    )]
    unsafe {
        std::env::set_var("BURN_DEVICE", "flex");
    }
    let arguments = Cli::parse();
    let code = std::panic::catch_unwind(|| run(arguments)).unwrap_or_else(|_| {
        if let Some(address) = backend::elsewhere() {
            let reason = format!("the connection to the device at `{address}` has ended");
            let error = Error::Training(TrainingError::Device(reason));
            report(&error);
            return error.exit_code();
        }
        say("\nThis is a bug in brecha, not a mistake of yours. Please report the lines above.\n");
        ExitCode::Bug
    });
    process::exit(code as i32);
}

fn run(arguments: Cli) -> ExitCode {
    let result = match (arguments.command, arguments.train) {
        (Some(Command::Backends(arguments)), _) => commands::backends::run(&arguments),
        (Some(Command::Bench(arguments)), _) => commands::bench::run(&arguments),
        (Some(Command::Calibration(arguments)), _) => commands::calibration::run(&arguments),
        (Some(Command::CheckGradients(arguments)), _) => commands::check_gradients::run(&arguments),
        (Some(Command::Control(arguments)), _) => commands::control::run(&arguments),
        (Some(Command::Config(ConfigCommand::Check(arguments))), _) => {
            commands::config::check(&arguments)
        }
        (Some(Command::Config(ConfigCommand::Schema)), _) => commands::config::schema(),
        (Some(Command::Config(ConfigCommand::Reference)), _) => commands::config::reference(),
        (Some(Command::Data(DataCommand::Describe(arguments))), _) => {
            commands::data::describe(&arguments)
        }
        (Some(Command::Data(DataCommand::Fetch(arguments))), _) => commands::fetch::run(&arguments),
        (Some(Command::Data(DataCommand::Preview(arguments))), _) => {
            commands::data::preview::preview(&arguments)
        }
        (Some(Command::FindLearningRate(arguments)), _) => {
            commands::find_learning_rate::run(&arguments)
        }
        (Some(Command::New(arguments)), _) => commands::new::run(&arguments),
        (Some(Command::Evaluate(arguments)), _) => commands::evaluate::run(&arguments),
        (Some(Command::Predict(arguments)), _) => commands::predict::run(&arguments),
        (Some(Command::Export(arguments)), _) => commands::export::run(&arguments),
        (Some(Command::Import(arguments)), _) => commands::import::run(&arguments),
        (Some(Command::LearningCurve(arguments)), _) => commands::learning_curve::run(&arguments),
        (Some(Command::Sweep(arguments)), _) => commands::sweep::run(&arguments),
        (Some(Command::ServeDevice(arguments)), _) => commands::serve_device::run(&arguments),
        (Some(Command::Report(arguments)), _) => commands::report::run(&arguments),
        (Some(Command::Compare(arguments)), _) => commands::compare::run(&arguments),
        (Some(Command::Runs(arguments)), _) => commands::runs::run(&arguments),
        (Some(Command::Watch(arguments)), _) => commands::watch::run(&arguments),
        (Some(Command::Verify(arguments)), _) => commands::verify::run(&arguments),
        (Some(Command::Train(arguments)), _) | (None, Some(arguments)) => {
            commands::train::run(&arguments)
        }
        // clap has asked for `--config` already.
        (None, None) => return ExitCode::Usage,
    };
    result.unwrap_or_else(|error| {
        report(&error);
        error.exit_code()
    })
}

fn report(error: &Error) {
    let color = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    match error {
        Error::Config(config) => say(&format!("{}\n", config.render(color).trim_end())),
        other => {
            let label = if color {
                "\x1b[1;31merror\x1b[0m"
            } else {
                "error"
            };
            say(&format!(
                "{label}: {}\n",
                terminal::harmless(&other.to_string())
            ));
            if let Some(hint) = other.hint() {
                say(&format!("\nhint: {}\n", terminal::harmless(&hint)));
            }
        }
    }
}

/// Writes to standard error; a reader that has gone away is no reason to fail.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(terminal::readable(text).as_bytes());
}
