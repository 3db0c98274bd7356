use super::*;

#[test]
fn markup_is_escaped_and_the_unseen_is_named() {
    assert_eq!(escaped("<a href=\"'&\u{1}\n"), "&lt;a href=&quot;&#39;&amp;?\n");
    let (text, seen) =
        ("<b>\u{1b}[2J\u{202e}\u{85}\n", "&lt;b&gt;<i>ESC</i>[2J<i>U+202E</i><i>U+0085</i><i>LF</i>");
    assert_eq!(html(text), seen);
    let (text, seen) =
        (r"a\x1b\x7f\xe9\r\n\\x1b\q\x", r"a<i>ESC</i><i>U+007F</i>\xe9<i>CR</i><i>LF</i>\\x1b\q\x");
    assert_eq!(html(text), seen);
    assert_eq!(html("\\<\\\u{e9}\\x\u{e9}"), "\\&lt;\\\u{e9}\\x\u{e9}");
    assert!(html(&"<".repeat(100_000)).ends_with("... (100000 characters)"));
    assert_eq!(html(&"x".repeat(LONGEST)).len(), LONGEST);
}
