"""One check per file; each has a run(harness) that yields figures."""
