//! The envelopes in which the server sends objects: lines of a watch, pages of a list, refusals.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use trimtab_model::{GroupVersionKind, ResourceVersion};

/// One line of a watch.
#[derive(Debug)]
pub enum Line<'a> {
    /// The object is there, in this state.
    Object(&'a str),
    /// The object is gone; this was its last state.
    Deleted(&'a str),
    /// Nothing happened up to this version.
    Bookmark {
        /// The version.
        version: ResourceVersion,
        /// Whether the initial objects have all been sent.
        initial_end: bool,
    },
    /// The watch cannot go on.
    Error(Refusal),
}

#[derive(Deserialize)]
struct RawLine<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

/// A page of a list.
#[derive(Debug)]
pub struct Page<'a> {
    /// The objects as text; those of built-in kinds name neither `apiVersion` nor `kind`.
    pub items: Vec<&'a str>,
    /// The version at which the list was read.
    pub version: ResourceVersion,
    /// What asks for the next page; `None` on the last one.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
    metadata: ListMetadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMetadata {
    #[serde(default)]
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

/// What a watch or an event needs of an object's metadata, and nothing else of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head<'a> {
    /// The name.
    #[serde(borrow, default)]
    pub name: Cow<'a, str>,
    /// The namespace; empty where there is none.
    #[serde(default)]
    pub namespace: String,
    /// The incarnation.
    #[serde(borrow, default)]
    pub uid: Cow<'a, str>,
    /// The state.
    #[serde(borrow, default)]
    pub resource_version: Cow<'a, str>,
}

#[derive(Deserialize)]
struct WithHead<'a> {
    #[serde(borrow)]
    metadata: Head<'a>,
}

#[derive(Deserialize)]
struct Bookmark {
    metadata: BookmarkMetadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BookmarkMetadata {
    resource_version: String,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

/// The server's `Status`: why it refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// The HTTP code.
    #[serde(default)]
    pub code: u16,
    /// A word for machines, for example `Conflict`.
    #[serde(default)]
    pub reason: String,
    /// A sentence.
    #[serde(default)]
    pub message: String,
    /// More for machines.
    #[serde(default)]
    pub details: Details,
}

/// More of a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The kind or resource of that object.
    #[serde(default)]
    pub kind: String,
    /// The name of the object that was asked for.
    #[serde(default)]
    pub name: String,
    /// What stands in the way.
    #[serde(default)]
    pub causes: Vec<Cause>,
    /// How long to wait before asking again.
    #[serde(default)]
    pub retry_after_seconds: u64,
}

/// One thing that stands in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Cause {
    /// A word for machines.
    #[serde(default)]
    pub reason: String,
    /// A sentence.
    #[serde(default)]
    pub message: String,
    /// The field.
    #[serde(default)]
    pub field: String,
}

impl<'a> Line<'a> {
    /// Reads one line; `None` for a sort of event that is not known, which says nothing to us.
    pub fn read(text: &'a str) -> Result<Option<Self>, serde_json::Error> {
        let line: RawLine<'a> = serde_json::from_str(text)?;
        Ok(match &*line.kind {
            "ADDED" | "MODIFIED" => Some(Self::Object(line.object.get())),
            "DELETED" => Some(Self::Deleted(line.object.get())),
            "BOOKMARK" => Some(bookmark(serde_json::from_str(line.object.get())?)),
            "ERROR" => Some(Self::Error(serde_json::from_str(line.object.get())?)),
            _ => None,
        })
    }
}

fn bookmark(bookmark: Bookmark) -> Line<'static> {
    let annotations = bookmark.metadata.annotations.unwrap_or_default();
    Line::Bookmark {
        version: bookmark.metadata.resource_version.into(),
        initial_end: annotations.get("k8s.io/initial-events-end").is_some_and(|end| end == "true"),
    }
}

impl<'a> Page<'a> {
    /// Reads one page.
    pub fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        let page: RawPage<'a> = serde_json::from_str(text)?;
        Ok(Self {
            items: page.items.unwrap_or_default().into_iter().map(RawValue::get).collect(),
            version: page.metadata.resource_version.into(),
            next: page.metadata.next.filter(|next| !next.is_empty()),
        })
    }
}

impl<'a> Head<'a> {
    /// Reads the head of an object.
    pub fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<WithHead<'a>>(text).map(|object| object.metadata)
    }
}

/// Reads a whole object of a kind and fills in `apiVersion` and `kind`, which list items lack.
pub fn whole(kind: &GroupVersionKind, text: &str) -> Result<Value, serde_json::Error> {
    let mut object: Value = serde_json::from_str(text)?;
    if let Value::Object(fields) = &mut object {
        fields.entry("apiVersion").or_insert_with(|| kind.api_version().into());
        fields.entry("kind").or_insert_with(|| kind.kind.as_str().into());
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::{Head, Line, Page};

    #[test]
    fn the_end_of_the_initial_objects_is_a_bookmark_that_says_so() {
        let line = r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{
            "resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
        let read = Line::read(line).expect("the line is JSON");
        let Some(Line::Bookmark { version, initial_end: true }) = read else {
            panic!("{read:?}");
        };
        assert_eq!(version.as_str(), "7");
    }

    #[test]
    fn an_expired_version_is_an_error_with_its_code() {
        let line = r#"{"type":"ERROR","object":{"kind":"Status","status":"Failure",
            "message":"too old resource version: 1 (9)","reason":"Expired","code":410}}"#;
        let Ok(Some(Line::Error(refusal))) = Line::read(line) else { panic!("no error") };
        assert_eq!((refusal.code, refusal.reason.as_str()), (410, "Expired"));
    }

    #[test]
    fn an_unknown_sort_of_event_is_passed_over() {
        let read = Line::read(r#"{"type":"SOMETHING","object":{}}"#).expect("the line is JSON");
        assert!(read.is_none());
    }

    #[test]
    fn a_page_may_have_no_items_and_no_next_page() {
        let page = Page::read(r#"{"metadata":{"resourceVersion":"5","continue":""},"items":null}"#);
        let page = page.expect("the page is JSON");
        assert_eq!((page.items.len(), page.next), (0, None));
    }

    #[test]
    fn a_head_is_read_out_of_any_object() {
        let head = Head::read(r#"{"spec":[[]],"metadata":{"name":"a","uid":"u","x":{}}}"#);
        let head = head.expect("the object is JSON");
        assert_eq!((&*head.name, &*head.uid, &*head.namespace), ("a", "u", ""));
    }
}
