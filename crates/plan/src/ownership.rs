//! One owner for each object (P3): who has it, and what that lets us do.

use crate::{Claimant, Claims, LiveObject, Wanted};
use trimtab_model::OwnerClaim;

/// To whom a live object belongs, seen from an application whose render has it.
///
/// | its marks | our inventory | the claimants | |
/// |---|---|---|---|
/// | none | has it | – | `Ours`: somebody took the mark away |
/// | none | has it not | – | `Adopt` |
/// | ours | has it | – | `Ours` |
/// | ours | has it not | – | `Adopt` |
/// | another's, perhaps ours too | – | one still has it | `Theirs` |
/// | another's, perhaps ours too | – | one is not known yet | `Undecided` |
/// | another's | – | all are gone or no longer have it | `HandOver` |
/// | another's and ours | has it, or not | all are gone or no longer have it | `Ours`, or `Adopt` |
///
/// An absent object belongs to nobody and is created.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ownership {
    /// We applied it.
    Ours,
    /// Nobody else has it: it becomes ours, and the plan says so.
    Adopt,
    /// Its former owner is gone or no longer has it: it becomes ours, and the former owner keeps it.
    HandOver(OwnerClaim),
    /// Another application still has it: this one object is refused, and both are named.
    Theirs(OwnerClaim),
    /// A claimant's render is not known yet: nothing is done until it is.
    Undecided(OwnerClaim),
}

/// Decides to whom a live object belongs, for an application whose render has it. `inventoried` says
/// whether the object stands in its inventory.
pub fn ownership(
    ours: &OwnerClaim,
    object: &LiveObject,
    inventoried: bool,
    claims: &dyn Claims,
) -> Ownership {
    let others: Vec<(&OwnerClaim, Claimant)> = object
        .claims
        .iter()
        .filter(|claim| *claim != ours)
        .map(|claim| (claim, claims.status_of(claim, &object.key)))
        .collect();
    let first =
        |status: Claimant| others.iter().find(|(_, s)| *s == status).map(|(c, _)| (*c).clone());
    if let Some(owner) = first(Claimant::HasIt) {
        return Ownership::Theirs(owner);
    }
    if let Some(owner) = first(Claimant::Unknown) {
        return Ownership::Undecided(owner);
    }
    match others.first() {
        Some((former, _)) if !object.claims.contains(ours) => {
            Ownership::HandOver((*former).clone())
        }
        Some(_) | None if inventoried => Ownership::Ours,
        Some(_) | None => Ownership::Adopt,
    }
}

/// Whether a live object may be removed by an application whose render no longer has it, as far as
/// its owners go. Asked for what the inventory has, and for what only carries our mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemovalRight {
    /// It carries our mark and nobody else wants it.
    Ours,
    /// It does not carry our mark.
    NotOurs,
    /// It carries another application's mark, or another application's render has it.
    Claimed(OwnerClaim),
    /// A possible claimant's render is not known yet: the removal waits. Whose, if that is known.
    Undecided(Option<OwnerClaim>),
}

/// Decides whether a live object may be removed, as far as its owners go.
pub fn removal_right(ours: &OwnerClaim, object: &LiveObject, claims: &dyn Claims) -> RemovalRight {
    let mut others = object.claims.iter().filter(|claim| *claim != ours);
    if !object.claims.contains(ours) {
        return others.next().map_or(RemovalRight::NotOurs, |o| RemovalRight::Claimed(o.clone()));
    }
    for other in others {
        match claims.status_of(other, &object.key) {
            Claimant::HasIt => return RemovalRight::Claimed(other.clone()),
            Claimant::Unknown => return RemovalRight::Undecided(Some(other.clone())),
            Claimant::Gone | Claimant::NoLongerHasIt => {}
        }
    }
    match claims.wanted(&object.key, ours) {
        Wanted::ByNobody => RemovalRight::Ours,
        Wanted::By(owner) => RemovalRight::Claimed(owner),
        Wanted::Unknown(owner) => RemovalRight::Undecided(owner),
    }
}
