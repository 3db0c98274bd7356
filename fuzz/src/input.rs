//! An input of the fuzzer as numbers; behind its end they are 0.

/// What is left of an input.
pub struct Input<'i>(pub &'i [u8]);

impl<'i> Input<'i> {
    /// The next octet.
    pub fn octet(&mut self) -> u8 {
        self.part(1).first().copied().unwrap_or(0)
    }

    /// A number of two octets.
    pub fn number(&mut self) -> usize {
        usize::from(self.octet()) << 8 | usize::from(self.octet())
    }

    /// So many octets, fewer at the end.
    pub fn part(&mut self, octets: usize) -> &'i [u8] {
        let (part, rest) = self.0.split_at(octets.min(self.0.len()));
        self.0 = rest;
        part
    }
}
