"""Clocks that are set, and limits too long to wait for: the server sees another clock than the
system's, which jumps, or on which a minute is over in a second.

Only what the program reads is false; what the system itself waits for stays true.
"""

import socket
import time

from support.environment import false_clock
from support.figures import Figure
from support.maildrops import PASSWORD, make_users, maildrop
from lib.server import Server

SILENCE = 3  # seconds
DAY = 86400
LINE_TIME = 60  # limits.rs
REPLY_TIME = 600
REPLY_RATE = 100
LOGIN_TIME = 60


def run(harness):
    yield from jumps(harness)
    yield from a_line_in_drops(harness)
    yield from a_reply_in_drops(harness)
    yield from a_login_in_a_crowd(harness)


def between(what, least, most, value):
    measured = f"{value:.1f} s"
    return Figure(what, f"{least} to {most} s", measured, least <= value <= most)


def jumps(harness):
    """The wall clock is set a day ahead, then two days back, while a session is silent."""
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1))
        clock = directory / "clock"
        clock.write_text("+0\n")
        environment = {
            "LD_PRELOAD": false_clock(),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        options = ("--autologout", str(SILENCE))
        with Server(harness.binary, users, *options, environment=environment) as server:
            client = server.connect().greeted().login("u", PASSWORD)
            client.must("STAT")
            begun = time.monotonic()
            for jump in (DAY, -2 * DAY, DAY):
                clock.write_text(f"{jump:+d}\n")
                time.sleep(SILENCE / 5)
                server.connect().greeted().close()
            client.until_closed()
            waited = time.monotonic() - begun
            days = {line[1:11] for line in server.log.text().splitlines()}
            what = "the wall clock is set, and set back: days in the log"
            yield Figure(what, "3", str(len(days)), len(days) == 3)
            yield between("  a silent client is logged out after", SILENCE, SILENCE + 1.5, waited)


def a_line_in_drops(harness):
    """A minute is over in a second; a line comes in, an octet now and then."""
    speed = 60
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1))
        with hurried(harness, users, speed) as server:
            client = server.connect().greeted().login("u", PASSWORD)
            client.sock.settimeout(0.05)
            begun = time.monotonic()
            while still_there(client):
                pass
            waited = (time.monotonic() - begun) * speed
            what = "a line that comes in drop by drop: given up after"
            yield between(what, LINE_TIME, LINE_TIME + 10, waited)
            client.close()


def still_there(client):
    """Sends an octet and looks whether the server has closed; it has nothing to say."""
    try:
        client.sock.sendall(b"x")
        return bool(client.sock.recv(1))
    except socket.timeout:
        return True
    except OSError:
        return False


def a_reply_in_drops(harness):
    """A large message, read more slowly than the slowest modem."""
    speed = 6000
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1, 64_000_000))
        with hurried(harness, users, speed) as server:
            client = server.connect().greeted().login("u", PASSWORD)
            client.send("RETR 1")
            begun, octets = time.monotonic(), 0
            while not given_up(server) and time.monotonic() - begun < 60:
                octets += len(client.sock.recv(REPLY_RATE * speed // 20))
                time.sleep(0.1)
            waited = (time.monotonic() - begun) * speed
            what = "a reply that is read at half the least rate: given up"
            right = given_up(server) and waited >= REPLY_TIME
            measured = f"after {waited:.0f} s, {octets / waited:.0f} octets/s"
            yield Figure(what, f"yes, after {REPLY_TIME} s", measured, right)
            client.close()


def given_up(server):
    return "reads replies too slowly" in server.log.text()


def a_login_in_a_crowd(harness):
    """A client that only asks what the server can do has a minute to log in, but only while more
    than half of the slots are taken."""
    speed = 60
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1))
        with hurried(harness, users, speed, ("--max-sessions", "2")) as server:
            client = server.connect().greeted()
            alone = asked(client, 3 * LOGIN_TIME / speed) * speed
            right = alone >= 3 * LOGIN_TIME
            what = "one of two slots taken, no login: still there after"
            yield Figure(what, f"{3 * LOGIN_TIME} s", f"{alone:.0f} s", right)
            other = server.connect().greeted()
            crowded = asked(client, 10) * speed
            yield between("  the other one taken, too: closed after", 0, LOGIN_TIME, crowded)
            still = asked(other, 0.5 * LOGIN_TIME / speed) * speed
            right = still >= LOGIN_TIME / 2
            yield Figure("  the other one has its minute", f">= {LOGIN_TIME // 2} s", f"{still:.0f} s", right)
            other.close()


def asked(client, seconds):
    """Asks again and again until the server closes, or for so many seconds; how long that was."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        try:
            client.sock.sendall(b"CAPA\r\n")
            if not client.sock.recv(4096):
                break
        except OSError:
            break
        time.sleep(0.02)
    return time.monotonic() - begun


def hurried(harness, users, speed, options=("--login-time", "0")):
    """A server whose clocks run so much faster."""
    environment = {"LD_PRELOAD": false_clock(), "FAKETIME": f"+0 x{speed}"}
    options = (*options, "--autologout", "100000000")
    return Server(harness.binary, users, *options, environment=environment)
