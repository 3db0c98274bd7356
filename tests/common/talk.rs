//! Dialogues in the memo's notation, by a client on any connection. `tests/memo/README.md` tells
//! what a line may contain; here there is one client, already connected.

use super::pop::Pop;
use crate::player::dialogue::{Act, Step};
use crate::player::escape::show;
use crate::player::parse;

/// Plays a dialogue to its end; the client stays connected.
#[track_caller]
pub fn talk(pop: &mut Pop, dialogue: &str) {
    for step in steps(dialogue) {
        play_step(pop, &step);
    }
}

/// Plays a dialogue, after which the server must close without another octet.
#[track_caller]
pub fn talk_to_the_end(mut pop: Pop, dialogue: &str) {
    talk(&mut pop, dialogue);
    pop.closed();
}

#[track_caller]
fn steps(dialogue: &str) -> Vec<Step> {
    let text = format!("== talk: in a test\np. 0: what the test shows\n{dialogue}");
    let mut dialogues = parse::dialogues(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    dialogues.remove(0).steps
}

#[track_caller]
fn play_step(pop: &mut Pop, step: &Step) {
    match &step.act {
        Act::Send { octets, .. } => pop.send(octets),
        Act::Reply { expected, .. } => {
            let came = pop.octets_of_line();
            assert!(
                expected.fits(&came),
                "line {} of the dialogue: expected {}, got {}",
                step.line - 2,
                show(&expected.octets()),
                show(&came)
            );
        }
        _ => panic!("line {} of the dialogue is not for one client", step.line - 2),
    }
}
