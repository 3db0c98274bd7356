"""The columns side by side: docs/peers.md, and a summary for the terminal."""

import re

from .words import words

HEAD = """# pop1081 and its peers, statement by statement

`make interop` lets `pop1081 grade` examine five servers on the same messages, and fails if a verdict is another one
than those below: {versions}.
[matrix.html](matrix.html) shows the same side by side in a browser; `scripts/interop/peers --write BINARY` writes both
files anew.

Each server is set to follow the memo where its configuration gives it the choice.
Dovecot serves an mbox with `pop3_lock_session`, `pop3_enable_last` and APOP switched on; popa3d is started by inetd as
Debian has it, and reads an mbox.
Mailutils' pop3d has APOP switched on and reads a Maildir, because it takes two messages of an mbox for one where the
first has no body.
solid-pop3d is started by inetd and reads a Maildir, because it counts and sends the blank line before a separator of an
mbox; the last line of its last message has an end, without which it takes the message for damaged.

A failure is given with the memo's own words.
A peer that fails a statement of RFC 1081 because it follows a later memo is not at fault; the note says so.
What the memo leaves open, or only discourages, is noted and costs no points.

"""
MARKS = {"pass": "pass", "fail": "**fail**", "noted": "noted", "not tried": "-"}
WORDS = ("passed", "failed", "noted", "not_tried")
LONGEST = 160


def document(columns, memos):
    versions = ", ".join(f"{column.name} {column.version}" for column in columns)
    parts = [HEAD.format(versions=versions), *(memo_part(columns, memo) for memo in memos)]
    return "".join(parts).rstrip("\n") + "\n"


def memo_part(columns, memo):
    lines = [f"## RFC {memo}", "", *sums(columns, memo), "", "### Where a peer fails", ""]
    lines += failures(columns, memo) or ["Nowhere.", ""]
    lines += ["### Every statement", "", *statements(columns, memo), "", ""]
    return "\n".join(lines)


def sums(columns, memo):
    rows = [["", *(column.name for column in columns)], ["---", *("---:" for _ in columns)]]
    for word in WORDS:
        counts = [str(column.reports[memo][word]["statements"]) for column in columns]
        rows.append([word.replace("_", " "), *counts])
    points = [column.reports[memo] for column in columns]
    rows.append(["points", *(points_of(report) for report in points)])
    return [row(cells) for cells in rows]


def points_of(report):
    return f"{report['passed']['points']} of {sum(report[word]['points'] for word in WORDS)}"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def failures(columns, memo):
    lines, known = [], words()
    for at, statement in enumerate(columns[0].statements(memo)):
        failed = [column for column in columns if column.statements(memo)[at]["verdict"] == "fail"]
        if not failed:
            continue
        lines += [f"- `{statement['id']}` (p. {statement['page']}): {statement['rule']}"]
        if (memo, statement["id"]) in known:
            lines += [f"  - The memo, {known[memo, statement['id']]}"]
        for column in failed:
            said = next(d for d in column.statements(memo)[at]["dialogues"] if d["outcome"] == "fail")
            lines += [
                f"  - {column.name}: to {quoted(said['sent'])} it answers {quoted(said['came'])}"
                f" instead of {quoted(said['expected'])}."
            ]
        if memo == 1081 and statement["later"]:
            lines += [f"  - Later: {statement['later']}"]
    return [*lines, ""] if lines else []


def quoted(text):
    short = text if len(text) <= LONGEST else text[:LONGEST] + "..."
    return f"`{short}`" if short and "`" not in short else short or "nothing"


def statements(columns, memo):
    rows = [["statement", "page", "points", *(column.name for column in columns)]]
    rows += [["---", "---:", "---:", *("---" for _ in columns)]]
    for at, statement in enumerate(columns[0].statements(memo)):
        verdicts = [MARKS[column.statements(memo)[at]["verdict"]] for column in columns]
        rows += [[f"`{statement['id']}`", str(statement["page"]), str(statement["points"] or "-"), *verdicts]]
    return [row(cells) for cells in rows]


def differences(columns, memos, document):
    """Verdicts that the document has otherwise, by the column's name."""
    found = []
    for memo in memos:
        part = document.split(f"## RFC {memo}\n")[-1].split("\n## ")[0].splitlines()
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part if line.startswith("| ")]
        head = next((row for row in rows if row[0] == "statement"), [])
        told = {(row[0], name): cell for row in rows for name, cell in zip(head[3:], row[3:])}
        for column in columns:
            for statement in column.statements(memo):
                came = MARKS[statement["verdict"]]
                was = told.get((f"`{statement['id']}`", column.name), "nothing")
                if was != came:
                    what = f"{statement['id']} by RFC {memo}: {came}, in docs/peers.md {was}"
                    found.append((column.name, what))
    return found


CELL = re.compile(r"<td class=\"(?:pass|fail|noted|untried)\">(?:<a [^>]*>)?(pass|FAIL|noted|not tried)<")


def not_in_page(columns, memos, page):
    """Whether the page has other verdicts."""
    told = [word.lower() for word in CELL.findall(page)]
    came = [
        column.statements(memo)[at]["verdict"]
        for memo in memos
        for at in range(len(columns[0].statements(memo)))
        for column in columns
    ]
    return [] if told == came else ["docs/matrix.html has other verdicts"]


def summary(columns, memos):
    lines = []
    for memo in memos:
        lines += [f"RFC {memo}      passed  failed  noted  not tried  seconds"]
        for column in columns:
            report = column.reports[memo]
            counts = [report[word]["statements"] for word in WORDS]
            lines += ["  {:<12}{:>6}{:>8}{:>7}{:>11}{:>9.1f}".format(column.name, *counts, report["milliseconds"] / 1000)]
    return "\n".join(lines)
