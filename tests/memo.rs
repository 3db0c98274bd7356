//! RFC 1081, chapter by chapter: the dialogues of the examiner, and those in `tests/memo`, played
//! against the built server and compared octet by octet.

mod player;
#[path = "player/tests.rs"]
mod the_player_itself;

use player::chapter::{self, Chapter};
use player::dialogue::Proof;
use pop1081::grade::catalogue::Library;
use pop1081::grade::catalogue::{Rfc, Statement};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[test]
fn chapter_01_how_a_session_goes_pp2_3() {
    play("01-basic-operation.txt");
}

#[test]
fn chapter_02_the_authorization_state_pp3_4() {
    play("02-the-authorization-state.txt");
}

#[test]
fn chapter_03_user_and_pass_pp4_5() {
    play("03-user-and-pass.txt");
}

#[test]
fn chapter_04_quit_p5() {
    play("04-quit.txt");
}

#[test]
fn chapter_05_the_transaction_state_p5() {
    play("05-the-transaction-state.txt");
}

#[test]
fn chapter_06_stat_pp5_6() {
    play("06-stat.txt");
}

#[test]
fn chapter_07_list_pp6_7() {
    play("07-list.txt");
}

#[test]
fn chapter_08_retr_pp7_8() {
    play("08-retr.txt");
}

#[test]
fn chapter_09_dele_p8() {
    play("09-dele.txt");
}

#[test]
fn chapter_10_noop_pp8_9() {
    play("10-noop.txt");
}

#[test]
fn chapter_11_last_p9() {
    play("11-last.txt");
}

#[test]
fn chapter_12_rset_pp9_10() {
    play("12-rset.txt");
}

#[test]
fn chapter_13_the_update_state_p10() {
    play("13-the-update-state.txt");
}

#[test]
fn chapter_14_optional_commands_pp10_11() {
    play("14-top.txt");
}

#[test]
fn chapter_15_rpop_pp11_12() {
    play("15-rpop.txt");
}

#[test]
fn chapter_16_uidl_of_rfc_1939() {
    play("16-uidl.txt");
}

#[test]
fn chapter_17_apop_of_rfc_1939() {
    play("17-apop.txt");
}

#[test]
fn chapter_18_the_summary_pp12_13() {
    play("18-summary.txt");
}

#[test]
fn chapter_19_message_format_p14() {
    play("19-message-format.txt");
}

/// `make demo` shows what this prints.
#[test]
fn chapter_20_example_session_pp13_14() {
    for transcript in chapter::play(EXAMPLE_SESSION) {
        eprint!("{transcript}");
        let lines = transcript.lines().count();
        eprintln!("\n{lines} lines: each as on pages 13 and 14 of RFC 1081, the messages as in Users/mrose.");
        eprintln!("(The remark that ends the greeting may be any; see tests/memo/README.md.)");
    }
}

/// The examiner's dialogues of that chapter, and those that only this project's server can show.
fn play(file: &str) {
    for folder in FOLDERS {
        let path = format!("{folder}/{file}");
        if Path::new(&path).exists() {
            chapter::play(&path);
        }
    }
}

/// The table and the dialogues fit: nothing stated without a dialogue that is played, nothing
/// proven that is not stated, pages alike.
#[test]
fn chapters_00_every_statement_has_a_dialogue() {
    let library = Library::open().expect("the table of statements");
    let chapters = chapters();
    let dialogues: Vec<_> = chapters.iter().flat_map(|chapter| &chapter.dialogues).collect();
    let played = dialogues.iter().filter(|dialogue| dialogue.not_tried.is_none());
    let proofs: Vec<&Proof> = played.flat_map(|dialogue| &dialogue.proves).collect();
    let proven: BTreeSet<&str> = proofs.iter().map(|proof| proof.statement.as_str()).collect();
    // The examiner's own tests play what only a server that it has started can show, and what this
    // one does otherwise: it closes the connection.
    let own = |one: &&Statement| one.chapter != "A server that is started" && one.id != "refused-pass-thrice";
    let stated: BTreeSet<&str> =
        library.statements(Rfc::Rfc1081).filter(own).map(|one| one.id.as_str()).collect();

    let unproven: Vec<_> = stated.difference(&proven).collect();
    assert!(unproven.is_empty(), "no dialogue proves {unproven:#?}");
    for proof in proofs {
        let statement = library.statement(&proof.statement);
        let statement = statement.unwrap_or_else(|| panic!("statements.txt does not know {proof:?}"));
        assert!(proof.page.is_none() || proof.page == statement.page_1081, "{proof:?} is on another page");
    }
    say(&format!("{} statements, {} dialogues, {} chapters", stated.len(), dialogues.len(), chapters.len()));
}

#[test]
fn chapters_00_dialogues_have_names_of_their_own_and_are_played() {
    let this_file = read("tests/memo.rs");
    let mut ids = BTreeSet::new();
    for chapter in chapters() {
        let name = chapter.path.file_name().unwrap_or_default().display().to_string();
        assert!(this_file.contains(&format!("{name}\"")), "nothing plays {name}");
        for dialogue in &chapter.dialogues {
            assert!(ids.insert(dialogue.id.clone()), "two dialogues are called {}", dialogue.id);
        }
    }
}

const EXAMPLE_SESSION: &str = "tests/memo/19-example-session.txt";

const FOLDERS: [&str; 2] = ["src/grade/dialogues", "tests/memo"];

fn chapters() -> Vec<Chapter> {
    let entries = FOLDERS.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder of dialogues"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
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
