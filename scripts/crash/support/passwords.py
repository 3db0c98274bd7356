"""The judge of a change of the password: one of the two opens the maildrop, not both."""

from pathlib import Path

from lib.pop import Closed, Refused

from .compare import inode
from .maildrop import NAME, PASSWORD, Maildrop, undated
from .programs import Hung, Inetd
from .quitting import settle

AT_ONCE = ("--login-delay", "0")  # a refused login is answered
READ = 2  # the message that an earlier session has read


def with_password(maildrop, password):
    """What `user passwd` makes of a maildrop: a shorter line leaves empty lines."""
    line = password + b"\n"
    line += b"\n" * (len(maildrop.password_line) - len(line))
    return Maildrop(line, maildrop.messages)


def noted(binary, users):
    """Let a session read a message; the unique-ids, as it heard them."""
    settle(users)
    with Inetd(binary, users) as session:
        session.login()
        session.client.retr(READ)
        ids = session.client.unique_ids()
        session.client.must("QUIT")
        session.end()
    return ids


def judge(binary, users, allowed, original, ids=()):
    """Log in with each of the passwords and see which of the maildrops is there.

    `allowed` maps words to Maildrops; those of one word that may have one password. The
    word that is there, or None, and the list of everything that is wrong.
    """
    opened, wrong = [], []
    passwords = dict.fromkeys(m.password_line.strip() for m in allowed.values())
    for password in (*passwords, b"something else"):
        try:
            if look(binary, users, password.decode(), allowed, ids, wrong):
                opened.append(password)
        except (Closed, Refused, Hung) as failure:
            wrong.append(f"a session with {password}: {failure}")
    raw = undated((Path(users) / NAME).read_bytes())
    word = next((word for word, maildrop in allowed.items() if maildrop.raw() == raw), None)
    if word is None:
        wrong.append(f"maildrop is none of {', '.join(allowed)}: {raw[:60]}, {len(raw)} octets")
    elif opened != [allowed[word].password_line.strip()]:
        wrong.append(f"'{word}' is there, and opened by {opened}")
    if inode(users) != original:
        wrong.append("the maildrop's inode was replaced")
    return word, wrong


def look(binary, users, password, allowed, ids, wrong):
    """Whether the password is good; what is wrong with what it opens."""
    with Inetd(binary, users, options=AT_ONCE) as session:
        session.greeting()
        session.client.must(f"USER {NAME}")
        if not session.client.command(f"PASS {password}").startswith("+OK"):
            session.client.must("QUIT")
            session.end()
            return False
        client = session.client
        fetched = [undated(octets) for octets in client.retr_all()]
        if fetched not in ([undated(t) for t in m.retrieved()] for m in allowed.values()):
            wrong.append(f"RETR gave something else with {password}")
        if ids:
            client.must("RSET")
            last = client.must("LAST")
            if last.split()[1] != str(READ):
                wrong.append(f"LAST was {READ}, now: {last}")
            if client.unique_ids()[: len(ids)] != ids:
                wrong.append("the unique-ids are others")
        client.close()
        session.end()
        wrong += session.log.panics()
        return True


OLD = PASSWORD.encode()
