//! What can go wrong with a source: each has its own clear condition, nothing is deleted, and the
//! others go on.

use super::support::{ARGOPROJ, Shop, condition, config_map};
use serde_json::json;

#[test]
fn an_unreachable_repository_freezes_the_last_good_state() {
    let shop = Shop::open();
    shop.server.close();
    let url = shop.server.url("env.git");
    let cannot = format!("cannot reach {url}");
    shop.application_says("ComparisonError", &[&cannot, "refused"]);
    shop.source_says("Ready", &[&cannot, "refused"]);
    shop.kustomization_says("Ready", &[&cannot, "refused"]);
    shop.another_repository_goes_on();
    shop.nothing_was_changed();
    shop.server.open().expect("the server is back");
    shop.place.until_untroubled("shop");
    shop.place.until_ready("source.toolkit.fluxcd.io/v1", "gitrepositories", "env");
}

#[test]
fn a_rewritten_branch_is_followed_but_for_its_prunes() {
    let shop = Shop::open();
    for (directory, name) in [("app", "app-a"), ("too", "too-a")] {
        shop.env.write(&format!("{directory}/a.yaml"), config_map(name, "rewritten"));
        shop.env.remove(&format!("{directory}/b.yaml"));
    }
    shop.env.push_rewritten();
    let words = [
        "the branch was rewritten",
        "1 object would be pruned",
        "`trimtab app approve ",
        "trimtab.dev/approve: ",
    ];
    let said = shop.application_says("PruneHeldWarning", &words);
    shop.kustomization_says("PruneHeld", &words);
    shop.place.until_value("app-a", "rewritten");
    shop.place.until_value("too-a", "rewritten");
    shop.another_repository_goes_on();
    shop.nothing_was_deleted();
    let set = said.rsplit("trimtab.dev/approve: ").next().expect("a hash");
    let approve = json!({"metadata": {"annotations": {"trimtab.dev/approve": set}}});
    let applications = shop.place.at(ARGOPROJ, "applications");
    shop.place.patch(&applications, &shop.place.app("shop"), "person", &approve);
    shop.place.until_gone(&shop.place.at("v1", "configmaps"), "app-b");
    assert_eq!(shop.place.deletes().len(), 1);
}

#[test]
fn a_group_that_cannot_be_discovered_stops_only_who_needs_it() {
    let shop = Shop::open();
    let group = format!("{}.example.com", shop.place.namespace);
    let service = DownService::new(&shop, &group);
    for directory in ["app", "too"] {
        shop.env.write(
            &format!("{directory}/gadget.yaml"),
            format!("apiVersion: {group}/v1\nkind: Gadget\nmetadata:\n  name: {directory}\n"),
        );
        // While one kind is unknown the render is not complete, and nothing may be pruned for it.
        shop.env.remove(&format!("{directory}/b.yaml"));
    }
    shop.env.push();
    shop.application_says("ComparisonError", &[&group]);
    shop.kustomization_says("Ready", &[&group]);
    shop.another_directory_goes_on();
    shop.nothing_was_deleted();
    drop(service);
}

#[test]
fn a_missing_path_deletes_nothing() {
    let shop = Shop::open();
    shop.env.remove("app").remove("too");
    shop.env.push();
    shop.application_says("ComparisonError", &["app path does not exist", "push the directory"]);
    shop.kustomization_says("Ready", &["too", "path"]);
    shop.another_directory_goes_on();
    shop.nothing_was_changed();
}

#[test]
fn an_empty_tree_deletes_nothing() {
    let shop = Shop::open();
    shop.env.remove("app").write("app/README.md", "Nothing here.\n").push();
    let wipe_out = "auto-sync will wipe out all resources";
    shop.application_says("SyncError", &["Skipping sync attempt", wipe_out]);
    shop.another_directory_goes_on();
    shop.other.remove("map.yaml").push();
    let applications = shop.place.at(ARGOPROJ, "applications");
    shop.place.until_said(&applications, &shop.place.app("other"), "SyncError", &[wipe_out]);
    shop.nothing_was_changed();
}

#[test]
fn a_link_out_of_the_tree_is_refused_by_name() {
    let shop = Shop::open();
    for directory in ["app", "too"] {
        shop.env.link(&format!("{directory}/c.yaml"), "../../../../etc/passwd");
    }
    let commit = shop.env.push();
    let said = shop.application_says("ComparisonError", &["app/c.yaml", "leads out of the source"]);
    assert!(!said.contains("root:"), "{said}");
    // The second family's sources have no links at all: whoever reads them sees none.
    shop.kustomization_says("Ready", &["Applied revision", &commit]);
    shop.another_directory_goes_on();
    shop.nothing_was_changed();
}

#[test]
fn a_file_of_100_mb_stops_only_its_application() {
    let shop = Shop::open();
    let huge = format!("{}#{}\n", config_map("huge", "x"), "x".repeat(100_000_000));
    for directory in ["app", "too"] {
        shop.env.write(&format!("{directory}/huge.yaml"), &huge);
    }
    shop.env.push();
    shop.application_says("ComparisonError", &["app/huge.yaml", "100000073 bytes", "10485760"]);
    shop.kustomization_says("Ready", &["too/huge.yaml", "100000073 bytes", "10485760"]);
    shop.another_directory_goes_on();
    shop.nothing_was_changed();
}

#[test]
fn a_yaml_alias_bomb_stops_only_its_application() {
    let shop = Shop::open();
    for directory in ["app", "too"] {
        shop.env.write(&format!("{directory}/bomb.yaml"), bomb());
    }
    shop.env.push();
    shop.application_says("ComparisonError", &["app/bomb.yaml:7", "excessive aliasing"]);
    shop.kustomization_says("Ready", &["too/bomb.yaml:7", "excessive aliasing"]);
    shop.another_directory_goes_on();
    shop.nothing_was_changed();
}

#[test]
fn broken_yaml_is_named_with_its_file_and_line() {
    let shop = Shop::open();
    for directory in ["app", "too"] {
        let text = format!("{}  value: \"no end\n", config_map("broken", "x"));
        shop.env.write(&format!("{directory}/broken.yaml"), text);
    }
    shop.env.push();
    shop.application_says("ComparisonError", &["app/broken.yaml:7"]);
    shop.kustomization_says("Ready", &["too/broken.yaml:7"]);
    shop.another_directory_goes_on();
    shop.nothing_was_changed();
}

/// Each level says the one before nine times: 9^9 nodes in a few lines.
fn bomb() -> String {
    let levels = (1..10).map(|level| {
        let before = vec![format!("*l{}", level - 1); 9].join(", ");
        format!("lol{level}: &l{level} [{before}]\n")
    });
    let first = format!("{}lol0: &l0 x\n", config_map("bomb", "x"));
    std::iter::once(first).chain(levels).collect()
}

/// An aggregated API whose server is not there.
struct DownService<'a> {
    shop: &'a Shop,
    path: String,
}

impl<'a> DownService<'a> {
    fn new(shop: &'a Shop, group: &str) -> Self {
        let services = "/apis/apiregistration.k8s.io/v1/apiservices";
        let name = format!("v1.{group}");
        let service = json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {"name": name},
            "spec": {
                "group": group, "version": "v1", "groupPriorityMinimum": 100,
                "versionPriority": 100, "insecureSkipTLSVerify": true,
                "service": {"name": "nobody", "namespace": shop.place.namespace, "port": 443},
            },
        });
        shop.place.admin.create(services, &service).expect("created");
        shop.place.until(services, &name, "the service is not available", |service| {
            condition(service, "Available").is_some_and(|available| available["status"] == "False")
        });
        Self { shop, path: format!("{services}/{name}") }
    }
}

impl Drop for DownService<'_> {
    fn drop(&mut self) {
        // Others share the server; a failed test has said what it has to say already.
        let _ = self.shop.place.admin.delete(&self.path);
    }
}
