use super::*;

#[test]
fn what_is_json() {
    let text = "{\"a\": [1, 0, null, {}, []],\n \"b\": \"\\u00e9\\ud83d\\ude00\\n\\\"\\/\"}";
    let array =
        [Value::Number(1), Value::Number(0), Value::Null, Value::Object(vec![]), Value::Array(vec![])];
    let text_of_b = Value::Text("\u{e9}\u{1f600}\n\"/".to_owned());
    let members = [("a".to_owned(), Value::Array(array.to_vec())), ("b".to_owned(), text_of_b)];
    assert_eq!(text.parse(), Ok(Value::Object(members.to_vec())));
}

#[test]
fn what_is_not() {
    for (text, place) in [
        ("", "line 1, column 1: a value"),
        ("{\"a\": 1,\n}", "line 2, column 1: a name in quotation marks"),
        ("[1 2]", "line 1, column 4: a comma"),
        ("[1] x", "line 1, column 5: nothing more"),
        ("\"a", "line 1, column 3: the end of the text"),
        ("\"a\nb\"", "line 1, column 3: the end of the text"),
        ("\"\\x41\"", "line 1, column 3: an escape"),
        ("\"\\", "line 1, column 3: an escape"),
        ("\"\\ud800x\"", "line 1, column 8: a low surrogate"),
        ("\"\\ud800\\u0041\"", "a low surrogate"),
        ("\"\\udc00\"", "a high surrogate"),
        ("\"\\u+123\"", "an escape"),
        ("\"\\u00\u{e9}\"", "an escape"),
        ("{\"a\" 1}", "line 1, column 6: a colon"),
        ("4294967296", "line 1, column 1: a whole number"),
    ] {
        let error = text.parse::<Value>().expect_err(text);
        assert!(error.contains(place), "{text}: {error}");
    }
    for text in
        ["01", "-", "1.", ".5", "+1", "1e5", "nan", "[1,]", "[,]", "--1", "1-1", "nul", "{1: 2}", "[", "{"]
    {
        assert!(text.parse::<Value>().is_err(), "{text}");
    }
    for start in ["[", "{\"a\": "] {
        let deep = start.repeat(100_000);
        assert!(deep.parse::<Value>().is_err_and(|error| error.contains("not so deep")));
    }
}
