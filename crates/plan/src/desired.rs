//! From renders to what is desired: scopes, namespaces, marks, permissions, and everything that stops
//! an object before the server sees it.

mod fields;
mod kinds;

use crate::{Desired, DesiredObject, Placed, Refusal, SourceFile, World, options};
use fields::Fields;
use kinds::{Definitions, Known};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use trimtab_merge::prepare;
use trimtab_model::{
    Digest, Directory, Document, Manifest, ObjectKey, Order, Origin, Renderer, Scope, Source,
    SourceRevision,
};
use trimtab_render::Rendered;

/// One source of an application, rendered.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The source, as the application has it.
    pub source: &'a Source,
    /// The revision that was rendered.
    pub revision: SourceRevision,
    /// What came out.
    pub rendered: &'a Rendered,
}

/// The images of a document's containers, sorted.
pub fn images(body: &Value) -> Vec<String> {
    let pods = [
        "/spec/template/spec/containers",
        "/spec/containers",
        "/spec/jobTemplate/spec/template/spec/containers",
    ];
    let containers = pods.iter().filter_map(|path| body.pointer(path)?.as_array()).flatten();
    let mut images: Vec<String> = containers
        .filter_map(|container| Some(container.get("image")?.as_str()?.to_owned()))
        .collect();
    images.sort();
    images.dedup();
    images
}

/// Makes one desired state of the renders of all sources, in their order; of objects that several
/// have, the last one counts. One bad object is refused by itself; problems of files, and what nobody
/// could tell, make the whole incomplete, and then nothing is done with it.
pub fn desired(world: &World<'_>, parts: &[Part<'_>]) -> Desired {
    let definitions = Definitions::of(parts.iter().flat_map(|part| &part.rendered.objects));
    let mut building = Building::new(world, definitions);
    for part in parts {
        building.take(part);
    }
    building.finish()
}

struct Building<'a> {
    world: &'a World<'a>,
    definitions: Definitions<'a>,
    seen: BTreeMap<ObjectKey, Vec<String>>,
    out: Desired,
}

impl<'a> Building<'a> {
    fn new(world: &'a World<'a>, definitions: Definitions<'a>) -> Self {
        let out = Desired {
            revisions: Vec::new(),
            objects: BTreeMap::new(),
            complete: true,
            problems: Vec::new(),
            warnings: Vec::new(),
            refused: BTreeMap::new(),
            refused_at: BTreeMap::new(),
            left_alone: BTreeMap::new(),
            passed_over: BTreeSet::new(),
            not_supported: Vec::new(),
            repeated: Vec::new(),
            digest: Digest::of(b""),
        };
        Self { world, definitions, seen: BTreeMap::new(), out }
    }

    fn take(&mut self, part: &Part<'_>) {
        let Renderer::Directory(directory) = &part.source.renderer;
        let source = self.out.revisions.len();
        self.out.revisions.push(part.revision.clone());
        self.out.complete &= part.rendered.complete;
        self.out.problems.extend(part.rendered.problems.iter().map(ToString::to_string));
        self.out.warnings.extend(part.rendered.warnings.iter().map(ToString::to_string));
        let file = |path: &String| SourceFile { source, path: path.clone() };
        self.out.passed_over.extend(part.rendered.passed_over.iter().map(file));
        part.rendered.objects.iter().for_each(|manifest| self.add(manifest, directory));
    }

    fn add(&mut self, manifest: &Manifest, directory: &Directory) {
        let (key, known) = self.placed(manifest, directory);
        if !manifest.is_nameless() {
            self.seen.entry(key.clone()).or_default().push(manifest.origin.to_string());
        }
        self.out.objects.remove(&key);
        self.out.refused.remove(&key);
        self.out.refused_at.remove(&key);
        self.out.left_alone.remove(&key);
        let app = self.world.app;
        let said = options::said(&app.annotations, app.policy.options, &key, manifest);
        self.out.not_supported.extend(said.not_supported.iter().cloned());
        if said.options.leave_alone || said.place != Placed::Ordinary {
            let place = if said.options.leave_alone { Placed::Skipped } else { said.place };
            self.out.left_alone.insert(key, place);
            return;
        }
        match self.object(manifest, directory, (&key, known), &said) {
            Ok(object) => drop(self.out.objects.insert(key, object)),
            Err(refusal) => {
                // Nothing is done with the whole, so a person has to read why.
                if let Refusal::KindUnknowable(why) = &refusal {
                    self.out.problems.push(why.clone());
                }
                self.out.refused_at.insert(key.clone(), (manifest.version.clone(), said.wave));
                self.out.refused.insert(key, refusal);
            }
        }
    }

    /// The object's key with the namespace that its kind's scope asks for.
    fn placed(&self, manifest: &Manifest, directory: &Directory) -> (ObjectKey, Known) {
        let known = self.definitions.known(self.world, manifest);
        let mut key = manifest.key.clone();
        let destination = &self.world.app.destination.namespace;
        match &known {
            Known::As(Scope::Cluster) => key.namespace = None,
            // Where the scope is not known nothing is applied and nothing pruned: the key is only a
            // name for people.
            Known::As(Scope::Namespaced) | Known::No(_) => {
                if let Some(namespace) = &directory.namespace_override {
                    key.namespace = Some(namespace.clone());
                }
                key.namespace = key.namespace.take().or_else(|| destination.clone());
            }
        }
        (key, known)
    }

    fn object(
        &mut self,
        manifest: &Manifest,
        directory: &Directory,
        (key, known): (&ObjectKey, Known),
        said: &options::Said,
    ) -> Result<DesiredObject, Refusal> {
        if manifest.is_nameless() {
            return Err(Refusal::Invalid(nameless(key, &manifest.origin)));
        }
        let scope = match known {
            Known::As(scope) => scope,
            Known::No(unknown) => return Err(unknown.refusal(manifest, key)),
        };
        self.permitted(manifest, (key, scope))?;
        let app = self.world.app;
        let mut body = prepare(manifest.body.clone());
        set_namespace(&mut body, key);
        let default_namespace = app.destination.namespace.as_ref().map_or("", |n| n.as_str());
        app.tracking.write(key, default_namespace, &mut body);
        let fields = Fields {
            schema: self.definitions.schema(self.world, &manifest.kind()),
            drop_unknown: said.drop_unknown_fields,
            directory,
        };
        fields.check((key, &manifest.origin), &mut body, &mut self.out.warnings)?;
        Ok(DesiredObject {
            key: key.clone(),
            version: manifest.version.clone(),
            digest: digest(self.world, key, &body),
            images: images(&body),
            body: Document::of(&body),
            wave: said.wave,
            origin: manifest.origin.clone(),
            options: said.options,
        })
    }

    fn permitted(
        &self,
        manifest: &Manifest,
        (key, scope): (&ObjectKey, Scope),
    ) -> Result<(), Refusal> {
        if scope == Scope::Namespaced && key.namespace.is_none() {
            let text = match self.world.app.policy.order {
                Order::Waves => {
                    format!("Namespace for {} {} is missing.", key.name, manifest.kind())
                }
                Order::Stages => format!("{key} namespace not specified"),
            };
            return Err(Refusal::Invalid(text));
        }
        let Some(project) = self.world.project else { return Ok(()) };
        project
            .permits_object(key, scope, self.world.cluster)
            .map_err(|refused| Refusal::NotPermitted(refused.to_string()))
    }

    fn finish(mut self) -> Desired {
        self.repeated();
        let out = &mut self.out;
        out.complete &= out.problems.is_empty();
        out.not_supported.sort();
        out.not_supported.dedup();
        let mut parts = vec![self.world.app.digest.as_bytes().to_vec()];
        parts.extend(out.revisions.iter().map(|r| r.commit.as_str().as_bytes().to_vec()));
        for object in out.objects.values() {
            parts.push(format!("{:?} {}", object.key, object.version).into_bytes());
            parts.push(object.digest.as_bytes().to_vec());
            parts.push(format!("{:?} {:?}", object.wave, object.options).into_bytes());
        }
        parts.push(format!("{:?} {:?} {:?}", out.refused, out.left_alone, out.problems).into());
        out.digest = Digest::of_parts(parts.iter().map(Vec::as_slice));
        self.out
    }

    /// The last of several counts, with a warning; where the order is by stages the build would have
    /// failed. Source: argo-cd `controller/state.go`; kustomize `resmap`.
    fn repeated(&mut self) {
        for (key, origins) in self.seen.iter().filter(|(_, origins)| origins.len() > 1) {
            match self.world.app.policy.order {
                Order::Waves => self.out.repeated.push(format!(
                    "Resource {}/{}/{}/{} appeared {} times among application resources. It is in \
                     {}; the last one counts.",
                    key.group,
                    key.kind,
                    key.namespace.as_ref().map_or("", |namespace| namespace.as_str()),
                    key.name,
                    origins.len(),
                    places(origins),
                )),
                Order::Stages => self
                    .out
                    .problems
                    .push(format!("{key} is there several times: {}", origins.join(", "))),
            }
        }
    }
}

/// How many places of one object are named.
const PLACES_SHOWN_MAX: usize = 5;

fn places(origins: &[String]) -> String {
    let shown = origins.iter().take(PLACES_SHOWN_MAX).map(String::as_str).collect::<Vec<_>>();
    match origins.len().saturating_sub(PLACES_SHOWN_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The one family would create another object at each sync, the other fails to build.
fn nameless(key: &ObjectKey, origin: &Origin) -> String {
    format!(
        "{key} ({origin}): `metadata.generateName` without `metadata.name`: each sync would create \
         another object, and none could be found again to be compared or pruned; give it a name of \
         its own"
    )
}

fn set_namespace(body: &mut Value, key: &ObjectKey) {
    let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    match &key.namespace {
        Some(namespace) => {
            metadata.insert("namespace".into(), Value::String(namespace.to_string()));
        }
        None => drop(metadata.remove("namespace")),
    }
}

/// A digest of what is applied; of a Secret under a key of this installation (P17).
fn digest(world: &World<'_>, key: &ObjectKey, body: &Value) -> Digest {
    let plain = Digest::of_json(body);
    if key.is("", "Secret") { Digest::keyed(world.secret_key, plain.as_bytes()) } else { plain }
}
