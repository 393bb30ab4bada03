//! Server-sent events: what is new, while something is.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::super::found::Stamp;
use super::runs::{find, left_out};
use super::site::Runs;
use crate::report::page::{News, news};
use crate::server::answer::{Answer, Body};

/// How often files are looked at.
const POLL: Duration = Duration::from_millis(250);

/// Nothing is said more often than this.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// After something was drawn, it is not drawn anew for so many times as long: what follows a run may not slow it down.
const REST: u32 = 60;

/// A sign of life, and a way to find out whether somebody still listens.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// Follows one run to its end.
pub(super) fn run(folder: PathBuf) -> Answer {
    let mut seen = None;
    stream(move || {
        let now = Stamp::of(&folder);
        if seen == Some(now) {
            return Ok(Step::Nothing);
        }
        seen = Some(now);
        // A record that cannot be read, or is gone, is an end too.
        let news = news(&folder).unwrap_or(Some(News {
            event: "ended",
            data: "{}".to_owned(),
        }));
        Ok(match news {
            Some(news) if news.event == "ended" => Step::Last(news),
            Some(news) => Step::Said(news),
            None => Step::Nothing,
        })
    })
}

/// Follows all runs.
pub(super) fn all(site: &Arc<super::site::Shared>) -> Answer {
    let site = site.clone();
    let mut seen = None;
    stream(move || {
        let (found, more) = find(&site.root);
        if seen.as_ref() == Some(&found) {
            return Ok(Step::Nothing);
        }
        let rows = Runs::rows(&site, &found);
        seen = Some(found);
        News::of_all(&rows, &left_out(more))
            .map(Step::Said)
            .map_err(io::Error::other)
    })
}

/// What a look at the files comes to.
enum Step {
    Nothing,
    Said(News),
    Last(News),
}

fn stream(mut look: impl FnMut() -> io::Result<Step> + Send + 'static) -> Answer {
    Answer {
        status: 200,
        kind: "text/event-stream",
        body: Body::Stream(Box::new(move |listener| {
            let mut last_said = Instant::now();
            loop {
                let began = Instant::now();
                let step = look()?;
                let pause = match step {
                    Step::Nothing => POLL,
                    Step::Said(news) => {
                        say(listener, &news)?;
                        last_said = Instant::now();
                        LEAST_PAUSE.max(REST * began.elapsed())
                    }
                    Step::Last(news) => return say(listener, &news),
                };
                if last_said.elapsed() > SIGN_OF_LIFE {
                    listener.write_all(b":\n\n")?;
                    listener.flush()?;
                    last_said = Instant::now();
                }
                thread::sleep(pause);
            }
        })),
    }
}

fn say(listener: &mut dyn Write, news: &News) -> io::Result<()> {
    write!(listener, "event: {}\ndata: {}\n\n", news.event, news.data)?;
    listener.flush()
}
