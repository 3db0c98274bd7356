//! The data of the examiner: nothing stated without a dialogue, nothing shown that is not stated,
//! no placeholder that stands for nothing.

use pop1081::grade::catalogue::Library;
use pop1081::grade::catalogue::Rfc;
use pop1081::grade::dialogue::{Act, Dialogue};
use pop1081::grade::fixture;
use pop1081::grade::placeholders::{Facts, fill};
use std::collections::BTreeSet;
use std::io::{self, Write};

const BOTH: [Rfc; 2] = [Rfc::Rfc1081, Rfc::Rfc1939];

fn library() -> Library {
    Library::open().expect("sound data")
}

fn shown(dialogues: &[&Dialogue]) -> BTreeSet<String> {
    let proofs = dialogues.iter().flat_map(|dialogue| &dialogue.proves);
    proofs.map(|proof| proof.statement.clone()).collect()
}

#[test]
fn every_statement_has_a_dialogue_and_every_dialogue_a_statement() {
    let library = library();
    for rfc in BOTH {
        let stated: BTreeSet<String> = library.statements(rfc).map(|one| one.id.clone()).collect();
        let dialogues: Vec<&Dialogue> = library.dialogues(rfc).collect();
        let missing: Vec<_> = stated.difference(&shown(&dialogues)).cloned().collect();
        assert!(missing.is_empty(), "RFC {}: no dialogue shows {missing:?}", rfc.number());
        let points: u32 = library.statements(rfc).filter_map(|one| one.points).sum();
        let sum = format!("{} statements, {points} points, {} dialogues", stated.len(), dialogues.len());
        let _ = writeln!(io::stderr(), "RFC {}: {sum}", rfc.number());
    }
    let all: Vec<&Dialogue> = library.dialogues.iter().collect();
    let unstated: Vec<String> =
        shown(&all).into_iter().filter(|id| library.statement(id).is_none()).collect();
    assert!(unstated.is_empty(), "no statement is called {unstated:?}");
}

#[test]
fn statements_and_dialogues_have_names_of_their_own() {
    let library = library();
    let statements: BTreeSet<&str> = library.statements.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(statements.len(), library.statements.len());
    let rules: BTreeSet<(&str, &str)> =
        library.statements.iter().map(|one| (one.chapter.as_str(), one.rule.as_str())).collect();
    assert_eq!(rules.len(), library.statements.len(), "a rule stands twice in a chapter");
    let dialogues: BTreeSet<&str> = library.dialogues.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(dialogues.len(), library.dialogues.len(), "two dialogues have one name");
}

#[test]
fn every_placeholder_stands_for_something() {
    let library = library();
    let facts = Facts {
        name: "mrose".to_owned(),
        password: "secret".to_owned(),
        messages: library.maildrop.clone(),
        exact: true,
        ends_uncounted: false,
        timestamp: Some(b"<1@dewey>".to_vec()),
        unique_ids: (1..=library.maildrop.len()).map(|number| (number, b"id".to_vec())).collect(),
    };
    for dialogue in &library.dialogues {
        for step in &dialogue.steps {
            let texts = match &step.act {
                Act::Send { octets, .. } => vec![octets.clone()],
                Act::Reply { expected, .. } => expected.0.clone(),
                _ => Vec::new(),
            };
            for text in texts {
                let filled = fill(&text, &facts);
                assert!(filled.is_ok(), "{}, line {}: {filled:?}", dialogue.id, step.line);
            }
        }
    }
}

/// What the other memo has otherwise must be the only thing in which the two sets differ.
#[test]
fn the_sets_differ_where_the_memos_do() {
    let library = library();
    let only = |rfc: Rfc, other: Rfc| -> BTreeSet<&str> {
        let own = library.statements(rfc).filter(|one| one.page(other).is_none());
        own.map(|one| one.id.split('-').next().expect("a first word")).collect()
    };
    let old = only(Rfc::Rfc1081, Rfc::Rfc1939);
    assert!(old.contains("last") && old.contains("rpop") && !old.contains("uidl"), "{old:?}");
    let new = only(Rfc::Rfc1939, Rfc::Rfc1081);
    assert!(new.contains("apop") && new.contains("uidl") && !new.contains("last"), "{new:?}");
}

/// The known faults need messages to show themselves.
#[test]
fn the_standard_maildrop_has_what_catches_faults() {
    let messages = library().maildrop;
    let lines = || messages.iter().flat_map(|message| &message.lines);
    for line in [&b"."[..], b"..", b"...", b""] {
        assert!(lines().any(|one| one == line), "no line {line:?}");
    }
    assert!(lines().any(|line| line.len() > 4096) && lines().any(|line| !line.is_ascii()));
    assert!(messages.iter().any(|message| message.lines.last().is_some_and(|line| line == b".")));
    assert!(messages.iter().any(|message| !message.lines.iter().any(Vec::is_empty)), "no headers only");
    assert!(
        messages
            .iter()
            .any(|message| message.lines.iter().position(Vec::is_empty) == Some(message.lines.len() - 1))
    );
    assert!(messages.last().is_some_and(|message| message.unended) && messages.len() > 9);
    assert!(!lines().any(|line| line.starts_with(b"From ") || line.starts_with(b">")));
}

#[test]
fn the_mbox_holds_the_messages() {
    let message = |text: &str, unended| fixture::Message {
        lines: text.split('\n').map(|line| line.into()).collect(),
        unended,
    };
    let mbox = fixture::mbox(&[message("a\n\nb", false), message("c", true)]);
    let from = "From grade@dewey Tue Nov  1 09";
    let expected = format!("{from}:01:00 1988\na\n\nb\n\n{from}:02:00 1988\nc");
    assert_eq!(String::from_utf8_lossy(&mbox), expected);
    assert!(fixture::mbox(&[]).is_empty());
    assert_eq!(message("a\n\nb", false).octets(), 8);
    let [long, faulty] = ["== x\n|7 ab\n| \\xe5\\", "| before"].map(fixture::parse);
    let expected = fixture::Message { lines: vec![b"abababa".to_vec(), vec![0xe5]], unended: true };
    assert_eq!(long, Ok(vec![expected]));
    assert!(faulty.is_err());
}
