"""The list of cases, and the comparisons that they are made of."""

import traceback
from dataclasses import dataclass

from fixture import Fixture, Failure, NotPlayed
from transcript import short_sessions

CASES = []


def case(client, what, serve=True):
    """Mark a function as a case: it takes a Fixture and raises if something is not as it must be."""

    def add(play):
        CASES.append(Case(client, what, play, serve))
        return play

    return add


@dataclass
class Outcome:
    client: str
    what: str
    commands: str
    result: str
    why: str = ""


@dataclass
class Case:
    client: str
    what: str
    play: object
    serve: bool

    def run(self, binary, work):
        with Fixture(binary, work) as fixture:
            result, why = self.judged(fixture)
            return Outcome(self.client, self.what, short_sessions(fixture.transcripts()), result, why)

    def judged(self, fixture):
        """Play it; gives the result and why it is not `passed`."""
        try:
            if self.serve:
                fixture.serve()
            self.play(fixture)
            fixture.finish()
        except NotPlayed as why:
            return "not played", str(why)
        except Failure as why:
            return "FAILED", f"{why}{evidence(fixture)}"
        except Exception:
            return "FAILED", traceback.format_exc() + evidence(fixture)
        return "passed", ""


def evidence(fixture):
    """What was said on the wire and what the server logged, for the report of a failure."""
    parts = []
    for transcript in fixture.transcripts():
        parts += ["--- session"] + transcript.lines[-60:]
    if fixture.server_log.exists():
        parts += ["--- server's log"] + fixture.server_log.read_text(errors="backslashreplace").splitlines()[-40:]
    return "".join(f"\n{part}" for part in parts)


def same(what, got, expected):
    """Fail unless both are equal; for octets say where they begin to differ."""
    if got == expected:
        return
    if not isinstance(got, bytes) or not isinstance(expected, bytes):
        raise Failure(f"{what}: got {got!r}, expected {expected!r}")
    at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), min(len(got), len(expected)))
    begin = max(0, at - 20)
    raise Failure(
        f"{what}: {len(got)} octets, expected {len(expected)}; from octet {at} on they differ\n"
        f"  got      {got[begin:at + 60]!r}\n  expected {expected[begin:at + 60]!r}"
    )


def same_messages(what, got, messages, line_end=b"\n"):
    """Fail unless the client holds exactly these messages in this order, octet for octet."""
    same(f"{what}: number of messages", len(got), len(messages))
    for octets, message in zip(got, messages):
        same(f"{what}: message `{message.name}`", octets, message.octets.replace(b"\r\n", line_end))


def commands(fixture, session):
    """The commands of that session, counted from 0."""
    transcripts = fixture.transcripts()
    if session >= len(transcripts):
        raise Failure(f"there were only {len(transcripts)} sessions")
    return transcripts[session].commands


def sent(fixture, session, *keywords):
    """Fail unless the client sent all of these commands in that session, and the server granted them."""
    granted = [command.keyword for command in commands(fixture, session) if command.granted()]
    missing = [keyword for keyword in keywords if keyword not in granted]
    if missing:
        raise Failure(f"session {session + 1} was to use {' '.join(missing)}, but used {' '.join(granted)}")


def never_sent(fixture, session, *keywords):
    """Fail if the client sent one of these commands in that session."""
    found = [command.keyword for command in commands(fixture, session) if command.keyword in keywords]
    if found:
        raise Failure(f"session {session + 1} was to do without {' '.join(keywords)}, but sent {' '.join(found)}")


def replied(fixture, session, keyword, expected):
    """Fail unless the first such command in that session got exactly this first line."""
    found = [command.reply for command in commands(fixture, session) if command.keyword == keyword]
    same(f"reply to {keyword} in session {session + 1}", found[:1], [expected])


def left_on_disk(fixture, name, maildrop, deleted=()):
    """Fail unless the Users file holds exactly what remains once these messages are gone."""
    same(f"Users/{name} afterwards", fixture.on_disk(name), maildrop.on_disk(without=deleted))
