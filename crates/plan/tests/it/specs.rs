//! Runs the specs.

use crate::spec::{document, run, specs};

specs! {
    run;
    waves: "waves.md",
    stages: "stages.md",
    ownership: "ownership.md",
    pruning: "pruning.md",
    deletion: "deletion.md",
}
