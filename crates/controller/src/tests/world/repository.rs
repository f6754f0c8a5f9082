//! The repository: commits, what a look at it tells, and what is rendered of it.

use super::{RendersEnd, URL, World};
use crate::effect::{Lane, RenderTask};
use crate::event::{Event, RenderOutcome, Rendering};
use crate::sources::Trouble;
use std::fmt::Write as _;
use std::sync::Arc;
use trimtab_model::{Class, Commit, Remote};
use trimtab_ports::git::{Ancestry, Head, Id, RefRow, Refs};
use trimtab_render::{FileTree, Kept, TreeInputs};

/// So many ConfigMaps, as one file.
pub fn config_maps(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().fold(String::new(), |mut text, number| {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}}}\ndata: {{a: b}}\n"
        );
        text
    })
}

impl World {
    /// A commit that makes a file say this.
    pub fn push(&mut self, path: &str, content: &str) {
        let tree = self.trees.last().expect("there is a first one").clone();
        self.trees.push(tree.with(path, content));
        self.events.push_back(Event::Pushed(vec![URL.to_owned()], None));
    }

    /// A commit that takes the place of the branch's last one.
    pub fn force(&mut self, path: &str, content: &str) {
        self.push(path, content);
        self.forced.insert(self.trees.len());
    }

    /// A commit that nobody tells of.
    pub fn push_quietly(&mut self, path: &str, content: &str) {
        self.push(path, content);
        self.events.pop_back();
    }

    /// Gives the newest commit another name: `refs/tags/v1`.
    pub fn name(&mut self, full_ref: &str) {
        self.refs.insert(full_ref.to_owned(), self.trees.len());
    }

    /// The newest commit.
    pub fn commit(&self) -> String {
        format!("{:02x}", self.trees.len()).repeat(20)
    }

    /// How a commit stands to another: one that was forced goes on from the last but one.
    pub(super) fn ancestry(&self, commit: &Commit, before: &Commit) -> Ancestry {
        let number = |commit| usize::from(Id::of(commit).expect("a commit of ours").as_bytes()[0]);
        let (mut at, before) = (number(commit), number(before));
        while at > before {
            at = at.saturating_sub(if self.forced.contains(&at) { 2 } else { 1 });
        }
        if at == before { self.ancestry } else { Ancestry::Rewritten }
    }

    fn refs(&self) -> Arc<Refs> {
        let number = u8::try_from(self.trees.len()).expect("few commits");
        let id = Id::from_bytes([number; 20]);
        let head = Head { target: Some("refs/heads/main".into()), commit: Some(id) };
        let mut rows = vec![RefRow { name: "refs/heads/main".into(), object: id, peeled: id }];
        for (name, number) in &self.refs {
            let id = Id::from_bytes([u8::try_from(*number).expect("few commits"); 20]);
            rows.push(RefRow { name: name.as_str().into(), object: id, peeled: id });
        }
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        Arc::new(Refs::new(Some(head), rows))
    }

    pub(super) fn looked(&self, remote: &Remote) -> Result<Arc<Refs>, Trouble> {
        let refuse = |message, of_access| {
            Err(Trouble { class: Class::User, message, of_access, retry_after: None })
        };
        if &*remote.url != URL {
            return refuse(format!("there is no repository {}", remote.url), false);
        }
        if self.credential.is_some() && self.credential.as_deref() != remote.credential.as_deref() {
            return refuse(format!("{} asks for a credential", remote.url), true);
        }
        Ok(self.refs())
    }

    pub(super) fn render(&self, task: RenderTask) -> Rendering {
        let parts = task.sources.iter().enumerate().map(|(number, (source, commit))| {
            let id = Id::of(commit).expect("a commit of ours");
            let tree: &dyn FileTree = &self.trees[usize::from(id.as_bytes()[0]) - 1];
            let is_over = || self.renders_end == RendersEnd::TooLate;
            let inputs = TreeInputs::until(tree, &is_over);
            let last = task.last.get(number).filter(|last| last.still_holds(&inputs));
            let rendered =
                || Kept::new(trimtab_render::render(&source.path, &source.renderer, &inputs));
            (last.is_some(), last.cloned().unwrap_or_else(|| Arc::new(rendered())))
        });
        let (held, parts): (Vec<bool>, Vec<Arc<Kept>>) = parts.unzip();
        let outcome = if held.iter().all(|held| *held) {
            RenderOutcome::Unchanged
        } else {
            RenderOutcome::Rendered(parts)
        };
        Rendering { app: task.app, ticket: task.ticket, outcome, lane: Lane::Quick }
    }
}
