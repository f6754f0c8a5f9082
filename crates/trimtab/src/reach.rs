//! How the cluster is reached.

use anyhow::Context;
use trimtab_cli::ClusterFlags;
use trimtab_cluster::{Cluster, Options, Seams};
use trimtab_model::Namespace;

/// A cluster, and the namespace that its kubeconfig's context names, or that our Pod is in.
pub struct Reached {
    /// The cluster.
    pub cluster: Cluster,
    /// The namespace, if there is one.
    pub namespace: Option<Namespace>,
}

/// Reaches the cluster that the flags name; without any, that of the usual kubeconfig, else the one that
/// we run in.
pub async fn cluster(
    flags: &ClusterFlags,
    seams: Seams,
    options: Options,
) -> anyhow::Result<Reached> {
    let (path, context) = (flags.kubeconfig.as_deref(), flags.context.as_deref());
    let named = path.is_some() || context.is_some();
    match Cluster::from_kubeconfig(path, context, seams.clone(), options.clone()).await {
        Ok(cluster) => {
            let namespace = Cluster::namespace_of_context(path, context)
                .context("the kubeconfig's context cannot be read")?;
            Ok(Reached { cluster, namespace })
        }
        Err(error) if named => Err(error).context("the cluster cannot be reached"),
        Err(error) => {
            let cluster = Cluster::in_cluster(seams, options).map_err(|_| {
                anyhow::Error::new(error).context(
                    "there is neither a usable kubeconfig nor a Pod's account: name a file with --kubeconfig",
                )
            })?;
            Ok(Reached { cluster, namespace: Cluster::namespace_of_pod() })
        }
    }
}
