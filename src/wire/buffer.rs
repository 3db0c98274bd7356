//! Replies that are gathered to be written in one go.

use crate::limits;
use crate::protocol::message::Chunk;
use crate::protocol::stuffing;

/// Octets to be written, in memory that is reused.
#[derive(Default)]
pub struct WriteBuffer {
    memory: Vec<u8>,
    filled: usize,
}

impl WriteBuffer {
    /// What is to be written.
    pub fn octets(&self) -> &[u8] {
        &self.memory[..self.filled]
    }

    /// Whether there is so much of it that it should be written now.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.filled >= limits::OUTPUT_BUFFER
    }

    /// Adds these octets.
    #[inline]
    pub fn push(&mut self, octets: &[u8]) {
        self.space_for(octets.len())[..octets.len()].copy_from_slice(octets);
        self.filled += octets.len();
    }

    /// Adds a chunk of a message, byte-stuffed. Returns its octets as RFC 1081,
    /// p. 14 counts them.
    pub fn push_chunk(&mut self, chunk: Chunk<'_>) -> u64 {
        let stuffed = stuffing::stuff(chunk, self.space_for(2 * chunk.len() + stuffing::SLACK));
        self.filled += stuffed.written;
        stuffed.octets
    }

    /// Space behind what is filled. It grows in steps, for what is added
    /// to it must be overwritten with zeros first.
    #[inline]
    fn space_for(&mut self, octets: usize) -> &mut [u8] {
        if self.memory.len() - self.filled < octets {
            let step = if self.memory.is_empty() { limits::IDLE_OUTPUT } else { limits::OUTPUT_STEP };
            self.memory.resize((self.filled + octets).next_multiple_of(step), 0);
        }
        &mut self.memory[self.filled..]
    }

    /// Everything has been written.
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Keeps no more memory than an idle connection should; only when it is clear.
    /// What small messages need is kept: it would be allocated again for each.
    pub fn shrink(&mut self) {
        if self.memory.len() > limits::OUTPUT_STEP {
            self.memory.truncate(limits::IDLE_OUTPUT);
            self.memory.shrink_to_fit();
        }
    }
}
