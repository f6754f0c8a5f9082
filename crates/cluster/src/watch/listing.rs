//! The paths and queries of a watch.

use crate::resources::collection;
use std::fmt::Write as _;
use trimtab_model::ResourceVersion;
use trimtab_model::limit::LIST_PAGE_OBJECTS_MAX;
use trimtab_ports::cluster::{Detail, WatchRequest};

/// A watch that begins with the whole collection.
pub fn streamed(request: &WatchRequest, seconds: u64) -> String {
    let path = path(request);
    format!(
        "{path}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true\
         &resourceVersionMatch=NotOlderThan&timeoutSeconds={seconds}{}",
        selector(request)
    )
}

/// A watch that goes on from a version.
pub fn resumed(request: &WatchRequest, version: &ResourceVersion, seconds: u64) -> String {
    let path = path(request);
    format!(
        "{path}?watch=1&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={seconds}{}",
        selector(request)
    )
}

/// A page of the collection: the first, or the one after.
pub fn page(request: &WatchRequest, next: Option<&str>) -> String {
    let mut page = format!("{}?limit={LIST_PAGE_OBJECTS_MAX}{}", path(request), selector(request));
    if let Some(next) = next {
        // What asks for the next page is base64 with the letters of URLs and perhaps a `=`.
        let _ = write!(page, "&continue={}", next.replace('=', "%3D").replace('+', "%2B"));
    }
    page
}

fn selector(request: &WatchRequest) -> String {
    match request.detail {
        Detail::Rows | Detail::Whole => String::new(),
        Detail::Selected(labels) => format!("&labelSelector={labels}"),
    }
}

fn path(request: &WatchRequest) -> String {
    let kind = &request.kind;
    collection(&kind.group, &kind.version, request.namespace.as_ref(), &request.plural)
}
