//! Making separator lines: `From SENDER DATE`, the date as asctime(3) writes it,
//! in UTC. They are found in `burst`.

use crate::calendar::Moment;
use std::time::SystemTime;

/// Who sent a message that doesn't say.
const UNKNOWN: &str = "MAILER-DAEMON";

/// The separator line of a message that arrives now, with its line end.
pub fn line(sender: &str, now: SystemTime) -> String {
    let plain: String = sender.chars().filter(|c| c.is_ascii_graphic()).take(256).collect();
    let sender = if plain.is_empty() { UNKNOWN } else { &plain };
    format!("From {sender} {}\n", asctime(now))
}

/// `Tue Nov  1 09:05:00 1988`
fn asctime(now: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Moment { year, month, day, hour, minute, second, weekday } = Moment::of(now);
    let (weekday, month) = (DAYS[weekday], MONTHS[month - 1]);
    format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn at(seconds: u64) -> String {
        asctime(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn dates_that_a_calendar_confirms() {
        assert_eq!(at(0), "Thu Jan  1 00:00:00 1970");
        assert_eq!(at(594_378_300), "Tue Nov  1 09:05:00 1988");
        assert_eq!(at(951_825_599), "Tue Feb 29 11:59:59 2000");
        assert_eq!(at(1_709_251_199), "Thu Feb 29 23:59:59 2024");
        assert_eq!(at(4_107_542_400), "Mon Mar  1 00:00:00 2100");
    }

    #[test]
    fn a_sender_cannot_break_the_line() {
        let line = |sender| line(sender, UNIX_EPOCH);
        assert_eq!(line("a@b"), "From a@b Thu Jan  1 00:00:00 1970\n");
        assert_eq!(line("a b\nFrom c"), "From abFromc Thu Jan  1 00:00:00 1970\n");
        assert_eq!(line(""), "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n");
    }
}
