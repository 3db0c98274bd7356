"""client.py PORT USER PASSWORD: fetches all mail and counts its octets. A solution."""
import socket
import sys


def unstuffed(line):
    """A line of a multi-line response as it stood in the message (RFC 1081, pp. 2 and 3)."""
    return line[1:] if line.startswith(b".") else line


def octets(lines):
    """How many octets a message of these lines has (RFC 1081, p. 14)."""
    return sum(len(line) + len(b"\r\n") for line in lines)


def ask(server, command):
    server.write(command.encode() + b"\r\n")
    server.flush()
    reply = server.readline().decode().rstrip("\r\n")
    if not reply.startswith("+OK"):
        sys.exit(f"{command}: {reply}")
    return reply.split()


def multi_line(server):
    lines = []
    while (line := server.readline().removesuffix(b"\r\n")) != b".":
        lines.append(unstuffed(line))
    return lines


server = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rwb")
server.readline()
ask(server, f"USER {sys.argv[2]}")
ask(server, f"PASS {sys.argv[3]}")
for number in range(1, int(ask(server, "STAT")[1]) + 1):
    announced = int(ask(server, f"LIST {number}")[2])
    ask(server, f"RETR {number}")
    counted = octets(multi_line(server))
    verdict = "right" if counted == announced else "WRONG"
    print(f"message {number}: {announced} octets announced, {counted} counted: {verdict}")
ask(server, "QUIT")
