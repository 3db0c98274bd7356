//! Replies that are gathered to be written in one go.

use crate::limits;
use crate::protocol::message::Chunk;
use crate::protocol::stuffing;

/// Octets to be written, in room that is reused.
#[derive(Default)]
pub struct WriteBuffer {
    room: Vec<u8>,
    filled: usize,
}

impl WriteBuffer {
    /// What is to be written.
    pub fn octets(&self) -> &[u8] {
        &self.room[..self.filled]
    }

    /// Whether there is so much of it that it should be written now.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.filled >= limits::OUTPUT_BUFFER
    }

    /// Adds these octets.
    #[inline]
    pub fn push(&mut self, octets: &[u8]) {
        self.room_for(octets.len())[..octets.len()].copy_from_slice(octets);
        self.filled += octets.len();
    }

    /// Adds a chunk of a message, byte-stuffed. Returns its octets as RFC 1081,
    /// p. 14 counts them.
    pub fn push_chunk(&mut self, chunk: Chunk<'_>) -> u64 {
        let stuffed = stuffing::stuff(chunk, self.room_for(2 * chunk.len() + stuffing::SLACK));
        self.filled += stuffed.written;
        stuffed.octets
    }

    /// Room behind what is filled. It is made larger in steps, for what is added
    /// to it must be overwritten with zeros first.
    #[inline]
    fn room_for(&mut self, octets: usize) -> &mut [u8] {
        if self.room.len() - self.filled < octets {
            let step = if self.room.is_empty() { limits::IDLE_OUTPUT } else { limits::OUTPUT_STEP };
            self.room.resize((self.filled + octets).next_multiple_of(step), 0);
        }
        &mut self.room[self.filled..]
    }

    /// Everything is written.
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Keeps no more memory than an idle connection should; only when it is clear.
    /// What small messages need is kept all the same: whoever fetches them one by
    /// one would have it made again for each.
    pub fn shrink(&mut self) {
        if self.room.len() > limits::OUTPUT_STEP {
            self.room.truncate(limits::IDLE_OUTPUT);
            self.room.shrink_to_fit();
        }
    }
}
