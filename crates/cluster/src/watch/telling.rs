//! From objects as the server sends them to what is told of them.

use crate::cluster::Edge;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use trimtab_index::answer::{Head, whole};
use trimtab_model::{Namespace, ObjectKey, ResourceVersion, Uid};
use trimtab_ports::cluster::{Detail, WatchEvent, WatchRequest};

/// Remembers what was told, so that what vanishes between two beginnings is told too.
pub struct Telling {
    edge: Arc<Edge>,
    request: WatchRequest,
    /// What is there, as far as it was told.
    shown: BTreeMap<ObjectKey, Uid>,
    /// What has come since the present beginning, until it is whole.
    fresh: Option<BTreeMap<ObjectKey, Uid>>,
    /// What is still to be told.
    pub queue: VecDeque<WatchEvent>,
}

impl Telling {
    /// Nothing was told yet.
    pub fn new(edge: Arc<Edge>, request: WatchRequest) -> Self {
        Self { edge, request, shown: BTreeMap::new(), fresh: None, queue: VecDeque::new() }
    }

    /// The collection is read from its beginning.
    pub fn begin(&mut self) {
        self.fresh = Some(BTreeMap::new());
        self.queue.push_back(WatchEvent::Started);
    }

    /// An object is there. Returns its version.
    pub fn object(&mut self, text: &str) -> Result<ResourceVersion, String> {
        let (key, uid, version) = match self.request.detail {
            Detail::Rows => {
                let now = self.edge.seams.clock.now();
                let row = self.edge.decoder.row(&self.request.kind, text, now);
                let row = row.map_err(|error| crate::wire::chain(&error))?;
                let known = (row.key.clone(), row.uid.clone(), row.resource_version.clone());
                self.queue.push_back(WatchEvent::Row(Box::new(row)));
                known
            }
            Detail::Whole | Detail::Selected(_) => {
                let known = self.head(text)?;
                let object = whole(&self.request.kind, text).map_err(|error| error.to_string())?;
                self.queue.push_back(WatchEvent::Object(Box::new(object)));
                known
            }
        };
        if let Some(fresh) = &mut self.fresh {
            fresh.insert(key.clone(), uid.clone());
        }
        self.shown.insert(key, uid);
        Ok(version)
    }

    /// An object is gone. Returns the version since when.
    pub fn deleted(&mut self, text: &str) -> Result<ResourceVersion, String> {
        let (key, uid, version) = self.head(text)?;
        if let Some(fresh) = &mut self.fresh {
            fresh.remove(&key);
        }
        self.shown.remove(&key);
        self.queue.push_back(WatchEvent::Gone { key, uid, resource_version: version.clone() });
        Ok(version)
    }

    /// The beginning is whole, as of a version: what it did not have is gone.
    pub fn whole(&mut self, version: &ResourceVersion) {
        if let Some(fresh) = self.fresh.take() {
            let shown = std::mem::replace(&mut self.shown, fresh);
            for (key, uid) in shown.into_iter().filter(|(key, _)| !self.shown.contains_key(key)) {
                let resource_version = version.clone();
                self.queue.push_back(WatchEvent::Gone { key, uid, resource_version });
            }
        }
        self.queue.push_back(WatchEvent::Synced);
        self.progress(version);
    }

    /// All up to a version was told.
    pub fn progress(&mut self, version: &ResourceVersion) {
        self.queue.push_back(WatchEvent::Progress(version.clone()));
    }

    fn head(&self, text: &str) -> Result<(ObjectKey, Uid, ResourceVersion), String> {
        let head = Head::read(text).map_err(|error| error.to_string())?;
        if head.name.is_empty() || head.uid.is_empty() || head.resource_version.is_empty() {
            return Err("an object has no name, uid or resourceVersion".to_owned());
        }
        let namespace = Some(&*head.namespace).filter(|namespace| !namespace.is_empty());
        let key = ObjectKey {
            group: self.request.kind.group.clone(),
            kind: self.request.kind.kind.clone(),
            namespace: namespace.map(Namespace::from),
            name: (&*head.name).into(),
        };
        Ok((key, (&*head.uid).into(), (&*head.resource_version).into()))
    }
}
