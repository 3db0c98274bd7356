"""One check per file; each has a run(bench) that yields figures."""
