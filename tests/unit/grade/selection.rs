use super::*;

#[test]
fn patterns() {
    assert!(matches("retr-*", "retr-sends") && matches("*-only-*", "stat-only-transaction"));
    assert!(matches("*", "x") && matches("a*", "a") && !matches("retr", "retr-sends"));
    assert!(!matches("*-argument", "user-arguments") && matches("a*b*c", "aXbYbc"));
}

#[test]
fn every_statement_has_a_stage_and_every_pattern_a_statement() {
    let library = Library::open().expect("sound data");
    let stages = stages();
    for statement in &library.statements {
        assert!(stage_of(&stages, &statement.id).is_some(), "{}", statement.id);
    }
    for pattern in stages.iter().flat_map(|stage| &stage.patterns) {
        assert!(library.statements.iter().any(|one| matches(pattern, &one.id)), "{pattern}");
    }
}
