//! Every "no", in the words that users know.

use std::sync::Arc;
use trimtab_model::{Class, GlobError, Name, Namespace, ObjectKey, ProjectName};

/// What a project does not permit, or cannot read. A person must change something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The application stands in a namespace whose applications may not use the project.
    #[error(
        "application '{app}' in namespace '{namespace}' is not permitted to use project '{project}'"
    )]
    App {
        /// The application's name.
        app: Name,
        /// The application's namespace.
        namespace: Namespace,
        /// The project.
        project: ProjectName,
    },
    /// The repository is none of the project's.
    #[error("application repo {url} is not permitted in project '{project}'")]
    Source {
        /// The repository's URL as the application writes it, without anything secret.
        url: Arc<str>,
        /// The project.
        project: ProjectName,
    },
    /// The cluster and namespace are none of the project's.
    #[error(
        "application destination server '{cluster}' and namespace '{namespace}' do not match any of \
         the allowed destinations in project '{project}'"
    )]
    Destination {
        /// The cluster's name where the application names it so, else its URL.
        cluster: Arc<str>,
        /// The namespace; empty where the application names none.
        namespace: Arc<str>,
        /// The project.
        project: ProjectName,
    },
    /// The kind, or an object of the cluster of that name, may not be deployed.
    #[error("resource {}:{} is not permitted in project {project}", object.group, object.kind)]
    Kind {
        /// The object.
        object: ObjectKey,
        /// The project.
        project: ProjectName,
    },
    /// The object's own namespace is none of the project's.
    #[error("namespace {namespace} is not permitted in project '{project}'")]
    Namespace {
        /// The namespace.
        namespace: Arc<str>,
        /// The project.
        project: ProjectName,
    },
    /// A sync window's schedule cannot be read.
    #[error("cannot parse schedule '{schedule}': {problem}")]
    Schedule {
        /// The schedule as written.
        schedule: Arc<str>,
        /// What is wrong with it.
        problem: String,
    },
    /// A sync window's duration cannot be read.
    #[error("cannot parse duration '{duration}': {problem}")]
    Duration {
        /// The duration as written.
        duration: Arc<str>,
        /// What is wrong with it.
        problem: String,
    },
    /// A pattern of a sync window cannot be read.
    #[error(transparent)]
    Pattern(GlobError),
}

impl Error {
    /// What the error asks of us: a person must change something, always.
    pub fn class(&self) -> Class {
        match self {
            Self::App { .. }
            | Self::Source { .. }
            | Self::Destination { .. }
            | Self::Kind { .. }
            | Self::Namespace { .. }
            | Self::Schedule { .. }
            | Self::Duration { .. }
            | Self::Pattern(_) => Class::User,
        }
    }
}
