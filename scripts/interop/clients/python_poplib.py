"""Python's poplib: every method of it, and the one client that can RPOP, from an ordinary and from a reserved port."""

import os
import poplib
import re
import socket

import maildrops
from fixture import CLIENT_SECONDS, Failure, NotPlayed
from cases import case, left_on_disk, same, same_messages
from proxy import RESERVED


class FromPort(poplib.POP3):
    """A poplib client that connects from a given local port."""

    def __init__(self, fixture, local_port):
        self.local_port = local_port
        super().__init__("127.0.0.1", fixture.port, timeout=CLIENT_SECONDS)

    def _create_socket(self, timeout):
        return socket.create_connection((self.host, self.port), timeout, ("127.0.0.1", self.local_port))


def connect(fixture):
    return poplib.POP3("127.0.0.1", fixture.port, timeout=CLIENT_SECONDS)


def login(fixture, user, password=maildrops.PASSWORD):
    client = connect(fixture)
    client.user(user)
    client.pass_(password)
    return client


def fetched(client, number):
    """A message, or the part of one that TOP shows, with its line ends."""
    return b"".join(line + b"\r\n" for line in client.retr(number)[1])


def refusal(call, *arguments):
    """What the server, or poplib itself, says against this call."""
    try:
        reply = call(*arguments)
    except poplib.error_proto as refused:
        return refused.args[0]
    raise Failure(f"{call.__name__}{arguments} was granted: {reply!r}")


@case("poplib", "every method, TRANSACTION state")
def transaction(fixture):
    client = login(fixture, "mrose")
    same("stat", client.stat(), (2, 320))
    same("list", client.list(), (b"+OK 2 messages (320 octets)", [b"1 120", b"2 200"], 14))
    same("list(2)", client.list(2), b"+OK 2 200")
    same("retr(1)", fetched(client, 1), maildrops.ALL["mrose"].messages[0].octets)
    same("top(2, 0)", client.top(2, 0)[1], [b"Subject: two", b""])
    ids = client.uidl()[1]
    same("uidl(1), uidl(2)", [client.uidl(1), client.uidl(2)], [b"+OK " + line for line in ids])
    same("noop", client.noop(), b"+OK")
    same("dele(1)", client.dele(1), b"+OK message 1 deleted")
    same("retr(1)", refusal(client.retr, 1), b"-ERR message 1 already deleted")
    same("stat", client.stat(), (1, 200))
    same("rset", client.rset(), b"+OK maildrop has 2 messages (320 octets)")
    same("dele(2)", client.dele(2), b"+OK message 2 deleted")
    same("quit", client.quit(), b"+OK dewey POP3 server signing off (1 message left)")
    left_on_disk(fixture, "mrose", maildrops.ALL["mrose"], deleted=(2,))


@case("poplib", "every method, AUTHORIZATION state")
def authorization(fixture):
    client = connect(fixture)
    client.set_debuglevel(0)
    if not re.fullmatch(rb"\+OK dewey POP3 server ready <[^<>\s]+@dewey>", client.getwelcome()):
        raise Failure(f"the greeting is {client.getwelcome()!r}")
    capabilities = client.capa()
    same("capa", {"TOP", "USER", "UIDL", "PIPELINING", "RESP-CODES"} <= set(capabilities), True)
    same("EXPIRE", capabilities["EXPIRE"], ["NEVER"])
    same("user", refusal(client.user, "frated"), b"-ERR sorry, frated doesn't get his mail here")
    refusal(client.utf8)
    refusal(client.stls)
    same("apop", refusal(client.apop, "mrose", "guess"), b"-ERR permission denied")
    same("apop", client.apop("mrose", maildrops.PASSWORD), b"+OK mrose's maildrop has 2 messages (320 octets)")
    client.quit()


@case("poplib", "second login refused; no QUIT, no change")
def locked(fixture):
    first, second = login(fixture, "mrose"), connect(fixture)
    first.dele(1)
    second.user("mrose")
    expected = b"-ERR [IN-USE] unable to lock mrose's maildrop, file already locked"
    same("pass_", refusal(second.pass_, maildrops.PASSWORD), expected)
    second.quit()
    first.close()
    fixture.finish()  # the server has closed its side, too, so the lock is free
    third = login(fixture, "mrose")
    same("stat", third.stat(), (2, 320))
    third.quit()
    left_on_disk(fixture, "mrose", maildrops.ALL["mrose"])


@case("poplib", "odd messages, LF and CRLF maildrop; NUL, lone CR, no octets")
def odd(fixture):
    for user in ("odd", "crlf", "strange"):
        client = login(fixture, user)
        messages = maildrops.ALL[user].messages
        got = [fetched(client, number + 1) for number in range(len(messages))]
        same_messages(user, got, messages, line_end=b"\r\n")
        client.quit()


@case("poplib", "a password of several words; an empty maildrop")
def spaces(fixture):
    client = login(fixture, "spaced", maildrops.ALL["spaced"].password)
    same("stat", client.stat()[0], 1)
    client.quit()
    client = login(fixture, "empty")
    same("stat", client.stat(), (0, 0))
    same("quit", client.quit(), b"+OK dewey POP3 server signing off (maildrop empty)")


def trust(fixture):
    (fixture.users / ".rhosts").mkdir(mode=0o700)
    (fixture.users / ".rhosts" / "mrose").write_text("# the classroom\n127.0.0.1 student\n")


@case("poplib", "RPOP from an ordinary port: refused")
def rpop_ordinary(fixture):
    trust(fixture)
    client = connect(fixture)
    client.user("mrose")
    same("rpop", refusal(client.rpop, "student"), b"-ERR permission denied, RPOP needs a port below 1024")
    client.quit()


@case("poplib", "RPOP from a reserved port: granted; to a stranger: refused")
def rpop_reserved(fixture):
    trust(fixture)
    client = connect_reserved(fixture)
    client.user("mrose")
    same("rpop", refusal(client.rpop, "stranger"), b"-ERR permission denied")
    client.user("mrose")
    same("rpop", client.rpop("student"), b"+OK mrose's maildrop has 2 messages (320 octets)")
    same("stat", client.stat(), (2, 320))
    client.quit()


def connect_reserved(fixture):
    """From the first free port below 1024; the recorder passes it on from another one."""
    for port in RESERVED:
        try:
            return FromPort(fixture, port)
        except PermissionError:
            if os.geteuid() == 0:
                raise Failure("root, but may not bind a port below 1024") from None
            raise NotPlayed("only root may bind a port below 1024 here") from None
        except OSError:
            continue  # taken, or still in TIME_WAIT
    raise Failure("every port from 600 to 1023 is taken")
