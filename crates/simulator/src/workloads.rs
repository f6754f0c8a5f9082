//! What makes Deployments healthy: a stand-in for the controllers and nodes behind them.

use crate::objects::path;
use crate::world::World;
use serde_json::{Value, json};
use std::sync::Arc;
use trimtab_ports::tasks::Tasks;

/// Looks at Deployments whenever something has changed, and brings each up to its spec a moment later.
pub fn tend(world: &Arc<World>) {
    let weak = Arc::downgrade(world);
    let tend = async move {
        let mut seen = 0;
        while let Some(world) = weak.upgrade() {
            let version = world.sandbox.resource_version();
            if version != seen {
                seen = version;
                bring_up(&world).await;
            }
            let pause = world.network.chance.draw(|chance| 300 + chance.below(1_200));
            world.pause(pause).await;
        }
    };
    world.tasks.spawn("workloads", Box::pin(tend));
}

async fn bring_up(world: &World) {
    for mut deployment in world.person.list("/apis/apps/v1/deployments").await {
        deployment["apiVersion"] = "apps/v1".into();
        deployment["kind"] = "Deployment".into();
        let generation = &deployment["metadata"]["generation"];
        if deployment["status"]["observedGeneration"] == *generation {
            continue;
        }
        let path = format!("{}/status", path(&deployment));
        world.person.merge(&path, "kube-controller-manager", &status(&deployment)).await;
    }
}

fn status(deployment: &Value) -> Value {
    let replicas = &deployment["spec"]["replicas"];
    let condition = |kind: &str, reason: &str| {
        json!({
            "type": kind, "status": "True", "reason": reason, "message": "",
            "lastUpdateTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z",
        })
    };
    json!({"status": {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": replicas, "updatedReplicas": replicas,
        "readyReplicas": replicas, "availableReplicas": replicas,
        "conditions": [
            condition("Available", "MinimumReplicasAvailable"),
            condition("Progressing", "NewReplicaSetAvailable"),
        ],
    }})
}
