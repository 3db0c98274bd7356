//! What a server holds: the processes of its process group and the descriptors
//! that they have open, known on Linux from proc(5); and the octets of its files.

use crate::system;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// Octets that all its files may have, and what one counts at least.
pub const MOST: u64 = 256 << 20;
const BLOCK: u64 = 4096;

/// Between two looks at how much it has written.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Those that have ended and are not waited for among them.
    pub processes: usize,
    /// Of the process that has most of them open.
    pub descriptors: usize,
}

/// None where it cannot be known: on other systems than Linux.
pub fn footprint(group: u32) -> Option<Footprint> {
    let mut footprint = Footprint { processes: 0, descriptors: 0 };
    for process in fs::read_dir(system::PROCESSES).ok()?.flatten() {
        let status = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        // After the name, which may hold anything: the state, the parent, the group.
        let fields = status.rsplit_once(')').map_or("", |(_, fields)| fields);
        if fields.split_whitespace().nth(2).is_some_and(|field| field == group.to_string()) {
            footprint.processes += 1;
            let open = fs::read_dir(process.path().join("fd")).map_or(0, Iterator::count);
            footprint.descriptors = footprint.descriptors.max(open);
        }
    }
    (footprint.processes > 0).then_some(footprint)
}

/// Kills what has left the process group: whatever still has that in its environment.
pub fn kill_strays(variable: &str) {
    let is_stray = |process: &PathBuf| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        environment.split(|&octet| octet == 0).any(|one| one == variable.as_bytes())
    };
    let all = fs::read_dir(system::PROCESSES).into_iter().flatten().flatten();
    let strays: Vec<PathBuf> = all.map(|process| process.path()).filter(is_stray).collect();
    let ids: Vec<&OsStr> = strays.iter().filter_map(|process| process.file_name()).collect();
    if !ids.is_empty() {
        let _ = Command::new("/bin/sh").args(["-c", "kill -KILL \"$@\"", "kill"]).args(ids).status();
    }
}

/// Says through the pipe that it is to be killed: `dropped`, or because it writes too much.
pub fn watch(pipe: Option<ChildStdin>, directory: &Path, dropped: &Receiver<()>, too_much: &AtomicBool) {
    while dropped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        if size(directory) > MOST {
            too_much.store(true, Ordering::Relaxed);
            break;
        }
    }
    let _ = pipe.map(|mut pipe| pipe.write_all(b"\n"));
}

/// Octets of the files below, each of them at least a block, as far as they can be seen.
fn size(directory: &Path) -> u64 {
    let (mut size, mut waiting) = (0, vec![directory.to_owned()]);
    while let Some(entries) = waiting.pop().map(fs::read_dir) {
        for entry in entries.into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => waiting.push(entry.path()),
                Ok(found) => size += found.len().max(BLOCK),
                Err(_) => {}
            }
            if size > MOST {
                return size;
            }
        }
    }
    size
}
