"""One file per proof; each offers `run(prover) -> list[Outcome]`."""
