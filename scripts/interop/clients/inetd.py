"""openbsd-inetd launching `pop1081 inetd`, a process for each session, and real clients through it."""

import os
import pwd
import re
import socket
import subprocess
import time
from pathlib import Path

import maildrops
from fixture import HOSTNAME, Failure
from cases import case, left_on_disk, same, same_messages
from clients import fetchmail, python_poplib, telnet
from lib.ports import free_port

ATTEMPTS = 5
LISTEN_SECONDS = 30


def start_inetd(fixture, *options):
    """An inetd of our own in the foreground, with a configuration of our own, behind the recorder."""
    for _ in range(ATTEMPTS):
        port = free_port()
        config = fixture.write("inetd.conf", service(fixture, port))
        with open(fixture.server_log, "wb") as log:
            inetd = fixture.spawn(["inetd", "-d", "-i", *options, config], stdout=subprocess.DEVNULL, stderr=log)
        if comes_to_listen(inetd, port):
            fixture.record(port)
            return
    raise Failure(f"inetd could not listen on any of {ATTEMPTS} ports")


def service(fixture, port):
    """The one line of inetd.conf, for the user who runs this script."""
    user = pwd.getpwuid(os.geteuid()).pw_name
    program = f"{fixture.binary} pop1081 inetd --users {fixture.users} --hostname {HOSTNAME}"
    return f"127.0.0.1:{port} stream tcp nowait {user} {program}\n"


def comes_to_listen(process, port, address="127.0.0.1"):
    """Wait until this very process holds the listening socket; probing it by a connection would start a session."""
    limit = time.monotonic() + LISTEN_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        if listening_socket(port, address) in open_files(process.pid):
            return True
        time.sleep(0.01)
    return False


def listening_socket(port, address):
    """How /proc names the socket that listens there."""
    host = socket.inet_aton(address)[::-1].hex().upper()
    listening = rf"(?m)^ *\d+: {host}:{port:04X} 00000000:0000 0A(?: +\S+){{5}} +(\d+)"
    found = re.search(listening, Path("/proc/net/tcp").read_text())
    return f"socket:[{found.group(1)}]" if found else None


def open_files(pid):
    try:
        return [os.readlink(descriptor) for descriptor in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []  # one was closed in the meantime, or all of them: to be looked at again


@case("inetd", "telnet: the memo's session, RUST_LOG=trace", serve=False)
def loud(fixture):
    start_inetd(fixture, "-E")  # hands the environment on, RUST_LOG in it
    telnet.memo(fixture)


@case("inetd", "fetchmail nokeep: odd messages", serve=False)
def through_fetchmail(fixture):
    start_inetd(fixture)
    fetchmail.fetch_and_delete(fixture, "odd")


@case("inetd", "poplib: locks between processes, octet for octet", serve=False)
def through_poplib(fixture):
    start_inetd(fixture)
    first, second = python_poplib.login(fixture, "strange"), python_poplib.connect(fixture)
    second.user("strange")
    expected = b"-ERR [IN-USE] unable to lock strange's maildrop, file already locked"
    same("pass_", python_poplib.refusal(second.pass_, maildrops.PASSWORD), expected)
    second.quit()
    messages = maildrops.ALL["strange"].messages
    fetched = [python_poplib.fetched(first, number + 1) for number in range(len(messages))]
    same_messages("strange", fetched, messages, line_end=b"\r\n")
    first.dele(3)
    first.quit()
    left_on_disk(fixture, "strange", maildrops.ALL["strange"], deleted=(3,))


@case("inetd", "poplib: RPOP from a reserved port", serve=False)
def rpop(fixture):
    start_inetd(fixture)
    python_poplib.rpop_reserved(fixture)
