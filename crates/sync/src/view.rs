//! What a step may look at: one application and the world around it at one moment.

use crate::{Asked, Condition, Record};
use std::time::Duration;
use trimtab_model::{Class, NotSupported, Restraint, SourceRevision, Timestamp};
use trimtab_plan::{Assessment, Desired, World};

/// One application and the world around it, read-only.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What plans are made of; its inventory is [`crate::State::inventory`].
    pub world: World<'a>,
    /// What the resource remembers.
    pub record: &'a Record,
    /// How the family differs where a value of the domain says it.
    pub habits: Habits,
    /// The newest render, made ready for this cluster.
    pub desired: Option<&'a Desired>,
    /// What stands in the way of a newer one.
    pub source: &'a Source,
    /// The newest render beside the cluster; absent while one of its kinds has not been seen whole.
    pub assessment: Option<&'a Assessment>,
    /// Whether history was rewritten since the last sync (P13).
    pub rewritten: bool,
    /// Whether we may write.
    pub writes: &'a Writes,
    /// Whether windows permit a sync now.
    pub windows: &'a Windows,
    /// What is wrong with the resource, its project or its destination: no sync begins.
    pub invalid: &'a [Condition],
    /// The revisions that `desired` and `source` are of, where they are not the application's own.
    pub asked: Option<&'a Asked>,
    /// Where an inventory that is too large for the status may stand.
    pub room: Room<'a>,
    /// Whether our finalizer is on the resource.
    pub finalizer: bool,
    /// The resource's kind or namespace is going away: its deletion is nobody's wish (P4).
    pub kind_goes_away: bool,
}

impl<'a> View<'a> {
    /// What is accepted, does not act yet, and stops all writes of the application: of the resource
    /// itself, of its project, and of its objects.
    pub fn restraints(&self) -> impl Iterator<Item = &'a NotSupported> + use<'a> {
        let of_project = self.world.project.into_iter().flat_map(|p| &p.not_supported);
        let of_objects = self.desired.into_iter().flat_map(|desired| &desired.not_supported);
        let of_app = self.world.app.not_supported.iter();
        let all = of_app.chain(of_project).chain(of_objects);
        all.filter(|field| field.restraint == Restraint::Restrains)
    }
}

/// What differs between the families beside the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Whether the family puts a finalizer on each resource.
    pub finalizer: bool,
    /// How soon after a failed run the next one comes by itself; `None` leaves it to the retries of the
    /// operation, and to people.
    pub retry_after: Option<Duration>,
    /// Whether a sync is due at each revision and at each change of the resource, also where all is as
    /// desired or the last one failed.
    pub runs_on_change: bool,
}

/// What stands in the way of a newer render.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Nothing.
    #[default]
    Ready,
    /// It is on its way: no news.
    Coming,
    /// It cannot be had; the last good state stays in force (P13).
    Trouble {
        /// What it asks of us.
        class: Class,
        /// The sentence for people.
        message: String,
        /// The revision as it was asked for, where none was found.
        asked: Option<SourceRevision>,
    },
}

/// Where an inventory that is too large for the status may stand (P11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room<'a> {
    /// In objects of its own.
    Shards,
    /// Nowhere, and why.
    StatusOnly(&'a str),
}

/// Whether we may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writes {
    /// Yes.
    Allowed,
    /// No Lease: nothing at all is written, nor reported.
    NotLeading,
    /// Another controller has just let go of this resource (P9): nothing at all is written, nor
    /// reported, until it is sure that it stays so.
    Settling,
    /// Only plans and reports in memory: `--observe`.
    Observe,
    /// Another controller writes this resource (P9): nothing is written to it or for it.
    ForeignOwner(String),
}

/// What sync windows say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    /// Of a sync that starts by itself.
    pub automatic: Window,
    /// Of a sync that a person asks for, or that runs.
    pub manual: Window,
    /// What of them is not as somebody meant it, whether a sync is due or not.
    pub remarks: Vec<Condition>,
}

/// Whether a window permits it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// It does.
    #[default]
    Open,
    /// It does not.
    Closed {
        /// When to look again, if it is known.
        until: Option<Timestamp>,
        /// What an operation says that may not go on.
        message: String,
    },
}
