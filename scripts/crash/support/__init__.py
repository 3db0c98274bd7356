"""What the crash proofs share."""
