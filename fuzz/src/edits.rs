//! Small changes of a file that the server wrote for itself, and checksums
//! corrected afterwards, so that the code behind them is reached, too.

/// A change of some octets of a file.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    Octet(u8),
    Word(u64),
    Flip(u8),
    Insert(u8),
    Remove,
    CutOff,
}

/// Edits, each with its place, as an input describes them: two octets for the
/// place, one for the kind, one or eight for the value.
pub fn edits(mut input: &[u8]) -> Vec<(usize, Edit)> {
    let mut edits = Vec::new();
    while let Some(([high, low, kind], rest)) = input.split_first_chunk() {
        let place = u16::from_be_bytes([*high, *low]).into();
        let (value, rest) = rest.split_first().unwrap_or((&0, rest));
        let edit = match kind % 6 {
            0 => Edit::Octet(*value),
            1 => Edit::Word(word_of(*value, rest)),
            2 => Edit::Flip(1 << (value % 8)),
            3 => Edit::Insert(*value),
            4 => Edit::Remove,
            _ => Edit::CutOff,
        };
        edits.push((place, edit));
        input = if kind % 6 == 1 { rest.get(8..).unwrap_or_default() } else { rest };
    }
    edits
}

/// A word that is likely to matter, or one from the input.
fn word_of(kind: u8, input: &[u8]) -> u64 {
    let brought = input.first_chunk().map_or(0, |octets| u64::from_le_bytes(*octets));
    match kind % 8 {
        0 => 0,
        1 => u64::MAX,
        2 => i64::MAX as u64,
        3 => u64::MAX / 64,
        4 => brought % 1024,
        _ => brought,
    }
}

/// Applies an edit; a place beyond the end wraps around.
pub fn apply(octets: &mut Vec<u8>, (place, edit): (usize, Edit)) {
    if octets.is_empty() {
        return;
    }
    let place = place % octets.len();
    match edit {
        Edit::Octet(octet) => octets[place] = octet,
        Edit::Word(word) => set_word(octets, place / 8, word),
        Edit::Flip(bits) => octets[place] ^= bits,
        Edit::Insert(octet) => octets.insert(place, octet),
        Edit::Remove => drop(octets.remove(place)),
        Edit::CutOff => octets.truncate(place),
    }
}

/// Word number `number` of a file of words, the lowest octet first.
pub fn word(octets: &[u8], number: usize) -> u64 {
    octets.get(number * 8..).and_then(|o| o.first_chunk()).map_or(0, |word| u64::from_le_bytes(*word))
}

/// Sets a word, if the file is long enough.
pub fn set_word(octets: &mut [u8], number: usize, word: u64) {
    if let Some(place) = octets.get_mut(number * 8..number * 8 + 8) {
        place.copy_from_slice(&word.to_le_bytes());
    }
}
