//! JSON (RFC 8259), read strictly, as far as a report needs it: numbers are whole. What
//! is wrong is told with its line and column.

use std::str::FromStr;

/// Arrays and objects inside each other; a report has six.
const DEPTH: usize = 32;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Number(u32),
    Text(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl FromStr for Value {
    type Err = String;

    fn from_str(text: &str) -> Result<Value, String> {
        let mut parser = Parser { rest: text, depth: 0 };
        let parsed = parser.value().and_then(|value| {
            parser.next_is("");
            if parser.rest.is_empty() { Ok(value) } else { Err("nothing more") }
        });
        parsed.map_err(|expected| {
            let read = &text[..text.len() - parser.rest.len()];
            let line = read.split('\n').count();
            let column = read.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            format!("line {line}, column {column}: {expected} expected")
        })
    }
}

/// What was expected where something else stands.
type Parsed<T> = Result<T, &'static str>;

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// Skips blanks, and the token if it is there.
    fn next_is(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn value(&mut self) -> Parsed<Value> {
        if self.next_is("null") {
            Ok(Value::Null)
        } else if self.next_is("\"") {
            self.text().map(Value::Text)
        } else if self.next_is("[") {
            self.series("]", Parser::value).map(Value::Array)
        } else if self.next_is("{") {
            self.series("}", Parser::member).map(Value::Object)
        } else {
            self.number().map(Value::Number)
        }
    }

    /// Items between commas, up to the end.
    fn series<T>(&mut self, end: &str, item: impl Fn(&mut Parser<'a>) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.depth += 1;
        let mut items = Vec::new();
        let mut ended = self.next_is(end);
        while !ended {
            if self.depth > DEPTH {
                return Err("a value that is not so deep");
            }
            items.push(item(self)?);
            ended = self.next_is(end);
            if !ended && !self.next_is(",") {
                return Err("a comma or the end of the series");
            }
        }
        self.depth -= 1;
        Ok(items)
    }

    fn member(&mut self) -> Parsed<(String, Value)> {
        if !self.next_is("\"") {
            return Err("a name in quotation marks");
        }
        let name = self.text()?;
        if !self.next_is(":") {
            return Err("a colon");
        }
        Ok((name, self.value()?))
    }

    fn number(&mut self) -> Parsed<u32> {
        let end = self.rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        if digits.is_empty() {
            return Err("a value");
        }
        let plain = (digits == "0" || !digits.starts_with('0')) && !rest.starts_with(['.', 'e', 'E']);
        let number = digits.parse().ok().filter(|_| plain).ok_or("a whole number below 4,294,967,296")?;
        self.rest = rest;
        Ok(number)
    }

    /// Up to the quotation mark that ends it.
    fn text(&mut self) -> Parsed<String> {
        let mut text = String::new();
        loop {
            let end = self.rest.find(|letter: char| letter < ' ' || letter == '"' || letter == '\\');
            let (plain, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            text.push_str(plain);
            self.rest = rest;
            if let Some(after) = rest.strip_prefix('"') {
                self.rest = after;
                return Ok(text);
            }
            self.rest = rest.strip_prefix('\\').ok_or("the end of the text, and no control character,")?;
            text.push(self.escaped()?);
        }
    }

    /// What stands after a backslash.
    fn escaped(&mut self) -> Parsed<char> {
        let pairs = ["\"\"", "\\\\", "//", "b\u{8}", "f\u{c}", "n\n", "r\r", "t\t"];
        let letter = self.rest.chars().next();
        if let Some(pair) = pairs.iter().find(|pair| pair.chars().next() == letter) {
            self.rest = &self.rest[1..];
            return pair.chars().nth(1).ok_or("an escape");
        }
        let mut code = self.code_unit()?;
        if (0xd800..0xdc00).contains(&code) {
            self.rest = self.rest.strip_prefix('\\').ok_or("a low surrogate")?;
            let low = self.code_unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400);
            code = 0x1_0000 + ((code - 0xd800) << 10) + low.ok_or("a low surrogate before this")?;
        }
        char::from_u32(code).ok_or("a high surrogate before this")
    }

    /// `uNNNN`
    fn code_unit(&mut self) -> Parsed<u32> {
        let digits = self.rest.strip_prefix('u').and_then(|rest| rest.get(..4));
        let digits = digits.filter(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).ok_or("an escape")?;
        self.rest = &self.rest[5..];
        Ok(code)
    }
}

#[cfg(test)]
#[path = "../../tests/unit/grade/json_reader.rs"]
mod tests;
