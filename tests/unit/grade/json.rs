use super::*;

#[test]
fn what_must_be_escaped() {
    assert_eq!(string("a\"b\\c\n\u{1}\u{e9}").0, "\"a\\\"b\\\\c\\u000a\\u0001\u{e9}\"");
    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(594_378_720);
    assert_eq!(date(Moment::of(began)), "1988-11-01T09:12:00Z");
    assert_eq!(object([("n", number(3_u32)), ("x", null())]).0, r#"{"n": 3, "x": null}"#);
}
