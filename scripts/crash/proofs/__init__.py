"""One file per proof; each offers `run(bench) -> list[Outcome]`."""
