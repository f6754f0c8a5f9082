//! Reading one object, and reading a collection.

mod options;
mod page;

pub(crate) use options::{check_watch, number_parameter, version_parameter};

use crate::answer::Answer;
use crate::catalogue::Resource;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::selector::Selector;
use crate::server::{Server, Target};
use crate::store::Key;
use page::{Place, token_of};
use serde_json::{Value, json};
use std::sync::Arc;

/// The form in which objects are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    /// `PartialObjectMetadata`.
    Metadata,
}

impl Form {
    /// The first accepted type that is served.
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        let accepted: Vec<&str> = match request.accept.trim() {
            "" => return Ok(Self::Whole),
            accept => accept.split(',').map(str::trim).collect(),
        };
        let mut unserved = None;
        for accepted in accepted {
            let mut parts = accepted.split(';').map(str::trim);
            let media = parts.next().unwrap_or("");
            let parameters: Vec<&str> = parts.collect();
            let wanted = parameters.iter().find_map(|parameter| parameter.strip_prefix("as="));
            let is_json = matches!(media, "application/json" | "*/*" | "application/*");
            match wanted {
                None if is_json => return Ok(Self::Whole),
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") if is_json => {
                    return Ok(Self::Metadata);
                }
                Some(other) if is_json => unserved = Some(format!("answers as {other}")),
                _ if media == "application/yaml" || media.contains("protobuf") => {
                    unserved = Some(format!("answers in {media}"));
                }
                _ => {}
            }
        }
        Err(match unserved {
            Some(what) => Refusal::not_served(&what),
            None => not_acceptable(),
        })
    }

    /// An object in this form.
    pub fn object(self, object: &Value) -> Value {
        match self {
            Self::Whole => object.clone(),
            Self::Metadata => json!({
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": object["metadata"],
            }),
        }
    }

    /// An object in this form as one of a list: the built-in kinds say in the list alone what they
    /// are.
    fn item(self, resource: &Resource, object: &Value) -> Value {
        let mut item = self.object(object);
        if self == Self::Whole
            && !resource.is_custom()
            && let Some(fields) = item.as_object_mut()
        {
            fields.remove("kind");
            fields.remove("apiVersion");
        }
        item
    }

    fn list_kind(self, target: &Target) -> (String, String) {
        match self {
            Self::Whole => (target.resource.list_kind.clone(), target.api_version()),
            Self::Metadata => ("PartialObjectMetadataList".into(), "meta.k8s.io/v1".into()),
        }
    }
}

fn not_acceptable() -> Refusal {
    let message = "406: Not Acceptable\n\nAvailable representations: application/json, \
                   application/yaml, application/vnd.kubernetes.protobuf";
    let mut refusal = Refusal::new(406, "NotAcceptable", message);
    refusal.details = Some(json!({}));
    refusal
}

impl Server {
    pub(crate) fn get(&self, request: &Request, target: &Target) -> Result<Answer, Refusal> {
        let form = Form::of(request)?;
        let version = version_parameter(request).map_err(|why| Refusal::new(500, "", why))?;
        if let Some(asked) = version.filter(|asked| *asked > self.store.revision()) {
            return Err(Refusal::too_new(asked, self.store.revision()));
        }
        let found = self.store.get(&target.key());
        let found = found.ok_or_else(|| Refusal::not_found(&target.resource, &target.name))?;
        Ok(Answer::json(200, form.object(&target.seen(found))))
    }

    pub(crate) fn list(&self, request: &Request, target: &Target) -> Result<Answer, Refusal> {
        let form = Form::of(request)?;
        let selector = selector(request, target)?;
        let page = self.page_of(request)?;
        let mut all: Vec<(Key, Arc<Value>)> = if page.revision == self.store.revision() {
            let all = self.store.of_place(&target.resource, &target.namespace);
            all.map(|(key, object)| (key.clone(), object.clone())).collect()
        } else {
            let within =
                |key: &Key| target.namespace.is_empty() || *key.namespace == *target.namespace;
            let (group, plural) = (&target.resource.group, &target.resource.plural);
            let all = self.store.at(page.revision, group, plural).into_iter();
            all.filter(|(key, _)| within(key)).collect()
        };
        all.retain(|(key, object)| {
            page.after.as_ref().is_none_or(|after| after.is_before(key)) && selector.matches(object)
        });
        let (kind, api_version) = form.list_kind(target);
        let mut metadata = json!({"resourceVersion": page.revision.to_string()});
        if target.resource.is_custom() {
            metadata["continue"] = "".into();
        }
        let shown = &all[..all.len().min(page.limit)];
        if let (true, Some((last, _))) = (shown.len() < all.len(), shown.last()) {
            let last = Place { namespace: last.namespace.to_string(), name: last.name.to_string() };
            metadata["continue"] = token_of(Some(page.revision), &last).into();
            // The server does not know how many more would be selected.
            if selector.is_everything() {
                metadata["remainingItemCount"] = (all.len() - shown.len()).into();
            }
        }
        let items: Vec<Value> = shown
            .iter()
            .map(|(_, object)| form.item(&target.resource, &target.seen(object)))
            .collect();
        Ok(Answer::json(
            200,
            json!({
                "kind": kind, "apiVersion": api_version, "metadata": metadata, "items": items,
            }),
        ))
    }
}

/// What a list or a watch selects.
pub(crate) fn selector(request: &Request, target: &Target) -> Result<Selector, Refusal> {
    if request.parameter("shardSelector").is_some() {
        return Err(Refusal::not_served("the parameter shardSelector"));
    }
    let labels = request.parameter("labelSelector");
    Selector::new(&target.resource, labels, request.parameter("fieldSelector"))
}
