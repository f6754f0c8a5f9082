//! What cannot be read of the cluster, and what cannot be applied, is said and left alone.

use super::world::{HOME, SHOP, key};
use super::{World, config_maps};
use serde_json::json;

/// An application and a Kustomization in a cluster where we may not read some kinds: refused once, and
/// once more when it is too long to be a server that starts.
fn refused(kinds: &[&'static str]) -> World {
    let mut world = World::new();
    world.forbidden = kinds.to_vec();
    world.push("one/all.yaml", &config_maps(0..3));
    world.push("two/all.yaml", &config_maps(10..13));
    world.application("one", |_| {});
    world.kustomization("two");
    world.run(12);
    let told = world.said.iter().any(|(_, said)| said.contains("cannot list"));
    assert!(!told, "a server that starts may refuse what it allows in a moment");
    world.refuse_again();
    world.run(12);
    world
}

/// The message of the one condition of a type that `one` has.
fn comparison_error(world: &World) -> String {
    let said = world.conditions("one", "ComparisonError");
    assert_eq!(said.len(), 1, "{:#}", world.app("one")["status"]);
    said[0].clone()
}

fn ready(world: &World) -> (String, String, String) {
    let resource = &world.objects[&key("Kustomization", HOME, "two")];
    let conditions = resource["status"]["conditions"].as_array().expect("conditions");
    let ready = conditions.iter().find(|c| c["type"] == "Ready").expect("it says how it is");
    let text = |name: &str| ready[name].as_str().expect("a text").to_owned();
    (text("status"), text("reason"), text("message"))
}

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
    let read = "c0 and 2 more cannot be read: cannot list resource \"configmaps\"";
    assert!(said[0].contains(read), "{said:?}");
    assert_eq!(world.count("ConfigMap", SHOP), 0);
}

#[test]
fn a_kind_that_cannot_be_read_for_a_moment_is_waited_for_and_told_only_when_that_lasts() {
    for lasts in [false, true] {
        let mut world = World::new();
        world.starting = Some("ConfigMap");
        world.push("one/all.yaml", &config_maps(0..3));
        world.application("one", |_| {});
        world.push("two/all.yaml", &config_maps(10..13));
        world.kustomization("two");
        world.run(9);
        let why = "storage is (re)initializing";
        let is_told = |world: &World| world.said.iter().any(|(_, said)| said.contains(why));
        assert!(!is_told(&world), "{:#?}", world.said);
        if lasts {
            world.run(2);
            assert!(comparison_error(&world).contains(why));
            assert!(ready(&world).2.contains(why));
        }
        world.has_started();
        world.run(30);
        assert_eq!(world.conditions("one", "ComparisonError"), [""; 0]);
        assert_eq!((world.count("ConfigMap", SHOP), is_told(&world)), (6, lasts));
    }
}

#[test]
fn an_object_that_is_refused_is_named_though_nothing_else_is_of_its_kind() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..1));
    world.push(
        "one/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replica: 1}\n",
    );
    world.application("one", |_| {});
    // As long as its five retries take.
    world.run(600);
    let said = world.conditions("one", "SyncError");
    let is_named = said.iter().any(|said| said.contains("unknown field .spec.replica"));
    assert!(is_named, "{:#}", world.app("one")["status"]);
}

#[test]
fn nothing_is_said_of_a_project_before_all_projects_are_read() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(60);
    world.log.clear();
    world.late = Some("AppProject");
    world.restart(false);
    world.run(60);
    assert_eq!(world.log, Vec::<String>::new());
    world.push("one/all.yaml", &config_maps(0..4));
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 4, "then it goes on");
}

#[test]
fn applications_whose_projects_may_not_be_read_say_what_is_to_be_allowed() {
    let mut world = refused(&["AppProject"]);
    let said = comparison_error(&world);
    for part in [
        "cannot list resource \"appprojects\"",
        "`get`, `list` and `watch` on appprojects.argoproj.io",
        "in namespace argocd",
        "trimtab install --rbac-only",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let status = &world.app("one")["status"];
    assert_eq!(
        (&status["sync"]["status"], &status["health"]["status"]),
        (&json!("Unknown"), &json!("Unknown"))
    );
    assert_eq!(world.count("ConfigMap", SHOP), 3, "the other family has no projects");
    let written = world.log.len();
    world.refuse_again();
    world.run(60);
    assert_eq!(world.log.len(), written, "it is said once");
    world.permit_all();
    world.run(60);
    assert_eq!(world.conditions("one", "ComparisonError"), [""; 0]);
    assert_eq!(world.app("one")["status"]["sync"]["status"], "Synced");
    assert_eq!(world.count("ConfigMap", SHOP), 6);
}

#[test]
fn kustomizations_whose_sources_may_not_be_read_say_what_is_to_be_allowed() {
    let mut world = refused(&["GitRepository"]);
    let (status, reason, message) = ready(&world);
    assert_eq!((status.as_str(), reason.as_str()), ("False", "ArtifactFailed"));
    let verbs = "`get`, `list` and `watch` on gitrepositories.source.toolkit.fluxcd.io";
    assert!(message.contains(verbs), "{message}");
    assert_eq!(world.app("one")["status"]["sync"]["status"], "Synced", "it reads no GitRepository");
    world.permit_all();
    world.run(60);
    assert_eq!(ready(&world).0, "True");
    assert_eq!(world.count("ConfigMap", SHOP), 6);
}

/// Who may have an object is not known (P3), so that nobody gets anything.
#[test]
fn while_a_family_may_not_be_read_the_other_says_why_it_waits() {
    let mut world = refused(&["Kustomization"]);
    let verbs = "on kustomizations.kustomize.toolkit.fluxcd.io";
    assert!(comparison_error(&world).contains(verbs), "{:#}", world.app("one")["status"]);
    assert_eq!(world.count("ConfigMap", SHOP), 0);
    world.permit_all();
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 6);

    let world = refused(&["Application"]);
    let (status, reason, message) = ready(&world);
    assert_eq!((status.as_str(), reason.as_str()), ("False", "ReconciliationFailed"));
    assert!(message.contains("on applications.argoproj.io"), "{message}");
}

#[test]
fn what_is_forbidden_later_stops_what_depends_on_it_and_says_so() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.application("one", |_| {});
    world.run(30);
    world.forbidden = vec!["AppProject"];
    world.refuse_again();
    world.push("one/all.yaml", &config_maps(0..2));
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 2, "a moment is nothing");
    world.refuse_again();
    world.push("one/all.yaml", &config_maps(0..1));
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 2);
    assert!(comparison_error(&world).contains("appprojects"));
    world.permit_all();
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 1);
}

#[test]
fn a_kind_that_the_cluster_does_not_serve_is_named_with_what_installs_it() {
    let mut world = World::new();
    world.unserved = vec!["AppProject", "GitRepository"];
    world.push("one/all.yaml", &config_maps(0..3));
    world.push("two/all.yaml", &config_maps(10..13));
    world.application("one", |_| {});
    world.kustomization("two");
    world.run(30);
    let said = world.conditions("one", "InvalidSpecError");
    let asked =
        "the cluster does not serve AppProject of argoproj.io; `trimtab install --crds-only`";
    assert!(said.len() == 1 && said[0].starts_with(asked), "{said:?}");
    let (status, reason, message) = ready(&world);
    assert_eq!((status.as_str(), reason.as_str()), ("False", "ArtifactFailed"));
    let asked = "the cluster does not serve GitRepository of source.toolkit.fluxcd.io;";
    assert!(message.contains(asked), "{message}");
    world.install_all();
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 6);
}

/// An object that leaves its name to the server, and cannot be found again.
const NAMELESS: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: run-}\n";

#[test]
fn an_object_without_a_name_of_its_own_is_named_with_its_file() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.push("one/run.yaml", NAMELESS);
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(30);
    let said = world.conditions("one", "SyncError");
    assert_eq!(said.len(), 1, "it is said before anybody syncs: {said:?}");
    for part in ["run-*", "(one/run.yaml:1)", "`metadata.generateName`", "give it a name"] {
        assert!(said[0].contains(part), "{part}: {said:?}");
    }
    world.push("one/run.yaml", "");
    world.run(30);
    assert_eq!(world.conditions("one", "SyncError"), [""; 0]);

    world.push("two/all.yaml", &config_maps(10..13));
    world.push("two/run.yaml", NAMELESS);
    world.kustomization("two");
    world.run(30);
    let (status, reason, message) = ready(&world);
    assert_eq!((status.as_str(), reason.as_str()), ("False", "ReconciliationFailed"));
    assert!(message.contains("(two/run.yaml:1)"), "{message}");
    assert_eq!(world.count("ConfigMap", SHOP), 0, "the family applies all or nothing");
}

/// Such a hook is a hook: what only adds is left out, and the rest is applied.
#[test]
fn a_hook_without_a_name_of_its_own_is_a_hook() {
    let hook = "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: run-, annotations: \
                {argocd.argoproj.io/hook: PostSync}}\n";
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.push("one/run.yaml", hook);
    world.application("one", |_| {});
    world.run(30);
    assert_eq!(world.count("ConfigMap", SHOP), 3);
    assert_eq!(world.conditions("one", "NotSupportedWarning").len(), 1);
}

/// One file for each object, and one that was never a manifest.
fn files(world: &mut World) {
    for n in 0..5 {
        world.push_quietly(&format!("one/t{n}.yaml"), &config_maps(n..=n));
    }
    world.push("one/values.yaml", "replicas: 3\n");
    world.application("one", |_| {});
    world.run(60);
    assert_eq!(world.count("ConfigMap", SHOP), 5);
}

#[test]
fn nothing_is_pruned_that_may_have_been_in_a_file_that_was_cut_short() {
    for cut in ["apiVersion: v1\nkind: ConfigMap\nmeta", "apiVersion: v1\n", "", " \n", "a: [\n"] {
        let mut world = World::new();
        files(&mut world);
        world.push("one/t1.yaml", cut);
        world.run(60);
        assert_eq!(world.count("ConfigMap", SHOP), 5, "{cut:?}");
        let said = world.conditions("one", "PruneHeldWarning");
        let is_said = said
            .iter()
            .chain(&world.conditions("one", "ComparisonError"))
            .any(|said| said.contains("t1.yaml"));
        assert!(is_said, "{cut:?} {said:?}");
        world.restart(false);
        world.run(60);
        assert_eq!(world.count("ConfigMap", SHOP), 5, "{cut:?}, and a new process knows no files");
        world.push("one/t1.yaml", &config_maps(1..2));
        world.run(60);
        assert_eq!(world.conditions("one", "PruneHeldWarning"), [""; 0]);
        // What a person removes goes, whatever else was never a manifest.
        world.push("one/t1.yaml", "# moved elsewhere\n");
        world.run(60);
        assert_eq!(world.count("ConfigMap", SHOP), 4, "{cut:?}");
    }
}

#[test]
fn a_kustomization_whose_objects_may_not_be_read_says_so() {
    let mut world = World::new();
    world.forbidden = vec!["ConfigMap"];
    world.push("two/all.yaml", &config_maps(10..13));
    world.kustomization("two");
    world.run(60);
    let (status, reason, message) = ready(&world);
    assert_eq!((&*status, &*reason), ("False", "ReconciliationFailed"));
    let read = "c10 and 2 more cannot be read: cannot list resource \"configmaps\"";
    assert!(message.contains(read), "{message}");
    assert_eq!(world.count("ConfigMap", SHOP), 0);
    world.permit_all();
    world.run(60);
    assert_eq!(ready(&world).0, "True");
    assert_eq!(world.count("ConfigMap", SHOP), 3);
}

/// A Deployment at a version that no server has, and that nothing else is of its kind.
fn newer(name: &str) -> String {
    format!(
        "apiVersion: apps/v7\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{replicas: 1}}\n"
    )
}

#[test]
fn an_object_at_a_version_that_is_not_served_is_named_with_those_that_are() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..3));
    world.push("one/web.yaml", &newer("web"));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.push("two/all.yaml", &config_maps(10..13));
    world.push("two/web.yaml", &newer("web2"));
    world.kustomization("two");
    world.run(30);
    let told = [
        "The Kubernetes API could not find version \"v7\" of apps/Deployment for requested \
         resource shop/web",
        "The cluster serves it at v1",
    ];
    let said = world.conditions("one", "SyncError");
    assert_eq!(said.len(), 1, "{:#}", world.app("one")["status"]);
    let (status, _, message) = ready(&world);
    assert_eq!(status, "False");
    for part in told {
        assert!(said[0].contains(part), "{part}: {said:?}");
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(world.app("one")["status"]["sync"]["status"], "OutOfSync");
    // The cluster learns of it; nobody tells us, and a person asks.
    world.also_at = Some("v7");
    let asked = json!({"argocd.argoproj.io/refresh": "normal"});
    world.edit(&key("Application", HOME, "one"), |app| {
        app["metadata"]["annotations"] = asked.clone();
    });
    world.run(3);
    assert_eq!(world.conditions("one", "SyncError"), [""; 0]);
    world.run(4_000);
    assert!(world.has("Deployment", SHOP, "web2"), "the other family applies it at its interval");
    assert_eq!(world.count("ConfigMap", SHOP), 3);
}

#[test]
fn what_may_stand_in_a_file_that_cannot_be_read_does_not_require_pruning() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.edit(&key("Application", HOME, "one"), |app| {
        app["operation"] = json!({"sync": {}, "initiatedBy": {"username": "me"}});
    });
    world.run(30);
    let requires = |world: &World| {
        let listed = world.app("one")["status"]["resources"].as_array().unwrap().clone();
        listed.iter().filter(|line| line["requiresPruning"] == true).count()
    };
    world.push("one/all.yaml", &config_maps(0..1));
    world.run(200);
    assert_eq!(requires(&world), 1);
    world.push("one/all.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [\n");
    world.run(200);
    assert_eq!((requires(&world), world.conditions("one", "ComparisonError").len()), (0, 1));
    world.restart(false);
    world.push("one/all.yaml", &config_maps(1..2));
    world.run(200);
    assert_eq!(requires(&world), 1, "{:#}", world.app("one")["status"]);
}

#[test]
fn a_path_that_is_mended_leaves_no_condition() {
    for policy in [json!({}), json!({"automated": {}})] {
        for synced_before in [false, true] {
            let mut world = World::new();
            world.push("one/all.yaml", &config_maps(0..2));
            world.application("one", |app| app["spec"]["syncPolicy"] = policy.clone());
            let path = |world: &mut World, path: &str| {
                world.edit(&key("Application", HOME, "one"), |app| {
                    app["spec"]["source"]["path"] = path.into();
                });
            };
            let sync = |world: &mut World| {
                world.edit(&key("Application", HOME, "one"), |app| {
                    app["operation"] = json!({"sync": {}, "initiatedBy": {"username": "me"}});
                });
                world.run(30);
            };
            if synced_before {
                sync(&mut world);
            }
            path(&mut world, "nodir");
            world.run(30);
            assert_eq!(world.conditions("one", "ComparisonError").len(), 1);
            sync(&mut world);
            path(&mut world, "one");
            world.run(30);
            let conditions = &world.app("one")["status"]["conditions"];
            assert!(conditions.is_null(), "{policy} {synced_before}: {conditions:#}");
        }
    }
}

#[test]
fn an_absent_namespace_is_told_with_the_option_that_creates_it() {
    for (options, is_told) in [(json!([]), true), (json!(["CreateNamespace=true"]), false)] {
        let mut world = World::new();
        for map in ["c0", "c1"] {
            let said = format!("namespaces \"{SHOP}\" not found");
            world.refused.insert(key("ConfigMap", SHOP, map), said);
        }
        world.push("one/all.yaml", &config_maps(0..2));
        world.application("one", |app| {
            app["spec"]["syncPolicy"]["syncOptions"] = options.clone();
            app["spec"]["syncPolicy"]["retry"] = json!({"limit": 0});
        });
        world.run(60);
        let said = world.app("one")["status"]["operationState"]["message"].clone();
        let said = said.as_str().expect("a message");
        assert_eq!(said.matches("CreateNamespace=true").count(), usize::from(is_told), "{said}");
    }
}

/// How many syncs have ended.
fn ended(world: &World) -> usize {
    world.log.iter().filter(|line| line.contains("announce OperationCompleted")).count()
}

#[test]
fn a_namespace_that_is_to_be_created_and_may_not_be_read_keeps_nobody_from_syncing() {
    for retries in [None, Some(0)] {
        let mut world = World::new();
        world.forbidden = vec!["Namespace"];
        world.push("one/all.yaml", &config_maps(0..2));
        world.application("one", |app| {
            app["spec"]["syncPolicy"]["syncOptions"] = json!(["CreateNamespace=true"]);
            if let Some(limit) = retries {
                app["spec"]["syncPolicy"]["retry"] = json!({"limit": limit});
            }
        });
        world.run(7_200);
        assert_eq!((world.count("ConfigMap", SHOP), ended(&world)), (2, 1), "{retries:?}");
        assert_eq!(world.app("one")["status"]["operationState"]["phase"], "Succeeded");
    }
}

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
";

#[test]
fn a_sync_does_not_fail_for_an_object_that_it_was_not_asked_for() {
    let mut world = World::new();
    world.push("one/all.yaml", &config_maps(0..2));
    world.push("one/web.yaml", WEB);
    world.application("one", |app| app["spec"]["syncPolicy"] = json!({}));
    world.run(10);
    let mut ask = |sync: serde_json::Value| {
        world.edit(&key("Application", HOME, "one"), |app| {
            app["operation"] = json!({"sync": sync, "initiatedBy": {"username": "me"}});
        });
        world.run(60);
        let phase = world.app("one")["status"]["operationState"]["phase"].clone();
        if sync == json!({}) && world.forbidden.is_empty() {
            world.push("one/web.yaml", "# gone\n");
            world.run(60);
            world.forbidden = vec!["Deployment"];
            world.restart(false);
            world.run(60);
        }
        phase
    };
    assert_eq!(ask(json!({})), "Succeeded");
    let one = json!({"resources": [{"kind": "ConfigMap", "name": "c0"}]});
    assert_eq!(ask(one), "Succeeded", "of one object");
    assert_eq!(ask(json!({})), "Succeeded", "without prune");
    assert_eq!(ask(json!({"prune": true})), "Failed", "what is to go cannot be read");
}
