//! A process dies before and after each effect of install, upgrade, prune, wave, adopt, hand-over,
//! rollback by revert and delete; the next one ends as if nothing had happened.

use trimtab_simulator::{Story, deaths};

fn survives(story: Story) {
    for second in [false, true] {
        let deaths = deaths(story, second);
        let door = if second { "second" } else { "first" };
        println!("{story:?} through the {door} door: {} deaths", deaths.count);
        let wrong: Vec<String> = deaths
            .violations
            .iter()
            .map(|(effect, moment, wrong)| format!("{moment:?} effect {effect}: {wrong}"))
            .collect();
        assert!(wrong.is_empty(), "{story:?}, {door} door:\n{}", wrong.join("\n"));
        assert!(deaths.count > 0, "{story:?} does nothing");
    }
}

#[test]
fn an_install_survives() {
    survives(Story::Install);
}

#[test]
fn an_upgrade_survives() {
    survives(Story::Upgrade);
}

#[test]
fn a_prune_survives() {
    survives(Story::Prune);
}

#[test]
fn a_wave_survives() {
    survives(Story::Wave);
}

#[test]
fn an_adoption_survives() {
    survives(Story::Adopt);
}

#[test]
fn a_hand_over_survives() {
    survives(Story::HandOver);
}

#[test]
fn a_rollback_by_revert_survives() {
    survives(Story::Revert);
}

#[test]
fn a_deletion_survives() {
    survives(Story::Delete);
}
