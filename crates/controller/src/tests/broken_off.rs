//! Renders that are broken off, and those that nobody waits for any more.

use super::world::{HOME, RendersEnd, SHOP, key};
use super::{World, config_maps};

#[test]
fn nothing_of_a_render_that_took_too_long_is_applied_or_pruned_and_it_is_tried_again() {
    let mut world = World::synced();
    world.renders_end = RendersEnd::TooLate;
    world.log.clear();
    world.push("one/all.yaml", &config_maps(2..5));
    world.run(50);
    let names: Vec<String> = (0..3).map(|n| format!("c{n}")).collect();
    for name in &names {
        assert!(world.objects.contains_key(&key("ConfigMap", SHOP, name)), "{name}");
    }
    assert_eq!(world.count("ConfigMap", SHOP), 3, "{:#?}", world.log);
    let said = world.conditions("one", "ComparisonError");
    assert_eq!(said.len(), 1, "{said:?}");
    for words in ["took longer than 60 s", "split the source over several applications"] {
        assert!(said[0].contains(words), "{said:?}");
    }
    assert_eq!(world.app("one")["status"]["sync"]["status"], "Unknown");
    let before = world.renders.len();
    world.run(900);
    let again = world.renders.len() - before;
    assert!((3..6).contains(&again), "{again}: ever later, and not at every event");
    world.renders_end = RendersEnd::Well;
    world.run(300);
    assert_eq!(world.conditions("one", "ComparisonError"), [""; 0]);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    assert!(!world.objects.contains_key(&key("ConfigMap", SHOP, "c0")), "it is pruned now");
    world.renders.clear();
    world.run(900);
    assert_eq!(world.renders.len(), 0, "what was rendered is not rendered again");
}

#[test]
fn a_render_is_waited_for_until_another_takes_its_place_or_its_application_is_gone() {
    let mut world = World::synced();
    world.renders_end = RendersEnd::Never;
    world.renders.clear();
    for n in 5..7 {
        world.push("one/all.yaml", &config_maps(0..n));
        world.run(5);
    }
    let lasts = |world: &World| -> Vec<bool> {
        world.renders.iter().map(|(name, interest)| name == "one" && interest.lasts()).collect()
    };
    assert_eq!(lasts(&world), [false, true]);
    world.remove(&key("Application", HOME, "one"));
    world.run(5);
    assert_eq!(lasts(&world), [false, false]);
}

#[test]
fn a_render_that_has_come_back_is_not_waited_for() {
    let world = World::synced();
    assert!(!world.renders.is_empty());
    assert!(world.renders.iter().all(|(_, interest)| !interest.lasts()));
}
