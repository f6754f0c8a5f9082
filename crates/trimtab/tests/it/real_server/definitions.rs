//! The reference's own definitions are installed, and not ours.

use super::support::{ARGOPROJ, Alone, KUSTOMIZE, config_map};
use serde_json::json;
use trimtab_testkit::control_plane::Request;

#[test]
fn both_doors_work_on_the_references_own_definitions() {
    let alone = Alone::start();
    let (place, env) = (&alone.place, &alone.env);
    for directory in ["app", "too"] {
        for file in ["a", "b"] {
            let map = config_map(&format!("{directory}-{file}"), "first");
            env.write(&format!("{directory}/{file}.yaml"), map);
        }
    }
    env.write("beside/map.yaml", config_map("beside", "first")).push();
    let mut app = place.application_of("shop", &alone.git.url("env.git"), "app");
    app["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    place.create(ARGOPROJ, "applications", &app);
    place.git_repository("env", &alone.git.url("env.git"), None);
    place.kustomization("shop-too", "env", "./too");
    place.operate(&[]);
    place.until_synced("shop");
    place.until_ready(KUSTOMIZE, "kustomizations", "shop-too");
    for directory in ["app", "too"] {
        env.write(&format!("{directory}/a.yaml"), config_map(&format!("{directory}-a"), "second"));
        env.remove(&format!("{directory}/b.yaml"));
    }
    let commit = env.push();
    let maps = place.at("v1", "configmaps");
    for directory in ["app", "too"] {
        place.until_value(&format!("{directory}-a"), "second");
        place.until_gone(&maps, &format!("{directory}-b"));
    }
    place.until_synced_at("shop", &commit);
    let kustomizations = place.at(KUSTOMIZE, "kustomizations");
    place.until_said(&kustomizations, "shop-too", "Ready", &["Applied revision", &commit]);
    nothing_is_written_at_rest(&alone);
    place
        .admin
        .delete(&format!("{}/{}", place.at(ARGOPROJ, "applications"), place.app("shop")))
        .expect("asked for");
    place.admin.delete(&format!("{kustomizations}/shop-too")).expect("asked for");
    for directory in ["app", "too"] {
        place.until_gone(&maps, &format!("{directory}-a"));
    }
    place.until_gone(&place.at(ARGOPROJ, "applications"), &place.app("shop"));
    place.until_gone(&kustomizations, "shop-too");
}

/// A status that the definition would not keep would be written again by who reads it anew.
fn nothing_is_written_at_rest(alone: &Alone) {
    let place = &alone.place;
    let of =
        |write: &Request| write.name == place.app("shop") || write.name.starts_with("shop-too");
    let writes = || place.writes().iter().filter(|write| of(write)).count();
    let before = writes();
    place.operate(&[]);
    place.application("beside", &alone.git.url("env.git"), "beside");
    place.until_synced("beside");
    assert_eq!(writes(), before, "{:#?}", place.writes());
}
