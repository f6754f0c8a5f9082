//! Another controller that writes a resource which this one serves (P9).

use crate::model::Door;
use crate::ownership::Owner;
use crate::world::World;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use trimtab_ports::tasks::Tasks;

/// How often the other controller writes.
const EVERY: Duration = Duration::from_secs(5);

/// Another controller writes an application's status for a while. Later a person says whose it is.
pub async fn come(world: &Arc<World>, index: usize) {
    let (owner, door) = {
        let app = &world.model().apps[index];
        (app.owner(), app.door)
    };
    let resource = world.person.get(&owner).await.unwrap_or_default();
    let said = resource["metadata"]["annotations"]["trimtab.dev/owner"].is_string();
    if said || !world.model().strange.insert(owner.clone()) {
        return;
    }
    let (times, silence) =
        world.chance.draw(|chance| (1 + chance.index(12), chance.pause(0, 120_000)));
    let after = world.clone();
    let run = async move {
        for _ in 0..times {
            write(&after, &owner, door).await;
            after.sleep(EVERY).await;
        }
        after.sleep(silence).await;
        ours(&after, &owner).await;
    };
    world.tasks.spawn("stranger", Box::pin(run));
}

async fn write(world: &World, owner: &Owner, door: Door) {
    let now = crate::time::beginning().checked_add(world.now()).unwrap_or_default().to_string();
    let (path, manager, field) = match door {
        Door::First => (owner.clone(), "argocd-application-controller", "reconciledAt"),
        Door::Second => {
            (format!("{owner}/status"), "kustomize-controller", "lastHandledReconcileAt")
        }
    };
    if !world.model().strange.contains(owner) {
        return;
    }
    let (code, _) = world.person.merge(&path, manager, &json!({"status": {field: now}})).await;
    world.trace.line("other", format_args!("writes {path} -> {code}"));
    if code == 200 {
        world.judge.foreign(owner, world.now());
    }
}

/// A person says that an application is served here, whoever else has written its resource.
pub async fn ours(world: &World, owner: &Owner) {
    if !world.model().strange.remove(owner) {
        return;
    }
    world.judge.no_longer_foreign(owner);
    let mine = json!({"metadata": {"annotations": {"trimtab.dev/owner": "trimtab"}}});
    let (code, _) = world.person.merge(owner, "kubectl-annotate", &mine).await;
    world.trace.line("person", format_args!("says whose {owner} is -> {code}"));
}
