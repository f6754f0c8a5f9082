//! A project, and what it permits.

use crate::{
    AppNamespace, Deniable, Error, KindRule, OrphanedResources, RepositoryRule, Windows, repository,
};
use trimtab_model::{
    AppId, Destination, Namespace, NotSupported, ObjectKey, ProjectName, RewrittenBranch, Scope,
    shown_url,
};

/// The rules that hold for all applications of a project. An empty list permits nothing, but for
/// [`Project::namespaced_allowed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its name.
    pub name: ProjectName,
    /// The namespaces whose applications may use it, beside our own.
    pub app_namespaces: Vec<AppNamespace>,
    /// The repositories that its applications may be made of.
    pub repositories: Vec<RepositoryRule>,
    /// Where its applications may go.
    pub destinations: Vec<DestinationRule>,
    /// Where set, destinations must also be among these clusters: those that are the project's own.
    pub own_clusters_only: Option<Vec<Cluster>>,
    /// Objects of the whole cluster that may be deployed.
    pub cluster_allowed: Vec<KindRule>,
    /// Objects of the whole cluster that may not, although they are among the allowed.
    pub cluster_denied: Vec<KindRule>,
    /// Kinds in namespaces that may be deployed; `None` permits all.
    pub namespaced_allowed: Option<Vec<KindRule>>,
    /// Kinds in namespaces that may not, although they are among the allowed.
    pub namespaced_denied: Vec<KindRule>,
    /// When syncs may run.
    pub windows: Windows,
    /// What is said of objects that no application describes; `None` says nothing.
    pub orphaned: Option<OrphanedResources>,
    /// Whether prunes wait after a branch was rewritten (P13), where the application does not say.
    pub rewritten_branch: Option<RewrittenBranch>,
    /// Accepted, and not acting yet; what restrains stops the writes of every application of the
    /// project.
    pub not_supported: Vec<NotSupported>,
}

/// One place where applications may go, or (with `!`) may not. The cluster is matched by its name or
/// by the URL of its API server, whichever hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationRule {
    /// On the cluster's name; empty matches none.
    pub cluster: Deniable,
    /// On the URL of the cluster's API server; empty matches none.
    pub server: Deniable,
    /// On the namespace.
    pub namespace: Deniable,
}

/// A cluster that is known to us.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cluster {
    /// Its name; empty where it has none.
    pub name: String,
    /// The URL of its API server.
    pub server: String,
}

impl Project {
    /// Whether an application may use the project, seen from its namespace. Applications beside us
    /// always may.
    pub fn permits_app(&self, app: &AppId, our_namespace: &Namespace) -> Result<(), Error> {
        let namespace = app.namespace.as_str();
        let permitted = app.namespace == *our_namespace
            || self.app_namespaces.iter().any(|entry| entry.matches(namespace));
        permitted.then_some(()).ok_or_else(|| Error::App {
            app: app.name.clone(),
            namespace: app.namespace.clone(),
            project: self.name.clone(),
        })
    }

    /// Whether a repository may be a source, by its URL as the application writes it. The error shows
    /// it without anything secret.
    pub fn permits_source(&self, url: &str) -> Result<(), Error> {
        repository::admits(&self.repositories, url)
            .then_some(())
            .ok_or_else(|| Error::Source { url: shown_url(url).into(), project: self.name.clone() })
    }

    /// Whether an application may go to its destination, whose cluster was found to be `cluster`.
    pub fn permits_destination(
        &self,
        destination: &Destination,
        cluster: &Cluster,
    ) -> Result<(), Error> {
        let namespace = destination.namespace.as_ref().map_or("", |namespace| namespace.as_str());
        if self.reaches(cluster, namespace) {
            return Ok(());
        }
        let by_name = destination.cluster.as_deref() == Some(&cluster.name);
        let shown = if by_name { &cluster.name } else { &cluster.server };
        Err(Error::Destination {
            cluster: shown.as_str().into(),
            namespace: namespace.into(),
            project: self.name.clone(),
        })
    }

    /// Whether an object may be deployed to a cluster: its kind, and where it has one, its namespace.
    pub fn permits_object(
        &self,
        object: &ObjectKey,
        scope: Scope,
        cluster: &Cluster,
    ) -> Result<(), Error> {
        if !self.permits_kind(object, scope) {
            return Err(Error::Kind { object: object.clone(), project: self.name.clone() });
        }
        let namespace = object.namespace.as_ref().map_or("", |namespace| namespace.as_str());
        match scope {
            Scope::Namespaced if !self.reaches(cluster, namespace) => {
                Err(Error::Namespace { namespace: namespace.into(), project: self.name.clone() })
            }
            Scope::Namespaced | Scope::Cluster => Ok(()),
        }
    }

    fn permits_kind(&self, object: &ObjectKey, scope: Scope) -> bool {
        let listed = |rules: &[KindRule]| rules.iter().any(|rule| rule.matches(object));
        match scope {
            Scope::Namespaced => {
                self.namespaced_allowed.as_deref().is_none_or(listed)
                    && !listed(&self.namespaced_denied)
            }
            Scope::Cluster => listed(&self.cluster_allowed) && !listed(&self.cluster_denied),
        }
    }

    /// Whether a namespace of a cluster is one of the project's.
    fn reaches(&self, cluster: &Cluster, namespace: &str) -> bool {
        let own = self.own_clusters_only.as_ref().is_none_or(|own| {
            own.iter().any(|one| one.name == cluster.name || one.server == cluster.server)
        });
        own && self.matches_a_destination(cluster, namespace)
    }

    fn matches_a_destination(&self, cluster: &Cluster, namespace: &str) -> bool {
        let mut matched = false;
        for rule in &self.destinations {
            match rule.answer(cluster, namespace) {
                Answer::Permits => matched = true,
                Answer::Rejects => return false,
                Answer::Silent => {}
            }
        }
        matched
    }
}

/// What one destination says.
enum Answer {
    Permits,
    Rejects,
    Silent,
}

impl DestinationRule {
    /// A `!` that hits rejects: on a name always, on a server where the namespace passes, on a
    /// namespace where the server passes.
    fn answer(&self, cluster: &Cluster, namespace: &str) -> Answer {
        let name = !cluster.name.is_empty() && self.cluster.passes(&cluster.name);
        let server = !cluster.server.is_empty() && self.server.passes(&cluster.server);
        let in_namespace = self.namespace.passes(namespace);
        if (name || server) && in_namespace {
            Answer::Permits
        } else if (!name && self.cluster.denies)
            || (!server && self.server.denies && in_namespace)
            || (!in_namespace && self.namespace.denies && server)
        {
            Answer::Rejects
        } else {
            Answer::Silent
        }
    }
}
