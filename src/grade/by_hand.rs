//! A dialogue that failed, as a person plays it again: what is typed in telnet, from
//! an unused maildrop to the wrong answer.

/// Lines that a person may be asked to type.
const TYPED: usize = 40;

/// The lines to type; what is in parentheses is to be done. `place` is `HOST PORT`.
pub fn lines(transcript: &str, place: &str) -> Vec<String> {
    // What is done to the server itself belongs to what is done.
    let said = transcript.lines().filter(|line| line.starts_with('C') || line.starts_with("S: <be "));
    let said: Vec<(&str, &str)> = said.filter_map(|line| line.split_once(':')).collect();
    let alone = said.iter().all(|(client, _)| *client == "C");
    let acts = said.iter().filter(|(_, text)| is_act(text)).count();
    match said.iter().any(|(_, text)| text.contains('\\')) {
        _ if said.len() > TYPED || said.iter().any(|(_, text)| text.ends_with(" octets)")) => Vec::new(),
        // No keyboard has these octets.
        true if alone && acts == 1 => vec![command(&said, place)],
        true => Vec::new(),
        false => typed(&said, place),
    }
}

/// `<open connection>`, which stands further left than what is said.
fn is_act(text: &str) -> bool {
    text.starts_with(" <")
}

fn typed(said: &[(&str, &str)], place: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut at = "C";
    for (client, text) in said {
        if *client != at && *client != "S" {
            let number = client.strip_prefix('C').filter(|number| !number.is_empty()).unwrap_or("1");
            lines.push(format!("(terminal {number})"));
            at = client;
        }
        lines.push(match text.trim() {
            "<open connection>" => format!("telnet {place}"),
            "<close connection>" | "<abort connection>" => "(Ctrl-], then quit)".to_owned(),
            "<be killed and started anew>" => "(kill -9 it and start it anew)".to_owned(),
            act if is_act(text) => format!("({})", act.trim_matches(['<', '>'])),
            text => text.to_owned(),
        });
    }
    lines
}

/// As one command of the shell. A backslash at the end of a line leaves out its CRLF.
fn command(said: &[(&str, &str)], place: &str) -> String {
    let lines = said.iter().filter(|(_, text)| !is_act(text)).map(|(_, text)| {
        let text = text.trim_start();
        let (text, end) = text.strip_suffix('\\').map_or((text, "\\r\\n"), |text| (text, ""));
        format!("printf '{}{end}'; sleep 1; ", octal(&text.replace('%', "%%").replace('\'', "'\\''")))
    });
    format!("({}) | nc {place}", lines.collect::<String>().trim_end_matches("; "))
}

/// `\xNN` as `\NNN`, which every printf(1) knows.
fn octal(text: &str) -> String {
    let mut parts = text.split("\\x");
    let mut octal = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let octet = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        octal += &octet.map_or_else(String::new, |octet| format!("\\{octet:03o}"));
        octal += part.get(2..).unwrap_or_default();
    }
    octal
}

#[cfg(test)]
#[path = "../../tests/unit/grade/by_hand.rs"]
mod tests;
