//! From the content of a page to HTML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, UndefinedBehavior, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::comparison::Comparison;
use super::content::Page;
use super::watched::Index;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of one run.
pub(super) fn run(page: &Page) -> Result<String, Error> {
    filled("run.html", page, &Behaviour::alone())
}

/// The page of several runs.
pub(super) fn comparison(page: &Comparison) -> Result<String, Error> {
    filled("comparison.html", page, &Behaviour::alone())
}

/// The page of one run, which follows these events.
pub(super) fn watched_run(page: &Page, events: &str) -> Result<String, Error> {
    filled("run.html", page, &Behaviour::watched(events))
}

/// The page of all runs, which follows these events.
pub(super) fn index(page: &Index, events: &str) -> Result<String, Error> {
    filled("index.html", page, &Behaviour::watched(events))
}

/// What follows in such a page: the part called `name`.
pub(super) fn part(name: &str, content: &impl Serialize) -> Result<String, Error> {
    let environment = environment()?;
    let template = environment.get_template(name)?;
    template.render(Value::from(Serde(content)))
}

/// What a page does, and whom it may ask.
struct Behaviour<'a> {
    script: String,
    events: Option<&'a str>,
}

impl<'a> Behaviour<'a> {
    /// A file: it asks nobody.
    fn alone() -> Self {
        Self {
            script: SCRIPT.to_owned(),
            events: None,
        }
    }

    /// Comes from `brecha watch`, and listens to it.
    fn watched(events: &'a str) -> Self {
        Self {
            script: format!("{SCRIPT}{}", include_str!("watch.js")),
            events: Some(events),
        }
    }
}

fn filled(template: &str, page: &impl Serialize, behaviour: &Behaviour) -> Result<String, Error> {
    let environment = environment()?;
    let template = environment.get_template(template)?;
    template.render(context! {
        style => STYLE,
        script => &behaviour.script,
        policy => policy(behaviour),
        events => behaviour.events,
        ..Value::from(Serde(page))
    })
}

/// The templates, which escape whatever is not marked as safe, and whose every name has to be there.
fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in [
        ("layout.html", include_str!("layout.html")),
        ("parts.html", include_str!("parts.html")),
        ("run.html", include_str!("run.html")),
        ("comparison.html", include_str!("comparison.html")),
        ("index.html", include_str!("index.html")),
        ("runs.html", include_str!("runs.html")),
        ("live.html", include_str!("live.html")),
    ] {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

/// What a browser lets the page do: show images that are inside of it and run our script, which it knows by its digest; and, if it
/// comes from `brecha watch`, listen to that. Should a text ever slip through unescaped, it can neither run nor ask anybody else.
fn policy(behaviour: &Behaviour) -> String {
    let digest = STANDARD.encode(Sha256::digest(&behaviour.script));
    let asks = if behaviour.events.is_some() {
        "connect-src 'self'; "
    } else {
        ""
    };
    format!(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; {asks}base-uri 'none'; form-action 'none'"
    )
}
