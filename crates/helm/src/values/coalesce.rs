//! A chart's values and those of the charts below it, under what was given. Source: helm `coalesce.go`.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::table::{Id, Node, Tables, check_level};
use crate::chart::{Error, Part, Warning, Warnings};

/// The key of the values that all charts below see.
const GLOBAL: &str = "global";

/// Merges values.
pub(crate) struct Coalescer<'a> {
    pub(crate) tables: &'a mut Tables,
    pub(crate) warnings: &'a mut Warnings,
}

/// What becomes of null.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// It takes away what it stands over (helm's `Coalesce`).
    Remove,
    /// It stays (helm's `Merge`).
    Keep,
}

impl Coalescer<'_> {
    /// Puts a chart's values, and those of the charts below, under a table.
    pub(crate) fn coalesce(
        &mut self,
        part: &Part,
        into: Id,
        prefix: &str,
        nulls: Nulls,
    ) -> Result<(), Error> {
        let prefix = joined(prefix, part.name());
        self.own(part, into, &prefix, nulls)?;
        for below in &part.dependencies {
            let values = match self.tables.get(into, below.name()) {
                Some(Node::Table(id)) => *id,
                None => {
                    let id = self.tables.empty();
                    self.tables.insert(into, below.name().into(), Node::Table(id))?;
                    id
                }
                Some(other @ (Node::Null | Node::Leaf(_))) => {
                    let shown = self.tables.shown(other, 't');
                    let text = format!("type mismatch on {}: {shown}", below.name());
                    return Err(Error::refused(text));
                }
            };
            self.globals(values, into, &prefix)?;
            self.coalesce(below, values, &prefix, nulls)?;
        }
        Ok(())
    }

    /// A chart's own values.
    fn own(&mut self, part: &Part, into: Id, prefix: &str, nulls: Nulls) -> Result<(), Error> {
        let defaults = self.tables.plant(&part.values, 0)?;
        for (key, default) in self.tables.entries(defaults) {
            self.tables.step()?;
            match (self.tables.get(into, &key), default) {
                (Some(Node::Null), _) => {
                    if nulls == Nulls::Remove {
                        self.tables.remove(into, &key);
                    }
                }
                (Some(Node::Table(given)), Node::Table(default)) => {
                    let given = *given;
                    let is_chart = part.dependencies.iter().any(|below| below.name() == &*key);
                    let nulls = if is_chart { Nulls::Keep } else { nulls };
                    if nulls == Nulls::Remove {
                        self.without_nulls(default);
                    }
                    self.under((given, default), &joined(prefix, &key), nulls, 0)?;
                }
                (Some(Node::Table(_)), Node::Leaf(_)) => {
                    self.warnings.push(Warning::Skipped { path: joined(prefix, &key) });
                }
                (Some(Node::Table(_)), Node::Null) | (Some(Node::Leaf(_)), _) => {}
                (None, Node::Null) if nulls == Nulls::Remove => {}
                (None, default) => {
                    if let (Node::Table(table), Nulls::Remove) = (&default, nulls) {
                        self.without_nulls(*table);
                    }
                    self.tables.insert(into, key, default)?;
                }
            }
        }
        Ok(())
    }

    /// Puts the entries of a table under those of another.
    pub(crate) fn under(
        &mut self,
        (upper, lower): (Id, Id),
        prefix: &str,
        nulls: Nulls,
        level: u64,
    ) -> Result<(), Error> {
        check_level(level)?;
        let present = |(key, node): (Rc<str>, Node)| (!matches!(node, Node::Null)).then_some(key);
        let present: BTreeSet<Rc<str>> =
            self.tables.entries(lower).into_iter().filter_map(present).collect();
        for (key, node) in self.tables.entries(upper) {
            if matches!(node, Node::Null) {
                self.tables.insert(lower, key, Node::Null)?;
            }
        }
        for (key, below) in self.tables.entries(lower) {
            self.tables.step()?;
            let path = || joined(prefix, &key);
            match (self.tables.get(upper, &key), below) {
                (None, below) => self.tables.insert(upper, key, below)?,
                (Some(Node::Null), _) if nulls == Nulls::Remove && present.contains(&key) => {
                    self.tables.remove(upper, &key);
                }
                (Some(Node::Table(above)), Node::Table(below)) => {
                    self.under((*above, below), &path(), nulls, level + 1)?;
                }
                (Some(Node::Null | Node::Leaf(_)), below @ Node::Table(_)) => {
                    let value = self.tables.shown(&below, 'v');
                    self.warnings.push(Warning::NotOverwritten { path: path(), value });
                }
                (Some(Node::Table(_)), below @ Node::Leaf(_)) => {
                    let value = self.tables.shown(&below, 'v');
                    self.warnings.push(Warning::Ignored { path: path(), value });
                }
                (Some(_), Node::Null | Node::Leaf(_)) => {}
            }
        }
        Ok(())
    }

    /// Takes null out of a table and the tables in it.
    fn without_nulls(&mut self, id: Id) {
        for (key, node) in self.tables.entries(id) {
            match node {
                Node::Null => self.tables.remove(id, &key),
                Node::Table(id) => self.without_nulls(id),
                Node::Leaf(_) => {}
            }
        }
    }

    /// Copies the globals of a chart to a chart below it.
    fn globals(&mut self, below: Id, above: Id, prefix: &str) -> Result<(), Error> {
        let Some(into) = self.global_table(below, Warning::GlobalsOfDestination) else {
            return Ok(());
        };
        let Some(from) = self.global_table(above, Warning::GlobalsOfSource) else {
            return Ok(());
        };
        for (key, node) in self.tables.entries(from) {
            let old = self.tables.get(into, &key).cloned();
            match (node, old) {
                (Node::Table(table), None) => {
                    let copy = self.tables.copy(table)?;
                    self.tables.insert(into, key, Node::Table(copy))?;
                }
                (Node::Table(table), Some(Node::Table(old))) => {
                    let copy = self.tables.copy(table)?;
                    self.under((copy, old), &joined(prefix, &key), Nulls::Keep, 0)?;
                    self.tables.insert(into, key, Node::Table(copy))?;
                }
                (Node::Table(_), Some(Node::Null | Node::Leaf(_))) => {
                    self.warnings.push(Warning::GlobalConflict { key: key.to_string() });
                }
                (Node::Null | Node::Leaf(_), Some(Node::Table(_))) => {
                    self.warnings.push(Warning::GlobalIsTable { key: key.to_string() });
                }
                (node @ (Node::Null | Node::Leaf(_)), _) => self.tables.insert(into, key, node)?,
            }
        }
        self.tables.insert(below, GLOBAL.into(), Node::Table(into))
    }

    /// The globals of a table; an empty table of its own where it has none.
    fn global_table(&mut self, id: Id, warning: Warning) -> Option<Id> {
        match self.tables.get(id, GLOBAL) {
            None => Some(self.tables.empty()),
            Some(Node::Table(id)) => Some(*id),
            Some(Node::Null | Node::Leaf(_)) => {
                self.warnings.push(warning);
                None
            }
        }
    }
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}
