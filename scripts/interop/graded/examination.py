"""One server, examined: what `pop1081 grade` says about it, as its JSON has it."""

import json
import subprocess

from peers.server import PASSWORD

from .servers import USER, reset

SECONDS = 600
# How long an answer may take; Dovecot waits for ten seconds and more before it refuses a lock.
PATIENCE = 15


class Column:
    """What one server did, by memo."""

    def __init__(self, name, version):
        self.name = name
        self.version = version
        self.reports = {}

    def statements(self, memo):
        return self.reports[memo]["statements"]

    def failed(self, memo):
        return self.reports[memo]["failed"]["statements"]


def examine(server, binary, memos, reports):
    """The reports are left in that directory, too."""
    column = Column(server.name, server.version)
    password = server.base / "password-for-grade"
    password.write_text(PASSWORD + "\n", encoding="ascii")
    for memo in memos:
        found = report_of(reports, memo, server.name)
        argv = [binary, "grade", "--user", USER, "--password-file", password, "--reset", reset(server)]
        argv += ["--patience", PATIENCE, "--rfc", memo, "--points"]
        argv += ["--json", found, "--html", found.with_suffix(".html"), server.address]
        said = subprocess.run(
            [str(word) for word in argv], capture_output=True, text=True, timeout=SECONDS, check=False
        )
        found.with_suffix(".txt").write_text(said.stdout + said.stderr, encoding="utf-8")
        if said.returncode not in (0, 1):
            raise SystemExit(f"peers: {server.name}: exit code {said.returncode}\n{said.stderr}")
        column.reports[memo] = json.loads(found.read_text(encoding="utf-8"))
    return column


def report_of(reports, memo, name):
    return reports / str(memo) / f"{name}.json"
