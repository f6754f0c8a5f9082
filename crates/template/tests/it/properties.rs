//! What holds for any text.

use std::sync::Arc;

use proptest::prelude::*;
use trimtab_template::{Limits, Run, Set, Settings};

use crate::data::data;
use crate::functions::functions;

/// Pieces of templates, put together at random: more of them parse than of random characters.
const PIECES: [&str; 64] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "\n",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
    "break",
    "continue",
    "nil",
    "true",
    "$",
    "$x",
    ":=",
    "=",
    ",",
    "|",
    "(",
    ")",
    ".",
    ".m",
    ".l.mixed",
    ".missing",
    ".a.b",
    "\"a\"",
    "`b`",
    "'c'",
    "0",
    "1",
    "-3",
    "1.5",
    "0x1F",
    "1i",
    "print",
    "printf",
    "\"%d %*[2]s\"",
    "index",
    "slice",
    "len",
    "call",
    "eq",
    "lt",
    "and",
    "or",
    "not",
    "list",
    "dict",
    "set",
    "include",
    "tpl",
    "\"t\"",
    "html",
    "upper",
    "é",
    "/*",
    "*/",
    "text",
];

/// A part of the product that must not fail by itself.
fn carry_out(text: &str) {
    let limits = Limits {
        steps: 2_000,
        memory_bytes: 1 << 20,
        output_bytes: 1 << 16,
        depth: 60,
        nesting: 100,
        nodes: 10_000,
    };
    let mut set = Set::new("gotpl", Arc::new(functions()), limits);
    if set.parse("t", text).is_ok() {
        let settings = Settings::default();
        let _may_fail = Run::new(&set, settings).execute(b"t", data());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_makes_it_panic(text in ".{0,60}") {
        carry_out(&text);
        carry_out(&format!("{{{{ {text} }}}}"));
        carry_out(&format!("{{{{ printf {text:?} .n.int .s.odd }}}}"));
    }

    #[test]
    fn no_sequence_of_pieces_makes_it_panic(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40),
        inside in any::<bool>(),
    ) {
        let text = pieces.join(if inside { " " } else { "" });
        carry_out(&text);
        carry_out(&format!("{{{{ {text} }}}}"));
        carry_out(&format!("{{{{ range .l.mixed }}}}{{{{ {text} }}}}{{{{ end }}}}"));
    }
}
