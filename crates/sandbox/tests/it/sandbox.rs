//! The sandbox by itself.

use crate::cases::ALL;
use crate::script::{differences, run};
use crate::subject::Subject;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    trimtab_testkit::repository().join(format!("crates/sandbox/tests/golden/{name}.jsonl"))
}

/// What a real server has answered to a script, one line a request.
pub fn golden(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path(name)).expect("a golden file");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Writes a golden file.
pub fn record(name: &str, told: &[Value]) {
    let mut text = String::new();
    for line in told {
        writeln!(text, "{line}").unwrap();
    }
    std::fs::write(path(name), text).expect("it can be written");
}

#[tokio::test(start_paused = true)]
async fn it_answers_as_golden_files_say() {
    let mut found = Vec::new();
    for (name, script, detail) in ALL {
        let subject = Subject::sandbox().await;
        let told = run(&subject, &script(), *detail).await;
        found.extend(differences(name, &told, &golden(name)));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
