"""`pop1081 user passwd` at a real terminal: what is typed is not shown, and afterwards the terminal is what it was."""

import os
import pty
import select
import subprocess
import termios

from fixture import CLIENT_SECONDS, Failure
from cases import case, same

FIRST = b"new password for mrose: "
AGAIN = b"once more: "
OLD = b"secret\n"
INTERRUPT = b"\x03"


class Terminal:
    """A pseudo-terminal on which the command runs, as the one that Ctrl-C there is for."""

    def __init__(self, fixture):
        self.screen, keyboard = pty.openpty()
        self.keyboard = keyboard
        self.before = termios.tcgetattr(keyboard)
        self.shown = b""
        self.process = subprocess.Popen(
            [fixture.binary, "user", "passwd", "--users", fixture.users, "mrose"],
            env={**fixture.environment(), "RUST_LOG": "warn"},
            preexec_fn=lambda: os.login_tty(os.dup(keyboard)),
        )

    def asked(self, question):
        """Wait for a question; the terminal must have no echo by then."""
        while not self.shown.endswith(question):
            self.show()
        if termios.tcgetattr(self.keyboard)[3] & termios.ECHO:
            raise Failure(f"asked {question} with echo")

    def show(self):
        if not select.select([self.screen], [], [], CLIENT_SECONDS)[0]:
            raise Failure(f"nothing more was shown than {self.shown!r}")
        self.shown += os.read(self.screen, 1024)

    def press(self, keys):
        os.write(self.screen, keys)

    def ended(self):
        """The exit status, and all that was shown; the terminal must be what it was."""
        status = self.process.wait(CLIENT_SECONDS)
        while select.select([self.screen], [], [], 0)[0]:
            self.show()
        same("the terminal's modes", termios.tcgetattr(self.keyboard), self.before)
        os.close(self.screen)
        os.close(self.keyboard)
        return status, self.shown.replace(b"\r\n", b"\n").decode()


def line_one(fixture):
    return fixture.on_disk("mrose").split(b"\n")[0] + b"\n"


def prepared(fixture):
    fixture.put_user("mrose", OLD)
    return Terminal(fixture)


@case("passwd", "a new password typed twice, with a slip taken back", serve=False)
def typed_twice(fixture):
    terminal = prepared(fixture)
    terminal.asked(FIRST)
    terminal.press(b"open sesamm\x7fe\r")
    terminal.asked(AGAIN)
    terminal.press(b"wrong\x15open sesame\r")
    same("status and screen", terminal.ended(), (0, "new password for mrose: \nonce more: \n"))
    same("line one", line_one(fixture), b"open sesame\n")


@case("passwd", "two passwords that differ", serve=False)
def they_differ(fixture):
    terminal = prepared(fixture)
    terminal.asked(FIRST)
    terminal.press(b"one\r")
    terminal.asked(AGAIN)
    terminal.press(b"two\r")
    status, shown = terminal.ended()
    same("status", status, 65)
    same("screen", shown.splitlines()[2:], ["pop1081: the two passwords differ, nothing has changed"])
    same("line one", line_one(fixture), OLD)


@case("passwd", "Ctrl-C at each question gives the echo back", serve=False)
def interrupted(fixture):
    for typed in (b"", b"half", b"whole\r"):
        terminal = prepared(fixture)
        terminal.asked(FIRST)
        terminal.press(typed)
        if typed.endswith(b"\r"):
            terminal.asked(AGAIN)
        terminal.press(INTERRUPT)
        status, shown = terminal.ended()
        same("status", status, 130)
        same("screen", shown.splitlines()[-1], "pop1081: interrupted, nothing has changed")
        same("line one", line_one(fixture), OLD)
