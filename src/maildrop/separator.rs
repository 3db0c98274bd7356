//! Making separator lines: `From SENDER DATE`, the date as asctime(3) writes it,
//! in UTC. Reading them is the affair of `scan`.

use std::time::{SystemTime, UNIX_EPOCH};

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
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"];
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Counted from 1 March of year 0, so that leap days come last; an era has 400 years.
    let (era, day) = ((days + 719_468) / 146_097, (days + 719_468) % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = year + era * 400 + u64::from(month >= 10);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let (weekday, month) = (DAYS[(days % 7) as usize], MONTHS[month as usize]);
    format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

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
