//! `.Capabilities`: what a cluster can do. Each thing is asked where a template comes to it. Source: helm
//! `capabilities.go`.

use std::any::Any;
use std::rc::Rc;

use trimtab_template::{
    Arguments, Error, Function, NamedType, Native, Object, Run, Signature, Text, Type, Value,
};

use crate::kubernetes::KubernetesVersion;
use crate::questions::Questions;

/// A `*common.Capabilities`.
pub(super) struct Capabilities(Rc<Questions>);

/// A `common.KubeVersion`.
struct KubeVersion(KubernetesVersion);

/// A `common.VersionSet`: the list of APIs, which is asked for only where a template goes through it.
struct Apis(Rc<Questions>);

/// A `version.BuildInfo`.
struct HelmVersion;

impl Capabilities {
    pub(super) fn value(questions: &Rc<Questions>) -> Value {
        Value::object(Self(Rc::clone(questions)))
    }
}

/// A method without arguments.
fn constant(result: Type, value: impl Fn() -> Value + 'static) -> Rc<dyn Function> {
    let body = move |_: &mut Run<'_>, _: Arguments<'_>| -> Result<Value, Error> { Ok(value()) };
    Rc::new(Native::new(Signature::new([], result), body))
}

impl Object for Capabilities {
    fn go_type(&self) -> &'static str {
        "*common.Capabilities"
    }

    fn field(&self, name: &[u8]) -> Option<Value> {
        Some(match name {
            b"KubeVersion" => Value::object(KubeVersion(self.0.kubernetes())),
            b"APIVersions" => Value::lazy(Apis(Rc::clone(&self.0))),
            b"HelmVersion" => Value::object(HelmVersion),
            _ => return None,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        ["KubeVersion", "APIVersions", "HelmVersion"]
            .into_iter()
            .filter_map(|name| Some((name, self.field(name.as_bytes())?)))
            .collect()
    }

    fn method(&self, name: &[u8]) -> Option<Rc<dyn Function>> {
        let questions = Rc::clone(&self.0);
        (name == b"Copy")
            .then(|| constant(Type::named(self.go_type()), move || Self::value(&questions)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for KubeVersion {
    fn go_type(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn field(&self, name: &[u8]) -> Option<Value> {
        Some(Value::from(match name {
            b"Version" => &*self.0.version,
            b"Major" => &self.0.major,
            b"Minor" => &self.0.minor,
            _ => return None,
        }))
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let KubernetesVersion { version, normalized, major, minor } = &self.0;
        [
            ("Version", version),
            ("normalizedVersion", normalized),
            ("Major", major),
            ("Minor", minor),
        ]
        .map(|(name, text)| (name, Value::from(&**text)))
        .to_vec()
    }

    fn method(&self, name: &[u8]) -> Option<Rc<dyn Function>> {
        let text = match name {
            b"GitVersion" => self.0.version.clone(),
            b"String" => self.0.text().to_owned(),
            _ => return None,
        };
        Some(constant(Type::String, move || Value::from(&*text)))
    }

    fn pointer_text(&self) -> Option<Text> {
        Some(Text::from(self.0.text()))
    }

    fn equals(&self, other: &Value) -> Option<bool> {
        let Value::Object(other) = other else {
            return Some(false);
        };
        let other = other.as_any().downcast_ref::<Self>();
        Some(other.is_some_and(|other| other.0 == self.0))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl NamedType for Apis {
    fn name(&self) -> &'static str {
        "common.VersionSet"
    }

    fn base(&self) -> Value {
        let apis = self.0.apis().into_iter().map(Value::from);
        Value::list_of(Type::String, apis.collect())
    }

    fn method(&self, _base: &Value, name: &[u8]) -> Option<Rc<dyn Function>> {
        let questions = Rc::clone(&self.0);
        let has = move |_: &mut Run<'_>, a: Arguments<'_>| -> Result<Value, Error> {
            Ok(Value::Bool(questions.has_api(&a.text(0)?.as_str())))
        };
        (name == b"Has").then(|| -> Rc<dyn Function> {
            Rc::new(Native::new(Signature::new([Type::String], Type::Bool), has))
        })
    }
}

/// What helm 4.3.1 says of itself: each field by its name in Go, its name in JSON, and its text.
const HELM: [(&str, &str, &str); 5] = [
    ("Version", "version", "v4.3.1"),
    ("GitCommit", "git_commit", "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff"),
    ("GitTreeState", "git_tree_state", "clean"),
    ("GoVersion", "go_version", "go1.27.2"),
    ("KubeClientVersion", "kube_client_version", "v1.37"),
];

impl Object for HelmVersion {
    fn go_type(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn field(&self, name: &[u8]) -> Option<Value> {
        let found = HELM.iter().find(|(field, ..)| field.as_bytes() == name);
        found.map(|(.., text)| Value::from(*text))
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        HELM.map(|(name, _, text)| (name, Value::from(text))).to_vec()
    }

    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        HELM.map(|(_, name, text)| (name, Value::from(text))).to_vec()
    }

    fn equals(&self, other: &Value) -> Option<bool> {
        let Value::Object(other) = other else {
            return Some(false);
        };
        Some(other.as_any().is::<Self>())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
