//! Values while they are merged: tables that are shared as Go's maps are, because helm's merging changes a
//! table in all places where it stands. One arena holds them, so that a table which is put into itself is
//! no leak, and all of them are counted.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::chart::{Error, Exceeded, Limits};

/// A table of the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(usize);

/// What stands under a key.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Null,
    Leaf(Rc<Leaf>),
    Table(Id),
}

/// A value that is neither null nor a table, and is never changed: what it is and about how many bytes it
/// takes. Tables in lists are never merged.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) value: Value,
    bytes: u64,
}

/// Entries that belong to nothing else: the values of a chart between two merges.
pub(crate) type Tree = BTreeMap<Rc<str>, Branch>;

/// What stands under a key of a tree.
#[derive(Clone, Debug)]
pub(crate) enum Branch {
    Null,
    Leaf(Rc<Leaf>),
    Tree(Tree),
}

/// How deep tables may nest, in levels: those of a value, and those of the charts above it.
const LEVELS_MAX: u64 = 2 * trimtab_model::limit::YAML_DEPTH_MAX;

/// About what an entry takes beside its value, in bytes.
const ENTRY_BYTES: u64 = 32;

/// A tree of JSON.
pub(crate) fn tree(map: &Map<String, Value>) -> Tree {
    map.iter().map(|(key, value)| (Rc::from(key.as_str()), branch(value))).collect()
}

fn branch(value: &Value) -> Branch {
    match value {
        Value::Null => Branch::Null,
        Value::Object(map) => Branch::Tree(tree(map)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Branch::Leaf(Rc::new(Leaf { bytes: bytes(value), value: value.clone() }))
        }
    }
}

fn bytes(value: &Value) -> u64 {
    ENTRY_BYTES
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len() as u64,
            Value::Array(items) => items.iter().map(bytes).sum(),
            Value::Object(map) => {
                map.iter().map(|(key, value)| key.len() as u64 + bytes(value)).sum()
            }
        }
}

/// The arena.
pub(crate) struct Tables {
    all: Vec<BTreeMap<Rc<str>, Node>>,
    entries: u64,
    steps: u64,
    limits: Limits,
}

/// How far the arena was used.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    tables: usize,
    entries: u64,
}

impl Tables {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { all: Vec::new(), entries: 0, steps: 0, limits }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { tables: self.all.len(), entries: self.entries }
    }

    /// Drops all tables that were made since. Nothing older may hold one of them.
    pub(crate) fn release(&mut self, mark: Mark) {
        self.all.truncate(mark.tables);
        self.entries = mark.entries;
    }

    /// A table without entries.
    pub(crate) fn empty(&mut self) -> Id {
        self.all.push(BTreeMap::new());
        Id(self.all.len() - 1)
    }

    pub(crate) fn get(&self, id: Id, key: &str) -> Option<&Node> {
        self.all[id.0].get(key)
    }

    pub(crate) fn is_empty(&self, id: Id) -> bool {
        self.all[id.0].is_empty()
    }

    /// The entries as they are now.
    pub(crate) fn entries(&self, id: Id) -> Vec<(Rc<str>, Node)> {
        self.all[id.0].iter().map(|(key, node)| (Rc::clone(key), node.clone())).collect()
    }

    pub(crate) fn insert(&mut self, id: Id, key: Rc<str>, node: Node) -> Result<(), Error> {
        if self.all[id.0].insert(key, node).is_none() {
            self.entries += 1;
            if self.entries > self.limits.entries {
                return Err(Exceeded::Entries(self.limits.entries).into());
            }
        }
        self.step()
    }

    pub(crate) fn remove(&mut self, id: Id, key: &str) {
        // The count of entries is what was made, not what is left: it only bounds memory.
        self.all[id.0].remove(key);
    }

    /// Counts a step of merging.
    pub(crate) fn step(&mut self) -> Result<(), Error> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            Err(Exceeded::Steps(self.limits.steps).into())
        } else {
            Ok(())
        }
    }

    /// A copy of a table alone; tables in it are shared.
    pub(crate) fn copy(&mut self, id: Id) -> Result<Id, Error> {
        let copy = self.empty();
        for (key, node) in self.entries(id) {
            self.insert(copy, key, node)?;
        }
        Ok(copy)
    }

    /// A copy of a table and of all tables in it.
    pub(crate) fn deep_copy(&mut self, id: Id, level: u64) -> Result<Id, Error> {
        check_level(level)?;
        let copy = self.empty();
        for (key, node) in self.entries(id) {
            let node = match node {
                Node::Table(id) => Node::Table(self.deep_copy(id, level + 1)?),
                node @ (Node::Null | Node::Leaf(_)) => node,
            };
            self.insert(copy, key, node)?;
        }
        Ok(copy)
    }

    /// A tree as tables that are shared with nothing.
    pub(crate) fn plant(&mut self, tree: &Tree, level: u64) -> Result<Id, Error> {
        check_level(level)?;
        let id = self.empty();
        for (key, branch) in tree {
            let node = match branch {
                Branch::Null => Node::Null,
                Branch::Leaf(leaf) => Node::Leaf(Rc::clone(leaf)),
                Branch::Tree(tree) => Node::Table(self.plant(tree, level + 1)?),
            };
            self.insert(id, Rc::clone(key), node)?;
        }
        Ok(id)
    }

    /// Tables as a tree of their own.
    pub(crate) fn lifted(&mut self, id: Id, level: u64) -> Result<Tree, Error> {
        check_level(level)?;
        let mut tree = Tree::new();
        for (key, node) in self.entries(id) {
            self.step()?;
            let branch = match node {
                Node::Null => Branch::Null,
                Node::Leaf(leaf) => Branch::Leaf(leaf),
                Node::Table(id) => Branch::Tree(self.lifted(id, level + 1)?),
            };
            tree.insert(key, branch);
        }
        Ok(tree)
    }

    /// Tables as JSON.
    pub(crate) fn json(&self, id: Id) -> Result<Map<String, Value>, Error> {
        let mut left = self.limits.value_bytes;
        self.json_within(id, 0, &mut left)
    }

    fn json_within(&self, id: Id, level: u64, left: &mut u64) -> Result<Map<String, Value>, Error> {
        check_level(level)?;
        let mut map = Map::new();
        for (key, node) in &self.all[id.0] {
            let bytes = key.len() as u64
                + match node {
                    Node::Leaf(leaf) => leaf.bytes,
                    Node::Null | Node::Table(_) => ENTRY_BYTES,
                };
            let rest = left.checked_sub(bytes);
            *left = rest.ok_or(Exceeded::ValueBytes(self.limits.value_bytes))?;
            let value = match node {
                Node::Null => Value::Null,
                Node::Leaf(leaf) => leaf.value.clone(),
                Node::Table(id) => Value::Object(self.json_within(*id, level + 1, left)?),
            };
            map.insert(key.to_string(), value);
        }
        Ok(map)
    }
}

/// Refuses tables that nest deeper than any value may.
pub(crate) fn check_level(level: u64) -> Result<(), Error> {
    if level > LEVELS_MAX { Err(Exceeded::ValueLevels(LEVELS_MAX).into()) } else { Ok(()) }
}

/// What a path of keys leads to.
pub(crate) enum Lookup {
    Found(Id),
    /// What is missing or no table.
    NoTable(String),
}

impl Tables {
    /// The table at a path of keys with dots between. Source: helm `values.go` (`Table`).
    pub(crate) fn table(&self, id: Id, path: &str) -> Lookup {
        let mut at = id;
        for key in path.split('.') {
            match self.get(at, key) {
                Some(Node::Table(id)) => at = *id,
                _ => return Lookup::NoTable(key.to_owned()),
            }
        }
        Lookup::Found(at)
    }

    /// What stands at a path, if it is no table. Source: helm `values.go` (`PathValue`).
    pub(crate) fn value(&self, id: Id, path: &str) -> Option<&Node> {
        let (table, key) = match path.rsplit_once('.') {
            Some((tables, key)) => match self.table(id, tables) {
                Lookup::Found(id) => (id, key),
                Lookup::NoTable(_) => return None,
            },
            None => (id, path),
        };
        self.get(table, key).filter(|node| !matches!(node, Node::Table(_)))
    }
}
