"""A page as text: where exercises stand, and where what came belongs.

    <!-- play: NAME WORDS -->      before a fenced block: the lines to type. Words:
                                   quiet: what comes is not shown;
                                   report: only the transcripts are, not what the shell prints;
                                   anywhere: the class's server says the same;
                                   varies: other versions of the programs send other commands
    <!-- shown: NAME -->           what came is written from here
    <!-- file: PATH -->            or a file of the project
    <!-- end -->                   to here
"""

import re
from dataclasses import dataclass

from session import Trouble

WORDS = {"quiet", "report", "anywhere", "varies"}
PLAY = re.compile(r"^<!-- play: (\S+)((?: \w+)*) -->\n```\w*\n(.*?)^```$", re.M | re.S)
SHOWN = re.compile(r"^<!-- shown: (\S+) -->\n(.*?)^<!-- end -->$", re.M | re.S)
FILE = re.compile(r"^<!-- file: (\S+) -->\n(.*?)^<!-- end -->$", re.M | re.S)


@dataclass
class Exercise:
    """The lines that one exercise has typed."""

    name: str
    words: list
    lines: list

    def is_(self, word):
        return word in self.words


class Sheet:
    """A page in which every exercise has one place for what came."""

    def __init__(self, text):
        self.text = text
        found = [Exercise(name, words.split(), typed.splitlines()) for name, words, typed in PLAY.findall(text)]
        self.exercises = found
        played = [exercise.name for exercise in found if not exercise.is_("quiet")]
        places = [name for name, _ in SHOWN.findall(text)]
        if sorted(played) != sorted(set(places)) or len(places) != len(set(places)):
            raise Trouble(f"to play are {played}, to be shown {places}: each needs the other, once")
        if unknown := {word for exercise in found for word in exercise.words} - WORDS:
            raise Trouble(f"no exercise is played {unknown}")
        markers = len(re.findall(r"^<!-- (?:play|shown|file):", text, re.M))
        if markers != len(found) + len(places) + len(FILE.findall(text)):
            raise Trouble("a marker is not followed by its block, or not closed")

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
