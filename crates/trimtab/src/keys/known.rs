//! How remotes are reached, for as long as somebody reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use trimtab_model::Remote;
use trimtab_ports::git::Access;

/// What was read of Secrets. It is bounded by what is read of repositories: who forgets a remote drops
/// its access, and with it the credential.
#[derive(Default)]
pub struct Known(Mutex<BTreeMap<Remote, Arc<Access>>>);

impl Known {
    /// The access of a remote, if it was read before.
    pub fn get(&self, remote: &Remote) -> Option<Arc<Access>> {
        self.lock().get(remote).cloned()
    }

    /// Keeps the access of a remote in the place of what was known before.
    pub fn keep(&self, remote: &Remote, access: Arc<Access>) {
        self.lock().insert(remote.clone(), access);
    }

    /// Forgets the accesses of all other remotes. One that is being read meanwhile goes the next time.
    pub fn retain(&self, remotes: &BTreeSet<Remote>) {
        self.lock().retain(|remote, _| remotes.contains(remote));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Remote, Arc<Access>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Known;
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use std::time::Duration;
    use trimtab_model::Remote;
    use trimtab_ports::git::{Access, Credential};

    fn remote(name: &str) -> Remote {
        Remote { url: format!("https://example.org/{name}.git").into(), credential: None }
    }

    #[test]
    fn an_access_is_forgotten_with_its_remote() {
        let known = Known::default();
        let access = Arc::new(Access {
            credential: Credential::Anonymous,
            authorities: None,
            certificate: None,
            timeout: Duration::from_secs(1),
        });
        for name in ["a", "b"] {
            known.keep(&remote(name), access.clone());
        }
        known.retain(&BTreeSet::from([remote("b"), remote("c")]));
        assert!(known.get(&remote("a")).is_none());
        assert!(known.get(&remote("b")).is_some());
        assert_eq!(Arc::strong_count(&access), 2);
    }
}
