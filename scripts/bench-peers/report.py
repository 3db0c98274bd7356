"""Writes docs/performance.md and the chart that it shows; the words that do not change are in report.md."""

from pathlib import Path

import build
import chart
import facts
from rows import advantage, peers_ahead_first
from table import number

DOCS = build.ROOT / "docs"
TEXT = Path(__file__).with_name("report.md")
COLUMNS = ("pop1081", "Dovecot mbox", "Dovecot dirty", "Dovecot Maildir", "popa3d", "canned", "system alone")


def write(results):
    DOCS.mkdir(exist_ok=True)
    text = TEXT.read_text(encoding="utf-8")
    text = text.replace("{facts}", "\n".join(facts.lines(results.chosen)))
    text = text.replace("{table}", table(results))
    text = text.replace("{verified}", verified(results))
    (DOCS / "performance.md").write_text(text, encoding="utf-8")
    title = "pop1081: how many times better than the best of Dovecot and popa3d"
    (DOCS / "performance.svg").write_text(chart.svg(title, bars(results)), encoding="utf-8")
    print(f"written: {DOCS / 'performance.md'}, {DOCS / 'performance.svg'}")


def table(results):
    heads = ["work", *COLUMNS[:-2], "limit", "times the best peer"]
    lines = [line(heads), line(["---", *["---:"] * (len(heads) - 1)])]
    for row in peers_ahead_first(results):
        if results.median(row.name, "pop1081") is not None:
            cells = [cell(results.median(row.name, name)) for name in COLUMNS[:-2]]
            limits = [results.median(row.name, name) for name in COLUMNS[-2:]]
            limit = next((value for value in limits if value is not None), None)
            lines.append(line([f"{row.title}, {row.unit}", *cells, cell(limit), better(row, results)]))
    return "\n".join(lines)


def line(cells):
    return f"| {' | '.join(cells)} |"


def cell(value):
    return "" if value is None else number(value)


def better(row, results):
    times = advantage(row, results)
    return "" if times is None else f"{number(times)} x"


def bars(results):
    found = []
    for row in peers_ahead_first(results):
        times = advantage(row, results)
        if times is not None:
            value = f"{number(results.median(row.name, 'pop1081'))} {row.unit}".replace(" /s", "/s")
            found.append((row.title, times, f"{number(times)} x  ({value})"))
    return found


def verified(results):
    """`letters, normal from pop1081, canned; large from pop1081`."""
    servers = {}
    for server, user in results.verified:
        servers.setdefault(user, []).append(server)
    users = {}
    for user, names in servers.items():
        users.setdefault(", ".join(names), []).append(user)
    return "; ".join(f"{', '.join(of)} from {names}" for names, of in users.items())
