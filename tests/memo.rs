//! RFC 1081, chapter by chapter: the dialogues in `tests/memo`, played against the built server.

mod player;
#[path = "player/tests.rs"]
mod the_player_itself;

use player::chapter::{self, Chapter};
use player::dialogue::Proof;
use pop1081::grade::catalogue::Library;
use pop1081::grade::catalogue::Rfc;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[test]
fn chapter_01_how_a_session_goes_pp2_3() {
    chapter::play("tests/memo/01-basic-operation.txt");
}

#[test]
fn chapter_02_the_authorization_state_pp3_4() {
    chapter::play("tests/memo/02-the-authorization-state.txt");
}

#[test]
fn chapter_02_the_maildrop_is_burst_pp3_4() {
    chapter::play("tests/memo/02-the-maildrop-is-burst.txt");
}

#[test]
fn chapter_03_user_p4() {
    chapter::play("tests/memo/03-user.txt");
}

#[test]
fn chapter_04_pass_pp4_5() {
    chapter::play("tests/memo/04-pass.txt");
}

#[test]
fn chapter_05_quit_p5() {
    chapter::play("tests/memo/05-quit.txt");
}

#[test]
fn chapter_06_the_transaction_state_p5() {
    chapter::play("tests/memo/06-the-transaction-state.txt");
}

#[test]
fn chapter_07_stat_pp5_6() {
    chapter::play("tests/memo/07-stat.txt");
}

#[test]
fn chapter_08_list_pp6_7() {
    chapter::play("tests/memo/08-list.txt");
}

#[test]
fn chapter_09_retr_pp7_8() {
    chapter::play("tests/memo/09-retr.txt");
}

#[test]
fn chapter_10_dele_p8() {
    chapter::play("tests/memo/10-dele.txt");
}

#[test]
fn chapter_11_noop_pp8_9() {
    chapter::play("tests/memo/11-noop.txt");
}

#[test]
fn chapter_12_last_p9() {
    chapter::play("tests/memo/12-last.txt");
}

#[test]
fn chapter_13_rset_pp9_10() {
    chapter::play("tests/memo/13-rset.txt");
}

#[test]
fn chapter_14_the_update_state_p10() {
    chapter::play("tests/memo/14-the-update-state.txt");
}

#[test]
fn chapter_15_optional_commands_pp10_11() {
    chapter::play("tests/memo/15-optional-commands.txt");
}

#[test]
fn chapter_16_top_p11() {
    chapter::play("tests/memo/16-top.txt");
}

#[test]
fn chapter_17_rpop_pp11_12() {
    chapter::play("tests/memo/17-rpop.txt");
}

#[test]
fn chapter_18_the_summary_pp12_13() {
    chapter::play("tests/memo/18-summary.txt");
}

/// `make demo` shows what this prints.
#[test]
fn chapter_19_example_session_pp13_14() {
    for transcript in chapter::play(EXAMPLE_SESSION) {
        eprint!("{transcript}");
        let lines = transcript.lines().count();
        eprintln!("\n{lines} lines: each as on pages 13 and 14 of RFC 1081, the messages as in Users/mrose.");
        eprintln!("(The remark that ends the greeting may be any; see tests/memo/README.md.)");
    }
}

#[test]
fn chapter_20_message_format_p14() {
    chapter::play("tests/memo/20-message-format.txt");
}

/// The table and the dialogues fit: nothing stated without a dialogue, nothing proven that is
/// not stated, pages alike, every chapter played above.
#[test]
fn chapters_00_every_statement_has_a_dialogue() {
    let library = Library::open().expect("the table of statements");
    let stated: BTreeSet<Proof> = library
        .statements(Rfc::Rfc1081)
        .map(|statement| Proof { page: statement.page_1081, statement: statement.id.clone() })
        .collect();
    let chapters = chapters();
    let dialogues: Vec<_> = chapters.iter().flat_map(|chapter| &chapter.dialogues).collect();
    let proven: BTreeSet<Proof> = dialogues.iter().flat_map(|dialogue| dialogue.proves.clone()).collect();

    let unproven: Vec<_> = stated.difference(&proven).collect();
    assert!(unproven.is_empty(), "no dialogue proves {unproven:#?}");
    let unstated: Vec<_> = proven.difference(&stated).collect();
    assert!(unstated.is_empty(), "statements.txt does not know {unstated:#?}");
    say(&format!("{} statements, {} dialogues, {} chapters", stated.len(), dialogues.len(), chapters.len()));
}

#[test]
fn chapters_00_dialogues_have_names_of_their_own_and_are_played() {
    let this_file = read("tests/memo.rs");
    for chapter in chapters() {
        let path = chapter.path.display().to_string();
        assert!(this_file.contains(&path) || path == EXAMPLE_SESSION, "nobody plays {path}");
        let ids: BTreeSet<&str> = chapter.dialogues.iter().map(|dialogue| dialogue.id.as_str()).collect();
        assert_eq!(ids.len(), chapter.dialogues.len(), "two dialogues of one name in {path}");
    }
}

const EXAMPLE_SESSION: &str = "tests/memo/19-example-session.txt";

fn chapters() -> Vec<Chapter> {
    let entries = fs::read_dir("tests/memo").expect("tests/memo");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry of tests/memo").path()).collect();
    paths.retain(|path| is_chapter(path));
    paths.sort();
    paths.iter().map(|path| chapter::read(path).unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// Chapters are numbered.
fn is_chapter(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.first().is_some_and(u8::is_ascii_digit)
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Said past the test harness, which would keep it to itself.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "the memo: {line}");
}
