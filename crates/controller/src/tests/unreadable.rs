//! What cannot be read of the cluster, and what cannot be applied, is said and left alone.

use super::world::SHOP;
use super::{World, config_maps};

#[test]
fn objects_that_may_not_be_read_are_named_with_the_reason() {
    let mut world = World::new();
    world.forbidden = vec!["ConfigMap"];
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(60);
    assert_eq!(world.app("one")["status"]["sync"]["status"], "Unknown");
    let said = world.conditions("one", "ComparisonError");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("c0 and 2 more cannot be read: we may not list it"), "{said:?}");
    assert_eq!(world.count("ConfigMap", SHOP), 0);
}
