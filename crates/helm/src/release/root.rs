//! The roots of templates' values: one map for each chart, shared by all its files. Source: helm
//! `engine.go` (`recAllTpls`).

use std::rc::Rc;

use serde_json::{Map as JsonMap, Value as Json};
use trimtab_template::{Depth, Error, Map, Run, Text, Value};

use super::capabilities::Capabilities;
use super::files::Files;
use super::metadata;
use super::table::{found, table};
use super::{Nested, Release};
use crate::function::json::{Numbers, converted};
use crate::questions::Questions;

/// The map of each chart, in the charts' order.
pub(super) fn roots(
    run: &Run<'_>,
    charts: &[Nested],
    release: &Release,
    values: JsonMap<String, Json>,
    questions: &Rc<Questions>,
) -> Result<Vec<Rc<Map>>, Error> {
    let values = converted(run, Json::Object(values), Numbers::AsTheyAre, Depth::of(run))?;
    let (release, capabilities) = (release_map(run, release)?, Capabilities::value(questions));
    let mut roots: Vec<Rc<Map>> = Vec::with_capacity(charts.len());
    for chart in charts {
        let parent = chart.parent.and_then(|parent| roots.get(parent));
        let values = match parent {
            None => values.clone(),
            Some(parent) => part_of(run, parent, &chart.metadata.name)?,
        };
        let map = run.heap().map([
            (Text::from("Chart"), metadata::map(run, &chart.metadata, parent.is_none())?),
            (Text::from("Files"), Files::value(&chart.files)),
            (Text::from("Release"), release.clone()),
            (Text::from("Capabilities"), capabilities.clone()),
            (Text::from("Values"), table(values)),
            (Text::from("Subcharts"), run.heap().map([])?),
        ])?;
        if let Some(Value::Map(others)) = parent.and_then(|parent| parent.get(b"Subcharts")) {
            others.insert(run.heap(), Text::from(&*chart.metadata.name), map.clone())?;
        }
        let Value::Map(map) = map else {
            return Err(Error::misuse("a heap's map is no map"));
        };
        roots.push(map);
    }
    Ok(roots)
}

/// A chart's values in those of the chart that it is part of. A name with dots is a path of keys.
fn part_of(run: &Run<'_>, parent: &Rc<Map>, name: &str) -> Result<Value, Error> {
    let path = format!("Values.{name}");
    found(parent, path.as_bytes()).or_else(|_| run.heap().map([]))
}

fn release_map(run: &Run<'_>, release: &Release) -> Result<Value, Error> {
    let Release { name, namespace, revision, is_upgrade } = release;
    run.heap().map([
        (Text::from("Name"), run.heap().text(&**name)?),
        (Text::from("Namespace"), run.heap().text(&**namespace)?),
        (Text::from("IsUpgrade"), Value::Bool(*is_upgrade)),
        (Text::from("IsInstall"), Value::Bool(!is_upgrade)),
        (Text::from("Revision"), Value::int(*revision)),
        (Text::from("Service"), Value::from("Helm")),
    ])
}

/// Says which file is carried out next.
pub(super) fn tell_template(
    run: &Run<'_>,
    root: &Rc<Map>,
    name: &Text,
    chart: &str,
) -> Result<(), Error> {
    let template = run.heap().map([
        (Text::from("Name"), Value::String(name.clone())),
        (Text::from("BasePath"), Value::from(format!("{chart}/templates"))),
    ])?;
    root.insert(run.heap(), Text::from("Template"), table(template))
}

/// What a template gets.
pub(super) fn dot(root: &Rc<Map>) -> Value {
    table(Value::Map(Rc::clone(root)))
}
