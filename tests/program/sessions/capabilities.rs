//! CAPA (RFC 2449): the same capabilities in both states, one per line.

use crate::common::fixture::TestServer;

#[test]
fn both_states_list_the_same_capabilities() {
    let server = TestServer::new();
    let mut pop = server.open();
    let before = pop.lines("CAPA");
    let version = concat!("IMPLEMENTATION pop1081-", env!("CARGO_PKG_VERSION"));
    let expected = ["TOP", "USER", "UIDL", "PIPELINING", "RESP-CODES", "EXPIRE NEVER", version];
    assert_eq!(before, expected);
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    assert_eq!(pop.lines("capa"), before);
}

#[test]
fn between_user_and_pass_it_changes_nothing() {
    let server = TestServer::new();
    let mut pop = server.open();
    pop.ask("USER mrose");
    assert!(!pop.lines("CAPA").is_empty());
    assert!(pop.ask("PASS secret").starts_with("+OK"));
}

#[test]
fn it_takes_no_argument() {
    let server = TestServer::new();
    let mut pop = server.open();
    assert!(pop.ask("CAPA TOP").starts_with("-ERR CAPA takes no argument"));
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off");
}
