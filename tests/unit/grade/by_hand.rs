use super::*;

#[test]
fn what_is_typed() {
    let said = "C: <open connection>\nS:    +OK\nC:    USER mrose\nC2: <open connection>\nC:    QUIT\nC: <close connection>\n";
    let expected = [
        "telnet h 1",
        "USER mrose",
        "(terminal 2)",
        "telnet h 1",
        "(terminal 1)",
        "QUIT",
        "(Ctrl-], then quit)",
    ];
    assert_eq!(lines(said, "h 1"), expected);
    let killed = "C: <have 33 sessions>\nS: <be killed and started anew>\nC: <open connection>\n";
    assert_eq!(lines(killed, "h 1"), ["(have 33 sessions)", "(kill -9 it and start it anew)", "telnet h 1"]);
    let octets = "C: <open connection>\nC:    USER 100%\nC:    \\x00it's\\n\\\nC:    LI\\\n";
    let command =
        r"(printf 'USER 100%%\r\n'; sleep 1; printf '\000it'\''s\n'; sleep 1; printf 'LI'; sleep 1) | nc h 1";
    assert_eq!(lines(octets, "h 1"), [command]);
    assert_eq!(lines("C: <open connection>\nC2: <open connection>\nC:    \\x00\n", "h 1"), [""; 0]);
    assert_eq!(lines("C:    USER xxx... (600 octets)\n", "h 1"), [""; 0]);
    assert_eq!(lines(&"C:    NOOP\n".repeat(41), "h 1"), [""; 0]);
}
