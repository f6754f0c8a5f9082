//! From nodes to a JSON value: aliases, merges, keys that are no texts, duplicate keys. Source:
//! go-yaml v2 `decode.go`, then sigs.k8s.io/yaml `yaml.go`.

use crate::annotations;
use crate::limits::Budget;
use crate::node::{Content, Graph, NodeId, Scalar};
use crate::number;
use crate::resolve::{Dialect, Resolved, resolve};
use crate::text::Fault;
use crate::timestamp::Timestamp;
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A document's value, with the keys that appear twice by their place.
pub(crate) struct Decoded {
    pub(crate) value: Value,
    pub(crate) duplicates: BTreeMap<usize, String>,
}

/// Decodes the document under a root.
pub(crate) fn decode(
    graph: &Graph<'_>,
    root: NodeId,
    dialect: Dialect,
    budget: &mut Budget,
) -> Result<Decoded, Fault> {
    let mut decoder = Decoder {
        graph,
        dialect,
        budget,
        within: BTreeSet::new(),
        steps: 0,
        alias_steps: 0,
        duplicates: BTreeMap::new(),
    };
    let mut value = decoder.value(root, 0)?;
    if dialect == Dialect::Kustomize {
        annotations::as_texts(graph, root, &mut value);
    }
    Ok(Decoded { value, duplicates: decoder.duplicates })
}

struct Decoder<'g, 't> {
    graph: &'g Graph<'t>,
    dialect: Dialect,
    budget: &'g mut Budget,
    /// The aliases that are being expanded.
    within: BTreeSet<NodeId>,
    steps: u64,
    alias_steps: u64,
    duplicates: BTreeMap<usize, String>,
}

impl<'g> Decoder<'g, '_> {
    fn value(&mut self, id: NodeId, depth: usize) -> Result<Value, Fault> {
        self.step(id, depth)?;
        let graph = self.graph;
        let node = graph.get(id);
        match &node.content {
            Content::Scalar(scalar) => self.scalar(scalar, node.at),
            Content::Sequence(items) => {
                let items = items.iter().map(|item| self.value(*item, depth + 1));
                items.collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
            Content::Mapping(_) => {
                let mut map = Map::new();
                self.mapping(id, depth, &mut map)?;
                Ok(Value::Object(map))
            }
            Content::Alias { target } => {
                self.alias(id, |decoder| decoder.value(*target, depth + 1))
            }
        }
    }

    /// Counts one step. The ratio of steps in aliases is bounded as go-yaml bounds it.
    fn step(&mut self, id: NodeId, depth: usize) -> Result<(), Fault> {
        let at = self.graph.get(id).at;
        self.budget.enter(depth, at)?;
        self.steps += 1;
        if !self.within.is_empty() {
            self.alias_steps += 1;
            self.budget.node(at)?;
        }
        let suspicious = self.alias_steps > 100 && self.steps > 1000;
        if suspicious && ratio(self.alias_steps, self.steps) > allowed_ratio(self.steps) {
            return Err(Fault::new(at, "document contains excessive aliasing").without_line());
        }
        Ok(())
    }

    fn alias<T>(
        &mut self,
        id: NodeId,
        expand: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let node = self.graph.get(id);
        if !self.within.insert(id) {
            return Err(Fault::new(node.at, crate::first::SELF_CONTAINED));
        }
        let expanded = expand(self);
        self.within.remove(&id);
        expanded
    }

    fn scalar(&mut self, scalar: &'g Scalar<'_>, at: usize) -> Result<Value, Fault> {
        if !self.within.is_empty() {
            self.budget.copy(scalar.text.len(), at)?;
        }
        let resolved = resolve(scalar, self.dialect)
            .map_err(|message| Fault::new(at, message).without_line())?;
        Ok(match resolved {
            Resolved::Null => Value::Null,
            Resolved::Bool(bool) => Value::Bool(bool),
            Resolved::Int(integer) => Value::from(integer),
            Resolved::Unsigned(integer) if self.dialect == Dialect::Helm => Value::from(integer),
            // Nothing behind the API server's decoder holds an unsigned integer.
            #[expect(clippy::cast_precision_loss, reason = "the API server's decoder loses it too")]
            Resolved::Unsigned(integer) => self.float(integer as f64, at)?,
            Resolved::Float(float) => self.float(float, at)?,
            Resolved::Text(text) => Value::String(text.into_owned()),
            Resolved::Timestamp(time) => Value::String(self.time(time, &scalar.text)),
        })
    }

    /// A timestamp as a text: as it was written, or as Kustomize writes times.
    fn time(&self, time: Timestamp, text: &str) -> String {
        match self.dialect {
            Dialect::Kubectl | Dialect::Helm => text.to_owned(),
            Dialect::Kustomize => time.to_string(),
        }
    }

    fn float(&self, float: f64, at: usize) -> Result<Value, Fault> {
        let number = match self.dialect {
            Dialect::Kubectl | Dialect::Kustomize => number::from_float(float),
            Dialect::Helm => Number::from_f64(float).map(Value::Number),
        };
        number.ok_or_else(|| Fault::new(at, crate::first::NO_JSON))
    }
}

/// Mappings.
impl Decoder<'_, '_> {
    /// Sets a mapping's entries in order. To kubectl a merge sets its entries where it stands, over
    /// what came before it; to Kustomize it comes before all others.
    fn mapping(
        &mut self,
        id: NodeId,
        depth: usize,
        map: &mut Map<String, Value>,
    ) -> Result<(), Fault> {
        let graph = self.graph;
        let Content::Mapping(entries) = &graph.get(id).content else { return Ok(()) };
        let merges = entries.iter().any(|(key, _)| merges_value(graph, *key));
        // Without a merge, what is in the map already came from this mapping.
        let mut own = (merges || !map.is_empty()).then(BTreeSet::new);
        let merges_first = self.dialect == Dialect::Kustomize;
        if merges_first {
            for (_, value) in entries.iter().filter(|(key, _)| merges_value(graph, *key)) {
                self.merge(*value, depth, map)?;
            }
        }
        for (key, value) in entries {
            if merges_value(graph, *key) {
                if !merges_first {
                    self.merge(*value, depth, map)?;
                }
                continue;
            }
            let name = self.key(*key, depth)?;
            let value = self.value(*value, depth + 1)?;
            let seen = own.as_mut().map(|own| !own.insert(name.clone()));
            match map.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(mut entry) => {
                    if seen.unwrap_or(true) {
                        self.duplicates.insert(graph.get(*key).at, entry.key().clone());
                    }
                    entry.insert(value);
                }
            }
        }
        Ok(())
    }

    fn merge(
        &mut self,
        value: NodeId,
        depth: usize,
        map: &mut Map<String, Value>,
    ) -> Result<(), Fault> {
        let graph = self.graph;
        match &graph.get(value).content {
            // The first of several takes precedence, so it is set last.
            Content::Sequence(items) => {
                items.iter().rev().try_for_each(|item| self.merge_one(*item, depth, map))
            }
            _ => self.merge_one(value, depth, map),
        }
    }

    fn merge_one(
        &mut self,
        value: NodeId,
        depth: usize,
        map: &mut Map<String, Value>,
    ) -> Result<(), Fault> {
        let graph = self.graph;
        let is_mapping = |id: NodeId| matches!(graph.get(id).content, Content::Mapping(_));
        self.step(value, depth + 1)?;
        match &graph.get(value).content {
            Content::Mapping(_) => self.mapping(value, depth + 1, map),
            Content::Alias { target } if is_mapping(*target) => self.alias(value, |decoder| {
                decoder.step(*target, depth + 2)?;
                decoder.mapping(*target, depth + 2, map)
            }),
            _ => {
                let message = "map merge requires map or sequence of maps as the value";
                Err(Fault::new(graph.get(value).at, message).without_line())
            }
        }
    }

    /// A key as a text. Source: sigs.k8s.io/yaml `convertToJSONableObject`.
    fn key(&mut self, id: NodeId, depth: usize) -> Result<String, Fault> {
        self.step(id, depth + 1)?;
        let graph = self.graph;
        let node = graph.get(id);
        let refuse = |what| Err(Fault::new(node.at, format!("a mapping's key cannot be {what}")));
        let scalar = match &node.content {
            Content::Scalar(scalar) => scalar,
            Content::Sequence(_) => return refuse("a list"),
            Content::Mapping(_) => return refuse("a mapping"),
            Content::Alias { target } => {
                return self.alias(id, |decoder| decoder.key(*target, depth + 1));
            }
        };
        if !self.within.is_empty() {
            self.budget.copy(scalar.text.len(), node.at)?;
        }
        match resolve(scalar, self.dialect).map_err(|message| Fault::new(node.at, message))? {
            Resolved::Null => refuse("null"),
            Resolved::Text(text) => Ok(text.into_owned()),
            // Kustomize has no texts for other keys.
            _ if self.dialect == Dialect::Kustomize => refuse("anything but a text"),
            Resolved::Unsigned(_) => refuse("a number beyond 63 bits"),
            Resolved::Bool(bool) => Ok(bool.to_string()),
            Resolved::Int(integer) => Ok(integer.to_string()),
            Resolved::Float(float) => Ok(number::key(float)),
            Resolved::Timestamp(_) => Ok(scalar.text.to_string()),
        }
    }
}

/// Whether a key merges its value into the mapping.
fn merges_value(graph: &Graph<'_>, key: NodeId) -> bool {
    matches!(&graph.get(key).content, Content::Scalar(scalar) if scalar.is_merge())
}

/// The share of steps that aliases may cause, which falls for large documents.
fn allowed_ratio(steps: u64) -> f64 {
    const LOW: u64 = 400_000;
    const HIGH: u64 = 4_000_000;
    match steps {
        ..=LOW => 0.99,
        HIGH.. => 0.10,
        _ => 0.99 - 0.89 * ratio(steps - LOW, HIGH - LOW),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of steps are far below 53 bits")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// The beginning of a text from a file, fit for a message.
pub(crate) fn shown(text: &str) -> String {
    const CHARACTERS_MAX: usize = 40;
    let clean = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: String = text.chars().take(CHARACTERS_MAX).map(clean).collect();
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        shown.push('…');
    }
    shown
}
