//! Operators with one mistake each, to see that it is found. The mistakes are made around the product,
//! at its ports; the product itself has none of them, and no switch for them.

use crate::checks::Violation;
use crate::git::Reader;
use crate::run::run;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use trimtab_cluster::Cluster;
use trimtab_model::{Class, Commit, FieldManager, Name, Namespace, Remote, ResourceVersion};
use trimtab_ports::clock::{Clock, Monotonic, sleep};
use trimtab_ports::cluster::{
    Apply, ApplyAnswer, Delete, Discovery, EventPost, JsonPatch, Lease, LeaseName, MergePatch,
    SecretData, Target, Terms, WatchEvent, WatchRequest, WriteError,
};
use trimtab_ports::git::{Error, Fetched, Git, Look, Refs, Want};
use trimtab_ports::tasks::Tasks;
use trimtab_render::{Entry, FileTree, Unreadable};
use trimtab_sync::{Failure, Outcome};

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// The record with the inventory is believed to be written before it is (P5).
    InventoryAfterApply,
    /// A file that cannot be read counts as one that is not there (P1).
    PartialRender,
    /// A plan is carried out on the state that is there now, whatever has become of the one that it was
    /// made for (P8).
    StalePlan,
    /// A write without an answer counts as refused.
    LostAnswerFails,
    /// A watched state from before our own write counts as the present one (P16).
    OwnWriteNotAwaited,
    /// Who holds the Lease is not asked (P9, P10).
    SecondOwner,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::InventoryAfterApply,
        Self::PartialRender,
        Self::StalePlan,
        Self::LostAnswerFails,
        Self::OwnWriteNotAwaited,
        Self::SecondOwner,
    ];

    /// The rule that it breaks. What else goes wrong in its worlds does not show that it is found.
    pub fn breaks(self) -> &'static str {
        match self {
            Self::InventoryAfterApply => "P5",
            Self::PartialRender => "P1",
            Self::StalePlan => "P8",
            Self::LostAnswerFails => "truth",
            Self::OwnWriteNotAwaited => "P16",
            Self::SecondOwner => "P10",
        }
    }

    /// The first seed in whose world the rule that it breaks finds it, and how.
    pub fn found(self) -> Option<(u64, Violation)> {
        (0..SEEDS_OF_MUTANTS_MAX).find_map(|seed| {
            let violations = run(seed, Some(self)).violations;
            let its = violations.into_iter().find(|violation| violation.rule == self.breaks());
            its.map(|violation| (seed, violation))
        })
    }
}

/// Within how many seeds each mutant must be found.
const SEEDS_OF_MUTANTS_MAX: u64 = 200;

/// The edge to a cluster, with a mistake or without.
pub struct MutatedCluster {
    /// The edge.
    pub inner: Cluster,
    /// The mistake.
    pub mutant: Option<Mutant>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where what is done too late is done.
    pub tasks: Arc<dyn Tasks>,
}

/// How much too late a record is written.
const TOO_LATE: Duration = Duration::from_secs(1);

impl MutatedCluster {
    fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn answered(&self, answer: ApplyAnswer) -> ApplyAnswer {
        match answer {
            ApplyAnswer::Uncertain(why) if self.is(Mutant::LostAnswerFails) => {
                ApplyAnswer::Failed(Failure { class: Class::User, message: why })
            }
            ApplyAnswer::Applied { change, mut object } if self.is(Mutant::OwnWriteNotAwaited) => {
                // As if nothing were remembered of the write: whatever the watch says is newer.
                object.resource_version = ResourceVersion::from("1");
                ApplyAnswer::Applied { change, object }
            }
            answer => answer,
        }
    }
}

impl MutatedCluster {
    /// What a write would come to, said before it is made.
    fn believed(&self, mut resource: Value, patch: MergePatch) -> Value {
        merge(&mut resource, &patch.body);
        let version = resource["metadata"]["resourceVersion"].as_str();
        let version = version.and_then(|version| version.parse::<u64>().ok()).unwrap_or_default();
        resource["metadata"]["resourceVersion"] = (version + 1).to_string().into();
        let (inner, pause) = (self.inner.clone(), sleep(&*self.clock, TOO_LATE));
        let late = async move {
            pause.await;
            drop(Inner::merge_patch(&inner, patch).await);
        };
        self.tasks.spawn("too late", Box::pin(late));
        resource
    }
}

/// RFC 7396.
fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = Value::Object(serde_json::Map::new());
    }
    for (name, value) in patch {
        if value.is_null() {
            into.as_object_mut().map(|into| into.remove(name));
        } else {
            merge(&mut into[name], value);
        }
    }
}

type Inner = dyn trimtab_ports::cluster::Cluster;

impl trimtab_ports::cluster::Cluster for MutatedCluster {
    fn discover(&self) -> BoxFuture<'_, Result<Discovery, Failure>> {
        Inner::discover(&self.inner)
    }

    fn watch(&self, request: WatchRequest) -> BoxStream<'static, WatchEvent> {
        Inner::watch(&self.inner, request)
    }

    fn get(&self, target: Target) -> BoxFuture<'_, Result<Option<Value>, Failure>> {
        Inner::get(&self.inner, target)
    }

    fn read_secret(
        &self,
        namespace: Namespace,
        name: Name,
    ) -> BoxFuture<'_, Result<Option<SecretData>, Failure>> {
        Inner::read_secret(&self.inner, namespace, name)
    }

    fn apply(&self, apply: Apply) -> BoxFuture<'_, ApplyAnswer> {
        Box::pin(async move { self.answered(Inner::apply(&self.inner, apply).await) })
    }

    fn migrate(&self, patch: JsonPatch) -> BoxFuture<'_, ApplyAnswer> {
        Inner::migrate(&self.inner, patch)
    }

    fn delete(&self, delete: Delete) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            match Inner::delete(&self.inner, delete).await {
                Outcome::Uncertain if self.is(Mutant::LostAnswerFails) => {
                    let message = "no answer".to_owned();
                    Outcome::Failed(Failure { class: Class::User, message })
                }
                outcome => outcome,
            }
        })
    }

    fn create(
        &self,
        object: Value,
        manager: FieldManager,
        terms: Terms,
    ) -> BoxFuture<'_, Result<Value, WriteError>> {
        Inner::create(&self.inner, object, manager, terms)
    }

    fn merge_patch(&self, patch: MergePatch) -> BoxFuture<'_, Result<Value, WriteError>> {
        Box::pin(async move {
            if self.is(Mutant::InventoryAfterApply)
                && patch.body.get("status").is_some()
                && let Ok(Some(before)) = Inner::get(&self.inner, patch.target.clone()).await
            {
                return Ok(self.believed(before, patch));
            }
            Inner::merge_patch(&self.inner, patch).await
        })
    }

    fn json_patch(&self, patch: JsonPatch) -> BoxFuture<'_, Result<Value, WriteError>> {
        Inner::json_patch(&self.inner, patch)
    }

    fn post_event(&self, event: EventPost) -> BoxFuture<'_, Result<(), WriteError>> {
        Inner::post_event(&self.inner, event)
    }

    fn lease(&self, name: LeaseName) -> BoxFuture<'_, Result<Option<Lease>, Failure>> {
        Box::pin(async move {
            let lease = Inner::lease(&self.inner, name).await?;
            // Whose Lease it is does not matter to this one.
            Ok(lease.map(|lease| match self.mutant {
                Some(Mutant::SecondOwner) => Lease { holder: None, ..lease },
                _ => lease,
            }))
        })
    }

    fn create_lease(
        &self,
        lease: Lease,
        not_after: Monotonic,
    ) -> BoxFuture<'_, Result<Lease, WriteError>> {
        Inner::create_lease(&self.inner, lease, not_after)
    }

    fn update_lease(
        &self,
        lease: Lease,
        not_after: Monotonic,
    ) -> BoxFuture<'_, Result<Lease, WriteError>> {
        Inner::update_lease(&self.inner, lease, not_after)
    }
}

/// Git, with a mistake or without.
pub struct MutatedTree {
    /// Git.
    pub inner: Reader,
    /// The mistake.
    pub mutant: Option<Mutant>,
}

impl Git for MutatedTree {
    fn refs<'a>(&'a self, look: Look<'a>) -> BoxFuture<'a, Result<Arc<Refs>, Error>> {
        self.inner.refs(look)
    }

    fn fetch<'a>(&'a self, want: Want<'a>) -> BoxFuture<'a, Result<Fetched, Error>> {
        self.inner.fetch(want)
    }

    fn tree<'a>(
        &'a self,
        remote: &'a Remote,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<Arc<dyn FileTree>, Error>> {
        Box::pin(async move {
            let tree = self.inner.tree(remote, commit).await?;
            Ok(match self.mutant {
                Some(Mutant::PartialRender) => Arc::new(Partial(tree)),
                _ => tree,
            })
        })
    }

    fn complete(&self, remote: &Remote, abbreviated: &str) -> Option<Commit> {
        self.inner.complete(remote, abbreviated)
    }

    fn waits_for_its_turn(&self, remote: &Remote) -> bool {
        self.inner.waits_for_its_turn(remote)
    }

    fn watch_file(&self, remote: &Remote) -> Result<BoxStream<'static, ()>, Error> {
        self.inner.watch_file(remote)
    }

    fn retain<'a>(&'a self, remotes: &'a BTreeSet<Remote>) -> BoxFuture<'a, ()> {
        self.inner.retain(remotes)
    }
}

/// A tree in which what cannot be read as YAML is not there.
struct Partial(Arc<dyn FileTree>);

impl FileTree for Partial {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        self.0.entry(path)
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        let entries = self.0.list(path)?;
        Ok(entries.map(|entries| {
            let readable = |entry: &Entry| {
                let path = format!("{path}/{}", entry.name);
                let text = self.0.read(path.trim_start_matches('/')).unwrap_or_default();
                !text.starts_with(crate::model::BROKEN.as_bytes())
            };
            entries.into_iter().filter(readable).collect()
        }))
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        self.0.size(path)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        self.0.read(path)
    }
}
