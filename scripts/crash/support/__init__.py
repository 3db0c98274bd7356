"""What only the crash proofs need."""
