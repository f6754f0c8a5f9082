//! Operators with one mistake each are found, by the rule that each breaks.

use trimtab_simulator::Mutant;

fn is_found(mutant: Mutant) {
    let found = mutant.found();
    assert!(found.is_some(), "{mutant:?} lives: {} finds nothing", mutant.breaks());
    if let Some((seed, violation)) = found {
        println!("{mutant:?} is found by seed {seed}: {violation}");
    }
}

#[test]
fn the_inventory_after_the_apply_is_found() {
    is_found(Mutant::InventoryAfterApply);
}

#[test]
fn a_prune_on_a_partial_render_is_found() {
    is_found(Mutant::PartialRender);
}

#[test]
fn a_stale_plan_that_is_carried_out_is_found() {
    is_found(Mutant::StalePlan);
}

#[test]
fn a_lost_answer_that_is_taken_for_a_failure_is_found() {
    is_found(Mutant::LostAnswerFails);
}

#[test]
fn an_own_write_that_is_not_awaited_is_found() {
    is_found(Mutant::OwnWriteNotAwaited);
}

#[test]
fn a_second_owner_is_found() {
    is_found(Mutant::SecondOwner);
}
