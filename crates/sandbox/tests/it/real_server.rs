//! Needs the real control plane; `cargo xtask test --no-apiserver` leaves this module out.
//!
//! What the golden files say is what the server does.

use crate::cases::ALL;
use crate::script::{differences, run};
use crate::subject::Subject;

/// Writes the golden files anew where this is set when the tests are built.
const RECORD: Option<&str> = option_env!("TRIMTAB_RECORD");

#[tokio::test]
async fn the_golden_files_are_what_the_server_does() {
    for (name, script) in ALL {
        let subject = Subject::real_server().await;
        let told = run(&subject, &script()).await;
        if RECORD.is_some() {
            crate::sandbox::record(name, &told);
        }
        let found = differences(name, &crate::sandbox::golden(name), &told);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
