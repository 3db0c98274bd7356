"""What the crash proofs, the load checks and the interoperability cases share."""
