"""The lab sheet as text: where exercises stand, and where what came belongs.

    <!-- play: NAME own -->        before a fenced block: the lines to type.
                                   own: the server works on a copy of Users,
                                   practice: it is started with --practice
    <!-- shown: NAME -->           what came is written from here
    <!-- file: PATH -->            or a file of the project
    <!-- end -->                   to here
"""

import re
from dataclasses import dataclass

from player import Trouble

PLAY = re.compile(r"^<!-- play: (\S+) (own|practice) -->\n```\w*\n(.*?)^```$", re.M | re.S)
SHOWN = re.compile(r"^<!-- shown: (\S+) -->\n(.*?)^<!-- end -->$", re.M | re.S)
FILE = re.compile(r"^<!-- file: (\S+) -->\n(.*?)^<!-- end -->$", re.M | re.S)


@dataclass
class Exercise:
    """The lines that one exercise has typed."""

    name: str
    practice: bool
    lines: list


class Sheet:
    """A lab sheet in which every exercise has one place for what came."""

    def __init__(self, text):
        self.text = text
        played = [name for name, _, _ in PLAY.findall(text)]
        places = [name for name, _ in SHOWN.findall(text)]
        if sorted(played) != sorted(set(places)) or len(places) != len(set(places)):
            raise Trouble(f"to play are {played}, to be shown {places}: each needs the other, once")
        markers = len(re.findall(r"^<!-- (?:play|shown|file):", text, re.M))
        if markers != len(played) + len(places) + len(FILE.findall(text)):
            raise Trouble("a marker is not followed by its block, or not closed")

    def exercises(self):
        return [Exercise(name, way == "practice", typed.splitlines()) for name, way, typed in PLAY.findall(self.text)]

    def with_shown(self, shown, root):
        """The text with what came; where nothing is said of a name, what stood there stays."""

        def came(match):
            name, stood = match.groups()
            inside = fenced(shown[name]) if name in shown else stood
            return f"<!-- shown: {name} -->\n{inside}<!-- end -->"

        def file(match):
            path = match.group(1)
            return f"<!-- file: {path} -->\n{fenced((root / path).read_text(), 'python')}<!-- end -->"

        return FILE.sub(file, SHOWN.sub(came, self.text))


def fenced(text, language="text"):
    return f"\n```{language}\n{text.rstrip()}\n```\n\n"
