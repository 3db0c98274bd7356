//! From the text of a dialogue file to what it says. What is no line of a
//! dialogue file is an error that names the line; nothing is guessed. What can
//! stand after `C:` and `S:` is the affair of `said`.

use super::compare::Strict;
use super::dialogue::{Act, Dialogue, Optional, Proof, Removed, Step, Wanted};
use super::{escape, said};

/// Parses the text of a file.
///
/// # Errors
/// Starts with the number of the line that is wrong.
pub fn dialogues(text: &str) -> Result<Vec<Dialogue>, String> {
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(text.lines()) {
        reader.line(number, line).map_err(|error| format!("{number}: {error}"))?;
    }
    reader.dialogues.iter().try_for_each(complete)?;
    Ok(reader.dialogues)
}

/// A dialogue must prove something, and must do it by at least one thing that is expected.
fn complete(dialogue: &Dialogue) -> Result<(), String> {
    let expects = dialogue.steps.iter().any(|step| {
        !matches!(
            step.act,
            Act::Write { .. } | Act::Send { .. } | Act::Open { .. } | Act::Wait { .. } | Act::Abort { .. }
        )
    });
    match (dialogue.proves.is_empty(), expects || dialogue.not_tried.is_some()) {
        (true, _) => Err(format!("{}: {} names no statement", dialogue.line, dialogue.id)),
        (_, false) => Err(format!("{}: {} expects nothing", dialogue.line, dialogue.id)),
        _ => Ok(()),
    }
}

#[derive(Default)]
struct Reader {
    /// Files written before the first dialogue: every dialogue of the chapter starts with them.
    prelude: Vec<Step>,
    dialogues: Vec<Dialogue>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        let line = line.trim_end();
        let said = line.trim_start();
        if said.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if said == "..." {
            return self.way_ends();
        }
        if let Some(heading) = line.strip_prefix("== ") {
            return self.dialogue(number, heading);
        }
        if let Some(text) = line.strip_prefix('|') {
            return self.file_line(text.strip_prefix(' ').unwrap_or(text));
        }
        match line.split_once(": ") {
            Some((word, value)) if line.starts_with(|first: char| first.is_ascii_lowercase()) => {
                attribute(self.current()?, word, value)
            }
            _ => {
                let act = said::line(said)?;
                self.steps()?.push(Step { line: number, way: false, act });
                Ok(())
            }
        }
    }

    fn dialogue(&mut self, line: usize, heading: &str) -> Result<(), String> {
        let (id, title) = heading.split_once(": ").ok_or("a dialogue starts with \"== id: title\"")?;
        self.dialogues.push(Dialogue {
            id: id.to_string(),
            title: title.to_string(),
            line,
            steps: self.prelude.clone(),
            ..Dialogue::default()
        });
        Ok(())
    }

    /// What was said so far only leads to what is to be shown.
    fn way_ends(&mut self) -> Result<(), String> {
        self.steps()?.iter_mut().for_each(|step| step.way = true);
        Ok(())
    }

    /// `| text` - one more line of the file that was begun last.
    fn file_line(&mut self, text: &str) -> Result<(), String> {
        let line = escape::unescape(text)?;
        let Some(Step { act: Act::Write { octets, .. }, .. }) = self.steps()?.last_mut() else {
            return Err("no file has been begun with \"Users/NAME:\"".to_string());
        };
        octets.extend(line.octets);
        if line.ended {
            octets.push(b'\n');
        }
        Ok(())
    }

    fn current(&mut self) -> Result<&mut Dialogue, String> {
        self.dialogues.last_mut().ok_or_else(|| "no dialogue has begun".to_string())
    }

    fn steps(&mut self) -> Result<&mut Vec<Step>, String> {
        Ok(match self.dialogues.last_mut() {
            Some(dialogue) => &mut dialogue.steps,
            None => &mut self.prelude,
        })
    }
}

/// `word: value` in the head of a dialogue.
fn attribute(dialogue: &mut Dialogue, word: &str, value: &str) -> Result<(), String> {
    match word {
        "proves" => dialogue.proves.extend(proofs(None, value)),
        "rfc" => dialogue.rfc = Some(value.parse().map_err(|_| format!("{value:?} is no RFC"))?),
        "needs" => dialogue.needs = Some(optional(value)?),
        "strict" => dialogue.strict = strict(value)?,
        "maildrop" => dialogue.maildrop = maildrop(value)?,
        "removes" => dialogue.removes = removed(value)?,
        "not tried" => dialogue.not_tried = Some(value.to_owned()),
        "hint" => dialogue.hint = Some(value.to_owned()),
        "server" => dialogue.options.extend(value.split_whitespace().map(String::from)),
        "port" => dialogue.default_port = Some(value.parse().map_err(|_| "no port number".to_string())?),
        _ => {
            let page = word.strip_prefix("p. ").ok_or_else(|| format!("{word:?} is no word here"))?;
            let page = page.parse().map_err(|_| format!("{page:?} is no page"))?;
            dialogue.proves.extend(proofs(Some(page), value));
        }
    }
    Ok(())
}

fn proofs(page: Option<u32>, text: &str) -> impl Iterator<Item = Proof> {
    text.split(", ").map(move |name| Proof { page, statement: name.trim().to_string() })
}

fn optional(text: &str) -> Result<Optional, String> {
    match text {
        "TOP" => Ok(Optional::Top),
        "UIDL" => Ok(Optional::Uidl),
        "APOP" => Ok(Optional::Apop),
        other => Err(format!("{other:?} is no optional command")),
    }
}

fn strict(text: &str) -> Result<Strict, String> {
    let mut strict = Strict::default();
    for word in text.split(", ") {
        match word {
            "letters" => strict.letters = true,
            "line ends" => strict.line_ends = true,
            "spaces" => strict.spaces = true,
            "nothing more" => strict.rest = true,
            "length" => strict.length = true,
            other => return Err(format!("{other:?} is nothing to be strict about")),
        }
    }
    Ok(strict)
}

fn maildrop(text: &str) -> Result<Wanted, String> {
    match text {
        "fresh" => Ok(Wanted::Fresh),
        "empty" => Ok(Wanted::Empty),
        other => other
            .strip_prefix("at least ")
            .and_then(|count| count.parse().ok())
            .map(Wanted::AtLeast)
            .ok_or_else(|| format!("{other:?} is no maildrop")),
    }
}

fn removed(text: &str) -> Result<Removed, String> {
    match text {
        "everything" => Ok(Removed::Everything),
        numbers => said::numbers(numbers).map(Removed::These),
    }
}
