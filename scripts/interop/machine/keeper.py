"""What the keeper of a machine does in the course of a day."""

import fcntl
import shutil
import signal
from pathlib import Path

from lib.pop import Client, Closed

from . import tree
from .day import SERVER, SETPRIV, fetch_and_mark, login, read
from .tree import HOME, LOG, USERS, must, until

EXAMPLE = "/usr/local/share/doc/pop1081/examples/logrotate.conf"
# There is no systemd on this machine: `systemctl kill --signal=HUP` does what it would do.
SYSTEMCTL = """#!/bin/sh
case "$*" in kill*--signal=HUP*pop1081.service*) exec kill -HUP {pid} ;; esac
exit 1
"""


def log_rotated(day):
    """logrotate with the shipped example, while a session is open."""
    before, after = day.people[0], day.people[1]
    systemctl = Path("/usr/bin/systemctl")
    systemctl.unlink(missing_ok=True)
    systemctl.write_text(SYSTEMCTL.format(pid=day.server.pid), encoding="ascii")
    systemctl.chmod(0o755)
    with login(before) as client:
        day.machine.run("logrotate", "--force", EXAMPLE)
        # logrotate makes the file before it sends the signal.
        until("the new log is in use", lambda: LOG.exists() and "opened anew" in read(LOG))
        client.must("NOOP")
        client.must("QUIT")
    with login(after) as client:
        client.must("QUIT")
    until("the new log has the new session", lambda: f"{after} from" in read(LOG))
    old = [path for path in HOME.iterdir() if path.name.startswith("log") and path != LOG]
    must(f"the old log is kept in {HOME}, and no other: {old}", len(old) == 1)
    must("the new session is not in the old log", f"{after} from" not in read(old[0]).splitlines()[-1])
    must("the server goes on", day.server.poll() is None)
    return f"mv and HUP: {old[0].name} has {len(read(old[0]).splitlines())} lines, the new sessions are in log, none ended"


def root_helps(day):
    """root adds a user, changes a password, delivers and checks; the site goes on."""
    typed = b"open-sesame\n"
    day.add_user("pupil31", None)
    day.people.append("pupil31")
    for user in ("pupil31", day.people[2]):
        day.machine.run("pop1081", "user", "passwd", "-u", USERS, user, stdin=typed)
    message = day.ledger.write(["pupil31"])
    day.machine.run("pop1081", "deliver", "-u", USERS, "-f", "root@dewey", "pupil31", stdin=message)
    day.machine.run("pop1081", "check", "-u", USERS, codes=(0, 65))
    strangers = [str(path) for path in [USERS, *USERS.rglob("*")] if path.owner() != "pop1081"]
    must(f"these belong to another user than pop1081: {strangers}", not strangers)
    day.mail_comes()
    day.postfix.deliver_all()
    return f"user add, passwd, deliver and check as root; {day.everybody_fetches(turn=2)}"


def strangers(day):
    """Postfix gets the list of users as the README makes it, and refuses who is not in it before there is a message."""
    user = day.people[8]
    (line,) = tree.block("README.md", "local_recipient_maps = texthash")
    day.machine.run("postconf", "-e", line)
    day.machine.run("sh", "-c", "\n".join(tree.block("README.md", "users=$(pop1081 user list")))
    until("a stranger is refused", lambda: day.postfix.admits("nobody")[0] == 550)
    for name in (user, user.upper(), day.people[-1]):
        must(f"{name} is admitted", day.postfix.admits(name)[0] == 250)
    day.postfix.send(day.ledger.write([user]), [user.upper()])
    day.postfix.deliver_all()
    return f"Postfix says: {day.postfix.admits('nobody')[1]}"


def other_deliveries(day):
    """procmail and fetchmail by the lines of the manual page, as the owner of Users."""
    user = day.people[3]
    own(HOME / ".procmailrc", tree.manual(":0 rw").replace("mrose", user))
    procmail(day, day.ledger.write([user]))
    provider(day, day.ledger.write([user]))
    text = tree.manual("poll pop.example.org").replace("Users -f %F mrose", f"Users -f %F {user}")
    text = text.replace("pop.example.org", "localhost service 1110 protocol pop3")
    own(HOME / ".fetchmailrc", text.replace('password "secret"', "password \"secret\" sslproto ''"))
    day.machine.run("fetchmail", "--nodetach", "--nosyslog", "--silent", user="pop1081", home=HOME)
    return f"procmail, and fetchmail from a provider, by the lines of the manual page, for {user}"


def procmail(day, message, codes=(0,)):
    return day.machine.run("procmail", stdin=message, user="pop1081", home=HOME, codes=codes)


def provider(day, message):
    """Where the mail of fetchmail's lines comes from: another pop1081 on this machine."""
    directory = day.machine.scratch / "provider"
    directory.mkdir(mode=0o700)
    (directory / "mrose").write_text("secret\n", encoding="ascii")
    (directory / "mrose").chmod(0o600)
    day.machine.run("pop1081", "deliver", "-u", directory, "mrose", stdin=message)
    day.machine.spawn("/usr/local/bin/pop1081", "--listen", "127.0.0.1:1110", "--users", directory)
    until("the provider listens", lambda: tree.listens(1110))


def own(path, text):
    """A file of the owner of Users, with a password in it."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    shutil.chown(path, "pop1081", "pop1081")


def mistakes(day):
    """What is done in a wrong way is refused, changes nothing, and is told what to do."""
    user, typed = day.people[7], b"another\n"
    message = b"Subject: never delivered\n\nNo.\n"
    attempts = [
        ("deliver as mail", 75, "mail", ["deliver", "-u", USERS, user], message),
        ("user add as mail", 77, "mail", ["user", "add", "-u", USERS, "pupil98"], typed),
        ("user passwd as mail", 77, "mail", ["user", "passwd", "-u", USERS, user], typed),
        ("check as mail", 77, "mail", ["check", "-u", USERS], b""),
        ("a server as mail", 77, "mail", ["-u", USERS, "-l", "127.0.0.1:1234"], b""),
        ("user passwd during a session", 75, "pop1081", ["user", "passwd", "-u", USERS, user], typed),
    ]
    with login(user) as client:
        for who, code, name, argv, stdin in attempts:
            got, said = day.machine.run("pop1081", *argv, stdin=stdin, user=name, codes=None)
            must(f"{who} ends with {got}, not {code}: {said}", got == code)
            day.refused(who, said)
        got, said = day.machine.run(SETPRIV, codes=None)
        must(f"a second server ends with {got}, not 69: {said}", got == 69)
        day.refused("a second server", said)
        client.must("QUIT")
    return f"{len(attempts) + 1} refused: as another user, beside a session, beside a server"


def restarted(day):
    """TERM while sessions are open, one of them with a deletion that was not confirmed; and a new start at once."""
    day.mail_comes()
    day.postfix.deliver_all()
    clients = [login(user) for user in day.people[:3]]
    clients[0].must("DELE 1")
    clients[1].retr(1)
    lines = len(read(LOG).splitlines())
    code = day.terminate()
    must(f"TERM: the server ends with {code}, not 0", code == 0)
    for client in clients:
        client.until_closed()
        client.close()
    said = [line.partition("] ")[2] for line in read(LOG).splitlines()[lines:]]
    day.start()
    with login(day.people[0]) as client:
        must("the deletion that was not confirmed is undone", client.count() > 0)
    return f"TERM with 3 sessions open: exit 0; the log: {'; '.join(said)}; the next start serves them at once"


def ended_in_update(day):
    """TERM while a QUIT waits for a program that holds the lock of the maildrop; then that program lets go."""
    user = day.people[4]
    for _ in range(3):
        day.postfix.submit(day.ledger.write([user]), user)
    day.postfix.deliver_all()
    client, bystander = login(user), login(day.people[5])
    fetched = fetch_and_mark(client)
    with open(USERS / user, "rb") as maildrop:
        fcntl.flock(maildrop, fcntl.LOCK_EX)
        said = len(read(LOG))
        client.send("QUIT")
        until("UPDATE has begun", lambda: "QUIT, UPDATE begins" in read(LOG)[said:])
        day.server.send_signal(signal.SIGTERM)
        until("no new session is let in", nobody_is_let_in)
        must("the server waits for the session in UPDATE", day.server.poll() is None)
    reply = client.line()
    code = day.server.wait(tree.SECONDS)
    must("the log tells of it", "of them in UPDATE: 1" in read(LOG)[said:])
    must(f"QUIT is answered with {reply}, and the server ends with {code}", reply.startswith("+OK") and code == 0)
    bystander.until_closed()
    day.ledger.receive(user, fetched)
    must("the messages are removed", not day.ledger.in_maildrop(user))
    day.start()
    return f"TERM during an UPDATE of {len(fetched)} messages: `{reply}`, exit 0"


def nobody_is_let_in():
    """A new client is told so, or finds nobody who listens."""
    try:
        with Client.connect(SERVER) as client:
            return client.line() == "-ERR the server ends, try again later"
    except (OSError, Closed):
        return True
