//! Why a cluster cannot be reached at all.

use crate::wire::chain;
use kube::config::KubeconfigError;
use std::fmt;
use std::path::PathBuf;
use trimtab_model::Class;

/// A kubeconfig, as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeconfigName(pub Option<PathBuf>);

impl fmt::Display for KubeconfigName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(path) => write!(f, "the kubeconfig {}", path.display()),
            None => f.write_str("the kubeconfig of $KUBECONFIG or ~/.kube/config"),
        }
    }
}

/// Why there is no way to a cluster.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kubeconfig cannot be used.
    #[error("{kubeconfig} cannot be used: {why}")]
    Kubeconfig {
        /// Which one.
        kubeconfig: KubeconfigName,
        /// Why. It never quotes the file, which holds credentials.
        why: String,
    },
    /// The kubeconfig has no such context, or names none as its current one.
    #[error(
        "{kubeconfig} {lacks}{known}",
        lacks = context.as_ref().map_or("names no current context".into(), |name| format!("has no context `{name}`")),
        known = if known.is_empty() { String::new() } else { format!("; it has {}", known.join(", ")) },
    )]
    NoContext {
        /// Which one.
        kubeconfig: KubeconfigName,
        /// The context that was asked for, or that the file says is current.
        context: Option<String>,
        /// The contexts that it has.
        known: Vec<String>,
    },
    /// The kubeconfig's user gets its credential from a program, and none is started here.
    #[error(
        "the user of the kubeconfig gets its credential by running `{0}`, which Trimtab does not do; use a token or a certificate"
    )]
    Program(String),
    /// This process does not run in a cluster.
    #[error("this process does not run in a cluster")]
    NotInCluster(#[source] Box<kube::config::InClusterError>),
    /// The credential or the certificate authority cannot be used.
    #[error("the credential or the certificate authority of the cluster cannot be used")]
    Identity(#[source] Box<kube::Error>),
    /// The URL of the cluster cannot be used.
    #[error("`{0}` is no URL of a cluster")]
    Url(String),
}

impl Error {
    /// What happens next: all of it waits for a person.
    pub fn class(&self) -> Class {
        match self {
            Self::Kubeconfig { .. }
            | Self::NoContext { .. }
            | Self::Program(_)
            | Self::NotInCluster(_)
            | Self::Identity(_)
            | Self::Url(_) => Class::User,
        }
    }
}

impl Error {
    /// What is wrong with a kubeconfig that has these contexts.
    pub(crate) fn of_kubeconfig(
        path: Option<PathBuf>,
        current: Option<&str>,
        known: Vec<String>,
        error: &KubeconfigError,
    ) -> Self {
        let context = match error {
            KubeconfigError::CurrentContextNotSet => None,
            KubeconfigError::LoadContext(name) if !name.is_empty() => Some(name.clone()),
            KubeconfigError::LoadContext(_) => current.map(ToOwned::to_owned),
            _ => {
                let (path, why) = (path.or_else(|| read_at(error)), why(error));
                return Self::Kubeconfig { kubeconfig: KubeconfigName(path), why };
            }
        };
        Self::NoContext { kubeconfig: KubeconfigName(path), context, known }
    }
}

fn read_at(error: &KubeconfigError) -> Option<PathBuf> {
    match error {
        KubeconfigError::ReadConfig(_, path) => Some(path.clone()),
        _ => None,
    }
}

/// The parser shows the lines around a mistake, and quotes the value that does not fit: neither is told.
fn why(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(error, _) => error.to_string(),
        KubeconfigError::Parse(error) => {
            let text = error.to_string();
            let sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            let unquoted = sentence.split(['"', '`']).next().unwrap_or_default();
            unquoted.trim().to_owned()
        }
        error => chain(error),
    }
}

#[cfg(test)]
mod tests {
    use super::Error;
    use kube::config::{Config, KubeConfigOptions, Kubeconfig};

    fn refused(text: &str, context: Option<&str>) -> String {
        let refused = |current: Option<&str>, known, error: &_| {
            Error::of_kubeconfig(Some("a.conf".into()), current, known, error).to_string()
        };
        let file = match Kubeconfig::from_yaml(text) {
            Ok(file) => file,
            Err(error) => return refused(None, Vec::new(), &error),
        };
        let (current, known) = (
            file.current_context.clone(),
            file.contexts.iter().map(|known| known.name.clone()).collect(),
        );
        let chosen =
            KubeConfigOptions { context: context.map(ToOwned::to_owned), ..Default::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let loaded = Config::from_custom_kubeconfig(file, &chosen);
        let error = runtime.block_on(loaded).expect_err("refused");
        refused(current.as_deref(), known, &error)
    }

    #[test]
    fn a_context_that_is_not_there_is_named_with_those_that_are() {
        let text = "contexts: [{name: home, context: {cluster: c, user: u}}, {name: work}]\n";
        assert_eq!(
            refused(text, Some("hone")),
            "the kubeconfig a.conf has no context `hone`; it has home, work"
        );
        assert_eq!(
            refused(text, None),
            "the kubeconfig a.conf names no current context; it has home, work"
        );
        assert_eq!(refused("", None), "the kubeconfig a.conf names no current context");
    }

    #[test]
    fn the_text_of_a_kubeconfig_is_never_quoted() {
        let broken = "users:\n- name: u\n  user: {token: s3cret\n";
        let wrong = "users: \"s3cret\"\n";
        for text in [broken, wrong, "s3cret: [", "current-context: {s3cret: 1}\n"] {
            let told = refused(text, None);
            assert!(told.starts_with("the kubeconfig a.conf "), "{told}");
            assert!(!told.contains("s3cret") && !told.contains('\n'), "{told}");
        }
    }
}
