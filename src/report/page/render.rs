//! From the content of a page to HTML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, UndefinedBehavior, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::comparison::Comparison;
use super::content::Page;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of one run.
pub(super) fn run(page: &Page) -> Result<String, Error> {
    filled("run.html", page)
}

/// The page of several runs.
pub(super) fn comparison(page: &Comparison) -> Result<String, Error> {
    filled("comparison.html", page)
}

fn filled(template: &str, page: &impl Serialize) -> Result<String, Error> {
    let environment = environment()?;
    let template = environment.get_template(template)?;
    template.render(context! {
        style => STYLE,
        script => SCRIPT,
        policy => policy(),
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
    ] {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

/// What a browser lets the page do: show images that are inside of it and run our script, which it knows by its digest. Should a
/// text ever slip through unescaped, it can neither run nor ask anybody for anything.
fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
}
