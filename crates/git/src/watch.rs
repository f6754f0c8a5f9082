//! Changes of a repository on disk, by file events.

use std::path::Path;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::channel::mpsc;
use futures::stream::{self, BoxStream};
use notify::event::EventKind;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use trimtab_model::Remote;
use trimtab_ports::git::Error;

use crate::local::Local;

/// Yields whenever a ref may have changed. Events that come while nobody listens count as one.
pub(crate) fn watch(remote: &Remote, local: &Local) -> Result<BoxStream<'static, ()>, Error> {
    // One place, and each sender has one more of its own: a change is never lost, and never queued
    // behind another.
    let (mut tell, told) = mpsc::channel(0);
    let handler = move |event: notify::Result<Event>| {
        // An error means that events were lost: then anything may have changed.
        if event.as_ref().map_or(true, concerns_refs) {
            let _ = tell.try_send(());
        }
    };
    let watcher = begin(local, handler).map_err(|source| Error::Unreachable {
        remote: remote.clone(),
        source: Arc::new(source),
    })?;
    Ok(stream::unfold((told, watcher), |(mut told, watcher)| async {
        told.next().await.map(|()| ((), (told, watcher)))
    })
    .boxed())
}

fn begin(
    local: &Local,
    handler: impl FnMut(notify::Result<Event>) + Send + 'static,
) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(handler)?;
    watcher.watch(&local.git_dir, RecursiveMode::NonRecursive)?;
    if local.common_dir != local.git_dir {
        watcher.watch(&local.common_dir, RecursiveMode::NonRecursive)?;
    }
    watcher.watch(&local.common_dir.join("refs"), RecursiveMode::Recursive)?;
    Ok(watcher)
}

/// Whether an event may have moved a ref. Reading does not, or our own looks would wake us; nor does
/// a lock, which is renamed to what it locked.
fn concerns_refs(event: &Event) -> bool {
    let writes = match event.kind {
        EventKind::Access(_) => false,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    };
    writes && (event.paths.is_empty() || event.paths.iter().any(|path| is_ref(path)))
}

fn is_ref(path: &Path) -> bool {
    let is_lock = path.extension().is_some_and(|extension| extension == "lock");
    let in_refs = path.components().any(|component| component.as_os_str() == "refs");
    let is_list = path.file_name().is_some_and(|name| name == "HEAD" || name == "packed-refs");
    !is_lock && (in_refs || is_list)
}

#[cfg(test)]
mod tests {
    use super::is_ref;

    #[test]
    fn only_what_can_move_a_ref_counts() {
        for path in ["/r.git/HEAD", "/r.git/packed-refs", "/r.git/refs/heads/a/b", "/r/refs/tags"] {
            assert!(is_ref(path.as_ref()), "{path}");
        }
        for path in ["/r.git/refs/heads/a.lock", "/r.git/HEAD.lock", "/r.git/config", "/r/objects"]
        {
            assert!(!is_ref(path.as_ref()), "{path}");
        }
    }
}
