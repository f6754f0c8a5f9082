//! `.Chart`: a map with the fields of helm's own struct as keys. Source: helm `common.go`
//! (`structToMap`).

use trimtab_template::{Depth, Error, Run, Text, Type, Value};

use crate::chart::{Dependency, Maintainer, Metadata};
use crate::function::json::{Numbers, converted};

/// What templates see of a chart.
pub(super) fn map(run: &Run<'_>, chart: &Metadata, is_root: bool) -> Result<Value, Error> {
    let heap = run.heap();
    let text = |text: &str| heap.text(text);
    let maintainers = chart.maintainers.iter().map(|one| maintainer(run, one));
    let dependencies = chart.dependencies.iter().flatten().map(|one| dependency(run, one));
    let annotations = match &chart.annotations {
        None => Value::NilOf(Type::map_of(Type::String)),
        Some(annotations) => {
            let entries =
                annotations.iter().map(|(key, value)| Ok((key.as_str().into(), text(value)?)));
            heap.map_of(Type::String, entries.collect::<Result<Vec<_>, Error>>()?)?
        }
    };
    heap.map([
        (Text::from("APIVersion"), text(&chart.api_version)?),
        (Text::from("Annotations"), annotations),
        (Text::from("AppVersion"), text(&chart.app_version)?),
        (Text::from("Condition"), text(&chart.condition)?),
        (Text::from("Dependencies"), heap.list(dependencies.collect::<Result<_, _>>()?)?),
        (Text::from("Deprecated"), Value::Bool(chart.deprecated)),
        (Text::from("Description"), text(&chart.description)?),
        (Text::from("Home"), text(&chart.home)?),
        (Text::from("Icon"), text(&chart.icon)?),
        (Text::from("IsRoot"), Value::Bool(is_root)),
        (Text::from("Keywords"), texts(run, &chart.keywords)?),
        (Text::from("KubeVersion"), text(&chart.kube_version)?),
        (Text::from("Maintainers"), heap.list(maintainers.collect::<Result<_, _>>()?)?),
        (Text::from("Name"), text(&chart.name)?),
        (Text::from("Sources"), texts(run, &chart.sources)?),
        (Text::from("Tags"), text(&chart.tags)?),
        (Text::from("Type"), text(&chart.kind)?),
        (Text::from("Version"), text(&chart.version)?),
    ])
}

fn texts(run: &Run<'_>, texts: &[String]) -> Result<Value, Error> {
    let items = texts.iter().map(|text| run.heap().text(&**text));
    run.heap().list(items.collect::<Result<_, _>>()?)
}

fn maintainer(run: &Run<'_>, one: &Maintainer) -> Result<Value, Error> {
    run.heap().map([
        (Text::from("Name"), run.heap().text(&*one.name)?),
        (Text::from("Email"), run.heap().text(&*one.email)?),
        (Text::from("URL"), run.heap().text(&*one.url)?),
    ])
}

fn dependency(run: &Run<'_>, one: &Dependency) -> Result<Value, Error> {
    let text = |text: &str| run.heap().text(text);
    let imports = one.import_values.iter().cloned();
    let imports = imports.map(|one| converted(run, one, Numbers::AsTheyAre, Depth::of(run)));
    run.heap().map([
        (Text::from("Name"), text(&one.name)?),
        (Text::from("Version"), text(&one.version)?),
        (Text::from("Repository"), text(&one.repository)?),
        (Text::from("Condition"), text(&one.condition)?),
        (Text::from("Tags"), texts(run, &one.tags)?),
        (Text::from("Enabled"), Value::Bool(one.enabled)),
        (Text::from("ImportValues"), run.heap().list(imports.collect::<Result<_, _>>()?)?),
        (Text::from("Alias"), text(&one.alias)?),
    ])
}
