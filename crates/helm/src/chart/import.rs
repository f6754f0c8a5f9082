//! Values that a chart takes from the charts below. Source: helm `dependencies.go`
//! (`processImportValues`).

use std::rc::Rc;

use serde_json::{Value, json};

use super::part::Part;
use super::process::Process;
use super::{Dependency, Error, Exceeded, Warning};
use crate::values::{Coalescer, Id, Lookup, Node, Nulls, shown};

/// What a dependency's `import-values` asks for.
struct Import {
    child: String,
    parent: String,
    /// Whether it was asked for by the name of an export.
    is_export: bool,
}

/// How deep the path of an import may be, in names.
const LEVELS_MAX: u64 = trimtab_model::limit::YAML_DEPTH_MAX;

impl Import {
    /// None if it is neither a name nor a pair.
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(name) => Some(Self {
                child: format!("exports.{name}"),
                parent: ".".to_owned(),
                is_export: true,
            }),
            Value::Object(pair) => {
                let of = |key| shown(pair.get(key).unwrap_or(&Value::Null));
                Some(Self { child: of("child"), parent: of("parent"), is_export: false })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        }
    }
}

impl Process {
    /// Adds what each chart imports to its values, from the deepest chart up.
    pub(super) fn import(&mut self, part: &mut Part) -> Result<(), Error> {
        for below in &mut part.dependencies {
            self.import(below)?;
        }
        let Some(mut dependencies) = part.metadata.dependencies.take() else {
            return Ok(());
        };
        let mark = self.tables.mark();
        let values = self.tables.empty();
        self.coalesce(part, values, Nulls::Keep)?;
        let imported = self.tables.empty();
        for dependency in &mut dependencies {
            self.import_from(dependency, values, imported)?;
        }
        // What is imported may be a part of the values, so they are copied first.
        let own = self.tables.deep_copy(values, 0)?;
        self.put_under(own, imported)?;
        part.values = Rc::new(self.tables.lifted(own, 0)?);
        part.metadata.dependencies = Some(dependencies);
        self.tables.release(mark);
        Ok(())
    }

    fn import_from(
        &mut self,
        dependency: &mut Dependency,
        values: Id,
        imported: Id,
    ) -> Result<(), Error> {
        let imports: Vec<Import> = dependency.import_values.iter().filter_map(Import::of).collect();
        for import in &imports {
            let path = format!("{}.{}", dependency.name, import.child);
            match self.tables.table(values, &path) {
                Lookup::Found(table) => {
                    let table =
                        if self.tables.is_empty(table) { self.tables.empty() } else { table };
                    let table = self.at_path(&import.parent, table)?;
                    self.put_under(imported, table)?;
                }
                Lookup::NoTable(key) if import.is_export => {
                    self.warnings.push(Warning::NoExport { key });
                }
                Lookup::NoTable(key) => {
                    let chart = dependency.name.clone();
                    self.warnings.push(Warning::NoImport { chart, key });
                }
            }
        }
        let pair = |import: Import| json!({"child": import.child, "parent": import.parent});
        dependency.import_values = imports.into_iter().map(pair).collect();
        Ok(())
    }

    /// A table as it stands at a path of keys.
    fn at_path(&mut self, path: &str, table: Id) -> Result<Id, Error> {
        if path == "." {
            return Ok(table);
        }
        if path.split('.').count() as u64 > LEVELS_MAX {
            return Err(Exceeded::ValueLevels(LEVELS_MAX).into());
        }
        let mut at = table;
        for key in path.rsplit('.') {
            let outer = self.tables.empty();
            self.tables.insert(outer, key.into(), Node::Table(at))?;
            at = outer;
        }
        Ok(at)
    }

    fn put_under(&mut self, upper: Id, lower: Id) -> Result<(), Error> {
        let Self { tables, warnings, .. } = self;
        Coalescer { tables, warnings }.under((upper, lower), "", Nulls::Keep, 0)
    }
}
