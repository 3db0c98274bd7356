//! A report, read from what `--json` has written: its own, or that of another version
//! with the same `format`. It may have been edited, or be no report at all.

use super::json::FORMAT;
use super::json_reader::Value;
use super::verdicts::{Sums, Verdict};

pub struct Report {
    pub version: String,
    pub server: String,
    pub user: String,
    pub rfc: u32,
    pub date: String,
    pub milliseconds: u32,
    pub statements: Vec<Statement>,
}

pub struct Statement {
    pub id: String,
    pub chapter: String,
    pub page: u32,
    pub points: Option<u32>,
    pub rule: String,
    pub later: Option<String>,
    pub memo: Option<String>,
    pub verdict: Verdict,
    /// Why it was not tried.
    pub reason: Option<String>,
    pub failures: Vec<Failure>,
}

/// A dialogue that failed.
pub struct Failure {
    pub title: String,
    pub sent: String,
    pub expected: String,
    pub came: String,
    pub hint: Option<String>,
    pub said: Vec<String>,
    pub typed: Vec<String>,
}

impl Report {
    /// # Errors
    /// The place of what is missing or wrong, and what it is.
    pub fn read(text: &str) -> Result<Report, String> {
        let value: Value = text.parse()?;
        let at = At { value: &value, place: "the report".to_owned() };
        match at.number("format") {
            Ok(FORMAT) => {}
            Ok(other) => {
                return Err(format!("format {other}, not {FORMAT}; was it written by another version?"));
            }
            Err(_) => return Err("no report of pop1081 grade --json".to_owned()),
        }
        Ok(Report {
            version: at.text("version")?,
            server: at.text("server")?,
            user: at.text("user")?,
            rfc: at.number("rfc")?,
            date: at.text("date")?,
            milliseconds: at.number("milliseconds")?,
            statements: at.each("statements", statement)?,
        })
    }

    pub fn sums(&self) -> Sums {
        Sums::add(self.statements.iter().map(|one| (one.verdict, one.points)))
    }
}

fn statement(at: &At) -> Result<Statement, String> {
    let verdict = at.text("verdict")?;
    let known = [Verdict::Pass, Verdict::Fail, Verdict::Noted, Verdict::NotTried];
    let known = known.into_iter().find(|known| known.word().eq_ignore_ascii_case(&verdict));
    let reasons = at.each("dialogues", |dialogue| Ok(dialogue.text("reason").ok()))?;
    let failures = at.each("dialogues", |dialogue| match dialogue.text("outcome")?.as_str() {
        "fail" => failure(dialogue).map(Some),
        _ => Ok(None),
    })?;
    Ok(Statement {
        id: at.text("id")?,
        chapter: at.text("chapter")?,
        page: at.number("page")?,
        points: at.number("points").ok(),
        rule: at.text("rule")?,
        later: at.text("later").ok(),
        memo: at.text("memo").ok(),
        verdict: known.ok_or_else(|| format!("{}: no verdict '{verdict}'", at.place))?,
        reason: reasons.into_iter().flatten().next(),
        failures: failures.into_iter().flatten().collect(),
    })
}

fn failure(at: &At) -> Result<Failure, String> {
    Ok(Failure {
        title: at.text("title")?,
        sent: at.text("sent")?,
        expected: at.text("expected")?,
        came: at.text("came")?,
        hint: at.text("hint").ok(),
        said: at.each("said", At::as_text)?,
        typed: at.each("type", At::as_text)?,
    })
}

/// A value, and where it stands: `statements[3]`.
struct At<'a> {
    value: &'a Value,
    place: String,
}

impl<'a> At<'a> {
    /// The member of an object; null, too.
    fn find(&self, name: &str) -> Option<&'a Value> {
        let Value::Object(members) = self.value else { return None };
        members.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    fn wrong(&self, name: &str, wanted: &str) -> String {
        format!("{}: '{name}' is not there or no {wanted}", self.place)
    }

    fn text(&self, name: &str) -> Result<String, String> {
        match self.find(name) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(self.wrong(name, "text")),
        }
    }

    fn number(&self, name: &str) -> Result<u32, String> {
        match self.find(name) {
            Some(Value::Number(number)) => Ok(*number),
            _ => Err(self.wrong(name, "number")),
        }
    }

    fn each<T>(&self, name: &str, read: impl Fn(&At<'a>) -> Result<T, String>) -> Result<Vec<T>, String> {
        let Some(Value::Array(values)) = self.find(name) else { return Err(self.wrong(name, "array")) };
        let items = values.iter().enumerate();
        items.map(|(at, value)| read(&At { value, place: format!("{name}[{at}]") })).collect()
    }

    fn as_text(&self) -> Result<String, String> {
        match self.value {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(format!("{}: no text", self.place)),
        }
    }
}
