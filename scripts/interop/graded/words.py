"""The memo's words for what a peer fails: memo.txt beside this file, by memo and statement.

    == 1081
    user-argument p. 4: "USER name ... Arguments: a server specific user-id (required)"
"""

from pathlib import Path

FILE = Path(__file__).with_name("memo.txt")


def words():
    """By memo and statement."""
    found, memo = {}, None
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            memo = int(line[3:])
        elif line and not line.startswith("#"):
            statement, said = line.split(" ", 1)
            found[memo, statement] = said
    return found


def missing(columns, memos):
    """What is failed and not there."""
    known = words()
    wanted = {
        (memo, statement["id"])
        for memo in memos
        for column in columns
        for statement in column.statements(memo)
        if statement["verdict"] == "fail"
    }
    return [
        f"{statement} by RFC {memo} is failed, and {FILE.name} does not have the memo's words for it"
        for memo, statement in sorted(wanted - set(known))
    ]
