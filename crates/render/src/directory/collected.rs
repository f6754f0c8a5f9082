//! What has come out of a directory so far.

use crate::questions::{Answer, Question};
use crate::{Problem, ProblemKind, Rendered, Warning};
use std::collections::BTreeMap;
use trimtab_model::{Directory, FileSelection, Manifest, Name, Namespace, limit};

/// What has come out so far. Problems and warnings beyond their limit are counted.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) objects: Vec<Manifest>,
    /// How many nodes were read, aliases expanded.
    pub(super) nodes: u64,
    /// How many bytes were read, with what aliases copied of them.
    pub(super) bytes: u64,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    passed_over: Vec<String>,
    more_problems: usize,
    more_warnings: usize,
}

impl Collected {
    pub(super) fn problem(&mut self, problem: Problem) {
        if (self.problems.len() as u64) < limit::RENDER_PROBLEMS_MAX {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }

    /// The bound beyond which the source is, if there is one, and what it bounds.
    pub(super) fn excess(&self) -> Option<(u64, &'static str)> {
        let objects = self.objects.len() as u64;
        if self.bytes > limit::RENDER_BYTES_MAX {
            return Some((limit::RENDER_BYTES_MAX, "bytes, aliases expanded"));
        }
        if self.nodes >= limit::RENDER_NODES_MAX {
            return Some((limit::RENDER_NODES_MAX, "nodes, aliases expanded"));
        }
        (objects > limit::RENDER_OBJECTS_MAX).then_some((limit::RENDER_OBJECTS_MAX, "objects"))
    }

    /// A file that is manifests by its name holds none, or one where there were two. Their number is bounded, as that of files is.
    pub(super) fn passed_over(&mut self, file: &str) {
        self.passed_over.push(file.to_owned());
    }

    pub(super) fn warning(&mut self, warning: Warning) {
        if (self.warnings.len() as u64) < limit::RENDER_PROBLEMS_MAX {
            self.warnings.push(warning);
        } else {
            self.more_warnings += 1;
        }
    }

    pub(super) fn finish(
        mut self,
        rules: &Directory,
        questions: Vec<(Question, Answer)>,
    ) -> Rendered {
        match rules.files {
            // The last one counts, and the planner, who knows namespaces, says so.
            FileSelection::LooksLikeManifests => {}
            FileSelection::EveryYamlFile => self.refuse_repeated(),
        }
        self.problems.sort();
        self.problems.dedup();
        self.count_the_rest();
        let passed_over = self.passed_over;
        let mut rendered = Rendered::new(self.objects, self.problems, self.warnings, questions);
        rendered.passed_over = passed_over;
        rendered
    }

    /// Refuses a second document for one object at one version; no namespace means `default` here.
    /// Source: Kustomize 5.8.1, `may not add resource with an already registered id`.
    fn refuse_repeated(&mut self) {
        let mut first: BTreeMap<_, &Manifest> = BTreeMap::new();
        let mut repeated = Vec::new();
        for object in self.objects.iter().filter(|object| !object.is_nameless()) {
            let namespace = object.key.namespace.as_ref().map_or("default", Namespace::as_str);
            let id = (object.kind(), namespace, Name::as_str(&object.key.name));
            let Some(before) = first.insert(id, object) else { continue };
            repeated.push(Problem {
                file: object.origin.file.to_string(),
                line: object.origin.line,
                column: 0,
                kind: ProblemKind::Repeated,
                message: format!("{} is described at {} already", object.key, before.origin),
            });
        }
        for problem in repeated {
            self.problem(problem);
        }
    }

    fn count_the_rest(&mut self) {
        let nowhere = || (String::new(), 0);
        if self.more_problems > 0 {
            let (file, line) = nowhere();
            let message = format!("{} more problems are not shown", self.more_problems);
            self.problems.push(Problem {
                file,
                line,
                column: 0,
                kind: ProblemKind::Limit,
                message,
            });
        }
        if self.more_warnings > 0 {
            let (file, line) = nowhere();
            let message = format!("{} more warnings are not shown", self.more_warnings);
            self.warnings.push(Warning { file, line, message });
        }
    }
}
