//! How the cluster is reached.

use anyhow::Context;
use trimtab_cli::KubeconfigFlags;
use trimtab_cluster::{Cluster, Error, Options, Seams};
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
    flags: &KubeconfigFlags,
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
        Err(error) if named => Err(told(error, path.is_some())),
        Err(error) => {
            let cluster = Cluster::in_cluster(seams, options).map_err(|_| told(error, false))?;
            Ok(Reached { cluster, namespace: Cluster::namespace_of_pod() })
        }
    }
}

/// Says which flag helps, and not one that was given.
fn told(error: Error, file_is_named: bool) -> anyhow::Error {
    let next = match &error {
        Error::Kubeconfig { .. } if file_is_named => return anyhow::Error::new(error),
        Error::NoContext { .. } => "--context chooses one",
        Error::Kubeconfig { .. } => "--kubeconfig names another",
        Error::Program(_) | Error::NotInCluster(_) | Error::Identity(_) | Error::Url(_) => {
            return anyhow::Error::new(error);
        }
    };
    anyhow::anyhow!("{}; {next}", trimtab_model::chain(&error))
}
