"""One server, examined: what `pop1081 grade` says about it, as its JSON has it."""

import json
import subprocess

from peers.server import PASSWORD

from .servers import USER, reset

SECONDS = 600
# Dovecot waits for ten seconds and more before it refuses a lock.
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


def examine(server, binary, memos):
    column = Column(server.name, server.version)
    password = server.base / "password-for-grade"
    password.write_text(PASSWORD + "\n", encoding="ascii")
    for memo in memos:
        found = server.base / f"grade-{memo}.json"
        argv = [binary, "grade", "--user", USER, "--password-file", password, "--reset", reset(server)]
        argv += ["--patience", PATIENCE, "--rfc", memo, "--json", found, server.address]
        said = subprocess.run(
            [str(word) for word in argv], capture_output=True, text=True, timeout=SECONDS, check=False
        )
        if said.returncode not in (0, 1):
            raise SystemExit(f"peers: {server.name}: exit code {said.returncode}\n{said.stderr}")
        with open(found, encoding="utf-8") as report:
            column.reports[memo] = json.load(report)
    return column
