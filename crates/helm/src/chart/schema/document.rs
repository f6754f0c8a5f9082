//! A schema with the places in it that have names.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Stop;

/// Where helm says that the schema lies.
const BASE: &str = "file:///values.schema.json";

/// Which edition of JSON Schema a schema follows, by its number or year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Draft(pub(super) u16);

/// Where a schema stands: what it says, and the document part whose names it uses.
#[derive(Clone, Copy)]
pub(super) struct Place<'s> {
    pub(super) schema: &'s Value,
    pub(super) base: usize,
}

/// A part of the document with a name of its own (`$id`); the first is the document.
struct Resource<'s> {
    url: String,
    root: &'s Value,
    draft: Draft,
}

/// The document.
pub(super) struct Document<'s> {
    resources: Vec<Resource<'s>>,
    /// The names within each part.
    anchors: BTreeMap<(usize, String), &'s Value>,
    /// Which part each named schema belongs to, by its address.
    bases: BTreeMap<usize, usize>,
}

/// Reads a schema.
pub(super) fn parsed(bytes: &[u8]) -> Result<Value, Stop> {
    serde_json::from_slice(bytes).map_err(|error| {
        let words = match error.classify() {
            serde_json::error::Category::Eof => "unexpected EOF".to_owned(),
            _ => error.to_string(),
        };
        Stop::Unusable(words)
    })
}

/// Keywords whose value is a schema.
const ONE: [&str; 15] = [
    "not",
    "if",
    "then",
    "else",
    "items",
    "additionalItems",
    "additionalProperties",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "prefixItems",
];

/// Keywords whose value has schemas by names.
const NAMED: [&str; 6] =
    ["properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies"];

impl<'s> Document<'s> {
    /// Collects all names.
    ///
    /// # Errors
    /// The schema follows rules that are not known, or is no schema.
    pub(super) fn new(root: &'s Value) -> Result<Self, Stop> {
        let mut document =
            Self { resources: Vec::new(), anchors: BTreeMap::new(), bases: BTreeMap::new() };
        let draft = draft_of(root, Draft(2020))?;
        document.resources.push(Resource { url: BASE.to_owned(), root, draft });
        document.collect(root, 0)?;
        Ok(document)
    }

    fn collect(&mut self, schema: &'s Value, base: usize) -> Result<(), Stop> {
        let Value::Object(map) = schema else {
            return match schema {
                Value::Array(items) => items.iter().try_for_each(|item| self.collect(item, base)),
                _ => Ok(()),
            };
        };
        let base = self.named(schema, map, base)?;
        for key in ONE {
            if let Some(inner) = map.get(key) {
                self.collect(inner, base)?;
            }
        }
        for key in NAMED {
            if let Some(Value::Object(named)) = map.get(key) {
                named.values().try_for_each(|inner| self.collect(inner, base))?;
            }
        }
        Ok(())
    }

    /// Notes the names of a schema. Returns the part that what is in it belongs to.
    fn named(
        &mut self,
        schema: &'s Value,
        map: &'s Map<String, Value>,
        base: usize,
    ) -> Result<usize, Stop> {
        let outer = self.resources[base].draft;
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        let mut base = base;
        let id = text(if outer.0 == 4 { "id" } else { "$id" });
        let (url, fragment) = split(id.unwrap_or_default());
        if !url.is_empty() {
            let url = self.joined(base, url)?;
            let draft = draft_of(schema, outer)?;
            if std::ptr::eq(schema, self.resources[0].root) {
                self.resources[0].url = url;
            } else {
                self.resources.push(Resource { url, root: schema, draft });
                base = self.resources.len() - 1;
                self.bases.insert(std::ptr::from_ref(schema).addr(), base);
            }
        }
        if outer.0 < 2019 && !fragment.is_empty() {
            self.anchors.insert((base, fragment.to_owned()), schema);
        }
        for key in ["$anchor", "$dynamicAnchor"] {
            if let Some(name) = text(key) {
                self.anchors.insert((base, name.to_owned()), schema);
            }
        }
        Ok(base)
    }

    fn joined(&self, base: usize, reference: &str) -> Result<String, Stop> {
        let base = &self.resources[base].url;
        let url = url::Url::parse(base).and_then(|base| base.join(reference));
        url.map(String::from).map_err(|error| {
            let reference = trimtab_template::quoted(reference.as_bytes());
            Stop::Unusable(format!("error in parsing {reference}: {error}"))
        })
    }

    pub(super) fn root(&self) -> Place<'s> {
        Place { schema: self.resources[0].root, base: 0 }
    }

    pub(super) fn draft(&self, place: Place<'s>) -> Draft {
        self.resources[place.base].draft
    }

    /// A schema that stands in another.
    pub(super) fn inner(&self, outer: Place<'s>, schema: &'s Value) -> Place<'s> {
        let own = self.bases.get(&std::ptr::from_ref(schema).addr());
        Place { schema, base: own.copied().unwrap_or(outer.base) }
    }

    /// The name of the part that a schema belongs to.
    pub(super) fn url(&self, place: Place<'s>) -> &str {
        &self.resources[place.base].url
    }

    /// What a reference means; none if it is a URN that nobody knows.
    ///
    /// # Errors
    /// It leads out of the document, or to nothing.
    pub(super) fn resolved(
        &self,
        from: Place<'s>,
        reference: &str,
    ) -> Result<Option<Place<'s>>, Stop> {
        let (url, fragment) = split(reference);
        let fragment = percent_decoded(fragment);
        let base = if url.is_empty() {
            from.base
        } else {
            let url = self.joined(from.base, url)?;
            let found = self.resources.iter().position(|resource| resource.url == url);
            match found {
                Some(base) => base,
                None if url == BASE => 0,
                None if url.starts_with("urn:") => return Ok(None),
                None => return Err(outside(&url)),
            }
        };
        if fragment.is_empty() || fragment.starts_with('/') {
            return self.at_pointer(base, &fragment).map(Some);
        }
        if let Some(schema) = self.anchors.get(&(base, fragment.clone())) {
            return Ok(Some(self.inner(Place { schema, base }, schema)));
        }
        let name = format!("{}#{fragment}", self.resources[base].url);
        let name = trimtab_template::quoted(name.as_bytes());
        Err(Stop::Unusable(format!("anchor in {name} not found")))
    }

    fn at_pointer(&self, base: usize, pointer: &str) -> Result<Place<'s>, Stop> {
        let mut place = Place { schema: self.resources[base].root, base };
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let next = match place.schema {
                Value::Object(map) => map.get(&token),
                Value::Array(items) => token.parse::<usize>().ok().and_then(|at| items.get(at)),
                _ => None,
            };
            let Some(next) = next else {
                let name = format!("{}#{pointer}", self.resources[base].url);
                let name = trimtab_template::quoted(name.as_bytes());
                return Err(Stop::Unusable(format!("json-pointer in {name} not found")));
            };
            place = self.inner(place, next);
        }
        Ok(place)
    }
}

/// Helm would read it from a file or from the network.
fn outside(url: &str) -> Stop {
    let url = trimtab_template::quoted(url.as_bytes());
    Stop::Unusable(format!("failing loading {url}: schemas outside of the chart are not read"))
}

fn draft_of(schema: &Value, outer: Draft) -> Result<Draft, Stop> {
    let Some(stated) = schema.get("$schema").and_then(Value::as_str) else {
        return Ok(outer);
    };
    let (url, _) = split(stated);
    let known = url.trim_start_matches("https://").trim_start_matches("http://");
    match known {
        "json-schema.org/schema" | "json-schema.org/draft/2020-12/schema" => Ok(Draft(2020)),
        "json-schema.org/draft/2019-09/schema" => Ok(Draft(2019)),
        "json-schema.org/draft-07/schema" => Ok(Draft(7)),
        "json-schema.org/draft-06/schema" => Ok(Draft(6)),
        "json-schema.org/draft-04/schema" => Ok(Draft(4)),
        _ => Err(outside(url)),
    }
}

fn split(reference: &str) -> (&str, &str) {
    reference.split_once('#').unwrap_or((reference, ""))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(decoded) if byte == b'%' => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
