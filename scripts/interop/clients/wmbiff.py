"""wmbiff, which shows in the corner of a screen how many messages are new: those of STAT above the number of LAST."""

import subprocess

import maildrops
from cases import case, left_on_disk, never_sent, replied, same, sent
from clients.python_poplib import fetched, login
from fixture import end
from lib.server import wait_until

SCREEN = ["Xvfb", "-displayfd", "1", "-screen", "0", "64x64x8", "-nolisten", "tcp"]


class Corner:
    """A screen in memory, and wmbiff on it; `told` is where it says that there is new mail."""

    def __init__(self, fixture, user):
        self.fixture = fixture
        screen = fixture.spawn(SCREEN, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.display = f":{screen.stdout.readline().decode().strip()}"
        self.told = fixture.home / "told"
        self.rc = fixture.write(
            ".wmbiffrc",
            f"interval=600\nlabel.0=pop\nnotify.0=echo new >>{self.told}\n"
            f"path.0=pop3:{user}:{maildrops.PASSWORD}@127.0.0.1:{fixture.port}\n",
        )

    def look(self):
        """Let it look once; gives the number of its session."""
        session = len(self.fixture.transcripts())
        quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wmbiff = self.fixture.spawn(["wmbiff", "-display", self.display, "-c", self.rc], **quiet)
        self.fixture.children.remove(wmbiff)
        try:
            same("told", wait_until(self.told.exists)[0], True)
            self.told.unlink()
            same("it looked", wait_until(lambda: self.has_looked(session))[0], True)
        finally:
            end(wmbiff)
        return session

    def has_looked(self, session):
        transcripts = self.fixture.transcripts()[session:]
        return any(command.keyword == "QUIT" and command.reply for t in transcripts for command in t.commands)


@case("wmbiff", "LAST tells it what is new, over sessions with deletions")
def counts(fixture):
    four = maildrops.Maildrop((*maildrops.ALL["three"].messages, maildrops.EIGHT_BIT))
    corner = Corner(fixture, "three")
    first = corner.look()
    sent(fixture, first, "APOP", "STAT", "LAST", "QUIT")
    never_sent(fixture, first, "RETR", "DELE", "TOP")
    replied(fixture, first, "LAST", "+OK 0")
    person = login(fixture, "three")
    for number in (1, 2):
        fetched(person, number)
    person.dele(1)
    person.quit()
    fixture.deliver("three", four.piece(4))
    third = corner.look()
    replied(fixture, third, "STAT", f"+OK 3 {sum(len(m.octets) for m in four.messages[1:])}")
    replied(fixture, third, "LAST", "+OK 1")
    left_on_disk(fixture, "three", four, deleted=(1,))
