//! Runs the specs.

use crate::spec::{cases, run};

fn document(name: &str, text: &str) {
    let cases = cases(text);
    assert!(!cases.is_empty(), "{name} has no case");
    let mut failures = Vec::new();
    for (heading, blocks) in cases {
        if let Err(difference) = run(&blocks) {
            failures.push(format!("## {heading}\n{difference}\n"));
        }
    }
    assert!(failures.is_empty(), "{name}\n{}", failures.join("\n"));
}

macro_rules! specs {
    ($($name:ident: $file:literal,)*) => {$(
        #[test]
        fn $name() {
            document($file, include_str!(concat!("../specs/", $file)));
        }
    )*};
}

specs! {
    waves: "waves.md",
    stages: "stages.md",
    ownership: "ownership.md",
    pruning: "pruning.md",
    deletion: "deletion.md",
}
