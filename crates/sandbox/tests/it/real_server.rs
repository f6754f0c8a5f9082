//! Needs the real control plane; `cargo xtask test --no-apiserver` leaves this module out.
//!
//! What the golden files say is what the server does, and so is what the sandbox makes of scripts
//! that are generated.

use crate::cases::{ALL, widgets};
use crate::generate::{self, scripts};
use crate::normal::Detail;
use crate::script::{differences, run};
use crate::subject::Subject;
use futures::future::join_all;

/// Writes the golden files anew where this is set when the tests are built.
const RECORD: Option<&str> = option_env!("TRIMTAB_RECORD");

#[tokio::test]
async fn the_golden_files_are_what_the_server_does() {
    // Most of the time a script waits for controllers, or for a watch to end.
    let found = join_all(ALL.iter().map(async |(name, script, detail)| {
        let subject = Subject::real_server().await;
        let told = run(&subject, &script(), *detail).await;
        if RECORD.is_some() {
            crate::sandbox::record(name, &told);
        }
        differences(name, &crate::sandbox::golden(name), &told)
    }));
    let found = found.await.concat();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// How many scripts of each kind are run; the environment of the build may ask for more.
fn count() -> usize {
    option_env!("TRIMTAB_SCENARIOS").and_then(|text| text.parse().ok()).unwrap_or(40)
}

/// The most of scripts on which the two do not agree that are told.
const TOLD_MAX: usize = 5;

async fn both_agree(what: generate::Subject, first: &[crate::script::Step]) {
    let (ours, server) = (Subject::sandbox().await, Subject::real_server().await);
    for subject in [&ours, &server] {
        run(subject, first, Detail::All).await;
    }
    let mut told = Vec::new();
    for (number, script) in scripts(what, count()).into_iter().enumerate() {
        let answers = run(&ours, &script, Detail::All).await;
        let expected = run(&server, &script, Detail::All).await;
        let found = differences(&format!("script {number}"), &answers, &expected);
        if !found.is_empty() && told.len() < TOLD_MAX {
            told.push(format!("{}\n{}", found.join("\n"), written(&script)));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n\n"));
}

fn written(script: &[crate::script::Step]) -> String {
    let line = |step: &crate::script::Step| {
        let body = step.body.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("  {} {} {body}\n", step.method, step.path)
    };
    script.iter().map(line).collect()
}

#[tokio::test]
async fn both_make_the_same_of_scripts_on_config_maps() {
    both_agree(generate::Subject::ConfigMap, &[]).await;
}

#[tokio::test]
async fn both_make_the_same_of_scripts_on_custom_resources() {
    both_agree(generate::Subject::Widget, &widgets::defined(true)).await;
}
