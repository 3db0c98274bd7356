//! Unit tests of `src/wire/peer.rs`.

use super::*;

fn shown(variables: &[(&str, &str)]) -> String {
    let value = |wanted: &str| {
        let found = variables.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| (*value).to_owned())
    };
    Peer::reported_by(value).to_string()
}

#[test]
fn each_launcher_is_understood() {
    for (variables, peer) in [
        ([("TCPREMOTEIP", "192.0.2.7"), ("TCPREMOTEPORT", "1025")], "192.0.2.7:1025 (TCPREMOTEIP)"),
        (
            [("SOCAT_PEERADDR", "[2001:0db8:0000:0000:0000:0000:0000:0001]"), ("SOCAT_PEERPORT", "4")],
            "[2001:db8::1]:4 (SOCAT_PEERADDR)",
        ),
        (
            [("NCAT_REMOTE_ADDR", "fe80::1%eth0"), ("NCAT_REMOTE_PORT", "65535")],
            "[fe80::1]:65535 (NCAT_REMOTE_ADDR)",
        ),
        ([("REMOTE_ADDR", "::1"), ("REMOTE_PORT", "9")], "[::1]:9 (REMOTE_ADDR)"),
        ([("REMOTE_HOST", "192.0.2.7"), ("OTHER", "")], "192.0.2.7 (REMOTE_HOST)"),
        ([("SSH_CONNECTION", "192.0.2.7 5 ::1 22"), ("OTHER", "")], "192.0.2.7:5 (SSH_CONNECTION)"),
        ([("SSH_CONNECTION", "192.0.2.7 5 ::1 22"), ("SOCAT_PEERADDR", "::1")], "::1 (SOCAT_PEERADDR)"),
    ] {
        assert_eq!(shown(&variables), peer);
    }
}

#[test]
fn what_is_no_address_is_not_believed() {
    for said in ["", "client.example.org", "192.0.2.7\nfake", "1.2.3", "[::1", "/run/socket", "UNKNOWN"] {
        assert_eq!(shown(&[("REMOTE_HOST", said)]), "a local peer", "{said:?}");
        assert_eq!(shown(&[("SSH_CONNECTION", said)]), "a local peer", "{said:?}");
    }
    for port in ["", "-1", "65536", "1\n2"] {
        let variables = [("REMOTE_ADDR", "::1"), ("REMOTE_PORT", port)];
        assert_eq!(shown(&variables), "::1 (REMOTE_ADDR)", "{port:?}");
    }
}

#[test]
fn a_connection_of_this_machine_with_itself_may_be_another_s() {
    let by_stunnel = |variable: &str| match variable {
        "REMOTE_HOST" => Some("192.0.2.7".to_owned()),
        "REMOTE_PORT" => Some("1023".to_owned()),
        _ => None,
    };
    let behind = |address: &str| Peer::behind_by(address.parse().unwrap(), by_stunnel).to_string();
    assert_eq!(behind("127.0.0.1:4000"), "192.0.2.7:1023 (REMOTE_HOST)");
    assert_eq!(behind("192.0.2.8:4000"), "192.0.2.8:4000");
    let by_ssh = |variable: &str| (variable == SSH_VARIABLE).then(|| "192.0.2.7 1 ::1 22".to_owned());
    let own = "127.0.0.1:4000".parse().unwrap();
    assert_eq!(Peer::behind_by(own, by_ssh), Peer::Tcp(own));
}

#[test]
fn an_ipv4_client_is_shown_as_one() {
    let over_ipv6 = Peer::Tcp("[::ffff:192.0.2.7]:1025".parse().unwrap());
    assert_eq!(over_ipv6.to_string(), "192.0.2.7:1025");
    assert_eq!(over_ipv6.host(), "192.0.2.7".parse().ok());
}
