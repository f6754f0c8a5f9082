//! A store in a folder, with work that blocks done at once.

use futures::FutureExt;
use futures::future::BoxFuture;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use trimtab_model::{Digest, GroupKind, ObjectKey};
use trimtab_plan::{Baseline, Entry};
use trimtab_ports::store::{Change, Error, Kept, Place, Store};
use trimtab_ports::tasks::Tasks;
use trimtab_store::{Installation, Local};

/// Does blocking work where it stands. As on a thread of its own, a panic in it goes no further.
struct Here;

impl Tasks for Here {
    fn spawn(&self, name: &'static str, _task: BoxFuture<'static, ()>) {
        panic!("{name}: nothing goes on beside a store");
    }

    fn block(&self, _name: &'static str, work: Box<dyn FnOnce() + Send>) {
        drop(catch_unwind(AssertUnwindSafe(work)));
    }
}

pub fn installation() -> Installation {
    Installation { cluster: "cluster-1".into(), namespace: "trimtab".into() }
}

pub fn store(path: &Path) -> Local {
    store_of(path, &installation())
}

pub fn store_of(path: &Path, installation: &Installation) -> Local {
    Local::new(path.into(), installation, Arc::new(Here))
}

pub fn load(store: &Local) -> Vec<Kept> {
    store.load().now_or_never().expect("it is done at once")
}

pub fn save(store: &Local, changes: Vec<Change>) -> Result<(), Error> {
    store.save(changes).now_or_never().expect("it is done at once")
}

pub fn kept(name: &str) -> Kept {
    let digest = |part: &str| Digest::of(format!("{name} {part}").as_bytes());
    let baseline = Baseline {
        uid: "8c8c5a8e-0000-4000-8000-000000000000".into(),
        desired: digest("desired"),
        entry: Entry { fields: digest("fields"), values: digest("values") },
        resource_version: "123456".into(),
    };
    Kept::new(place(&GroupKind::new("apps", "Deployment"), name), baseline).expect("no Secret")
}

pub fn place(kind: &GroupKind, name: &str) -> Place {
    Place { manager: "argocd-controller".into(), key: ObjectKey::namespaced(kind, "shop", name) }
}

/// A file with some entries, closed in good order.
pub fn written(path: &Path, count: usize) -> Vec<Kept> {
    let entries: Vec<Kept> = (0..count).map(|number| kept(&format!("web-{number:04}"))).collect();
    let store = store(path);
    load(&store);
    save(&store, entries.iter().cloned().map(Change::Keep).collect()).expect("saved");
    entries
}
