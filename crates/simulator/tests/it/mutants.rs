//! Operators with one mistake each are found within 200 seeds.

use trimtab_simulator::{Mutant, run};

const SEEDS: u64 = 200;

/// By the rule that it breaks: what else goes wrong in its worlds does not count.
fn is_found(mutant: Mutant, rules: &[&str]) {
    let found = (0..SEEDS).any(|seed| {
        let violations = run(seed, Some(mutant)).violations;
        for violation in &violations {
            println!("{mutant:?} is found by seed {seed}: {violation}");
        }
        violations.iter().any(|violation| rules.contains(&violation.rule))
    });
    assert!(found, "{mutant:?} lives");
}

#[test]
fn the_inventory_after_the_apply_is_found() {
    is_found(Mutant::InventoryAfterApply, &["P5"]);
}

#[test]
fn a_prune_on_a_partial_render_is_found() {
    is_found(Mutant::PartialRender, &["P1"]);
}

#[test]
fn a_stale_plan_that_is_carried_out_is_found() {
    is_found(Mutant::StalePlan, &["P10"]);
}

#[test]
fn a_lost_answer_that_is_taken_for_a_failure_is_found() {
    is_found(Mutant::LostAnswerFails, &["truth", "end"]);
}

#[test]
fn an_own_write_that_is_not_awaited_is_found() {
    is_found(Mutant::OwnWriteNotAwaited, &["P16"]);
}

#[test]
fn a_second_owner_is_found() {
    is_found(Mutant::SecondOwner, &["P10"]);
}
