//! Needs the real control plane; `cargo xtask test --no-apiserver` leaves this module out.
//!
//! What the golden files say is what the server does, and so is what the sandbox makes of scripts
//! that are generated.

use crate::cases::{ALL, widgets};
use crate::generate::{self, scripts};
use crate::normal::Detail;
use crate::script::{differences, run};
use crate::subject::Subject;

/// Writes the golden files anew where this is set when the tests are built.
const RECORD: Option<&str> = option_env!("TRIMTAB_RECORD");

#[tokio::test]
async fn the_golden_files_are_what_the_server_does() {
    for (name, script, detail) in ALL {
        let subject = Subject::real_server().await;
        let told = run(&subject, &script(), *detail).await;
        if RECORD.is_some() {
            crate::sandbox::record(name, &told);
        }
        let found = differences(name, &crate::sandbox::golden(name), &told);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

/// How many scripts of each kind are run; the environment of the build may ask for more.
fn count() -> usize {
    option_env!("TRIMTAB_SCENARIOS").and_then(|text| text.parse().ok()).unwrap_or(15)
}

async fn both_agree(what: generate::Subject, first: &[crate::script::Step]) {
    let (ours, server) = (Subject::sandbox().await, Subject::real_server().await);
    for subject in [&ours, &server] {
        run(subject, first, Detail::All).await;
    }
    for (number, script) in scripts(what, count()).into_iter().enumerate() {
        let told = run(&ours, &script, Detail::All).await;
        let expected = run(&server, &script, Detail::All).await;
        let found = differences(&format!("script {number}"), &told, &expected);
        assert!(found.is_empty(), "{}\n{script:#?}", found.join("\n"));
    }
}

#[tokio::test]
async fn both_make_the_same_of_scripts_on_config_maps() {
    both_agree(generate::Subject::ConfigMap, &[]).await;
}

#[tokio::test]
async fn both_make_the_same_of_scripts_on_custom_resources() {
    both_agree(generate::Subject::Widget, &widgets::defined(true)).await;
}
