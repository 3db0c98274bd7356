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
#[path = "../../../tests/unit/maildrop/mbox/separator.rs"]
mod tests;
