//! How long ago something was, in words.

use std::time::Duration;

/// `3 minutes ago`
#[must_use]
pub fn in_words(age: Duration) -> String {
    let seconds = age.as_secs();
    let (count, unit) = match seconds {
        0..=9 => return "now".to_owned(),
        10..=119 => (seconds, "seconds"),
        120..=7_199 => (seconds / 60, "minutes"),
        7_200..=172_799 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_words() {
        let words = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(words(3), "now");
        assert_eq!(words(119), "119 seconds ago");
        assert_eq!(words(120), "2 minutes ago");
        assert_eq!(words(7_200), "2 hours ago");
        assert_eq!(words(200_000), "2 days ago");
    }
}
