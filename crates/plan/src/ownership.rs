//! One owner for each object (P3): who has it, and what that lets us do.

use crate::{Claimant, Claims, Elsewhere, LiveObject, Wanted};
use std::sync::Arc;
use trimtab_model::{ObjectKey, OwnerClaim};

/// To whom a live object belongs, seen from an application whose render has it.
///
/// | its marks | our inventory | the claimants | |
/// |---|---|---|---|
/// | none | has it | – | `Ours`: somebody took the mark away |
/// | none | has it not | – | `Adopt` |
/// | ours | has it | – | `Ours` |
/// | ours | has it not | no other namespace has an application of our name | `Adopt` |
/// | ours | has it not | one has | `Theirs` |
/// | another's, perhaps ours too | – | one still has it | `Theirs` |
/// | another's, perhaps ours too | – | one is not known yet | `Undecided` |
/// | another's, perhaps ours too | – | nobody can tell whether it is one of another namespace | `Unseen` |
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
    /// Nobody can tell whether its mark means an application of another namespace, and why.
    Unseen(OwnerClaim, Arc<str>),
}

/// Decides to whom a live object belongs, for an application whose render has it. `inventoried` says
/// whether the object stands in its inventory.
pub fn ownership(
    ours: &OwnerClaim,
    object: &LiveObject,
    inventoried: bool,
    claims: &dyn Claims,
) -> Ownership {
    let (mut waits, mut former) = (None, None);
    for claim in &object.claims {
        let is_ours = is_ours(claim, ours);
        let standing = match (is_ours, inventoried) {
            // It is written down in our own resource that we applied it.
            (true, true) => Standing::Free,
            (true, false) => elsewhere(claim, claims),
            (false, _) => standing(claim, &object.key, claims),
        };
        match standing {
            Standing::HasIt(owner) => return Ownership::Theirs(owner),
            Standing::Unknown => {
                waits.get_or_insert(Ownership::Undecided(claim.clone()));
            }
            Standing::Unseen(why) => {
                waits.get_or_insert(Ownership::Unseen(claim.clone(), why));
            }
            Standing::Free if !is_ours => {
                former.get_or_insert(claim.clone());
            }
            Standing::Free => {}
        }
    }
    let marked = object.claims.iter().any(|claim| is_ours(claim, ours));
    match (waits, former) {
        (Some(waits), _) => waits,
        (None, Some(former)) if !marked => Ownership::HandOver(former),
        (None, _) if inventoried => Ownership::Ours,
        (None, _) => Ownership::Adopt,
    }
}

/// Whether a mark is ours, or was before our installation had a name.
fn is_ours(claim: &OwnerClaim, ours: &OwnerClaim) -> bool {
    claim == ours || claim.is_unnamed(ours)
}

/// How an owner that an object names stands to it.
enum Standing {
    /// Gone, or it no longer has the object.
    Free,
    /// It has it.
    HasIt(OwnerClaim),
    /// Its render is not known yet.
    Unknown,
    /// Nobody can tell whether it is an application of another namespace.
    Unseen(Arc<str>),
}

fn standing(claim: &OwnerClaim, key: &ObjectKey, claims: &dyn Claims) -> Standing {
    match claims.status_of(claim, key) {
        Claimant::HasIt => Standing::HasIt(claim.clone()),
        Claimant::Unknown => Standing::Unknown,
        Claimant::NoLongerHasIt => Standing::Free,
        Claimant::Gone => elsewhere(claim, claims),
    }
}

fn elsewhere(claim: &OwnerClaim, claims: &dyn Claims) -> Standing {
    match claims.elsewhere(claim) {
        Elsewhere::Nobody => Standing::Free,
        Elsewhere::Is(owner) => Standing::HasIt(owner),
        Elsewhere::Unknown(why) => Standing::Unseen(why),
    }
}

/// The marks of an object that may mean applications of other namespaces: of them, whose it is depends.
pub(crate) fn doubts<'a>(
    ours: &'a OwnerClaim,
    object: &'a LiveObject,
    inventoried: bool,
    claims: &'a dyn Claims,
) -> impl Iterator<Item = &'a OwnerClaim> {
    object.claims.iter().filter(move |claim| {
        if is_ours(claim, ours) {
            !inventoried
        } else {
            claims.status_of(claim, &object.key) == Claimant::Gone
        }
    })
}

/// Whether a live object may be removed by an application whose render no longer has it, as far as
/// its owners go. Asked for what the inventory has, and for what only carries our mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemovalRight {
    /// It carries our mark and nobody else wants it.
    Ours,
    /// It does not carry our mark.
    NotOurs,
    /// It carries our mark as it was before our installation had a name: it may be another installation's.
    Unnamed,
    /// It carries another application's mark, or another application's render has it.
    Claimed(OwnerClaim),
    /// A possible claimant's render is not known yet: the removal waits. Whose, if that is known.
    Undecided(Option<OwnerClaim>),
}

/// Decides whether a live object may be removed, as far as its owners go. `inventoried` says whether it
/// stands in the inventory: else our mark may be that of another namespace's application of our name.
pub fn removal_right(
    ours: &OwnerClaim,
    object: &LiveObject,
    inventoried: bool,
    claims: &dyn Claims,
) -> RemovalRight {
    let mut others = object.claims.iter().filter(|claim| *claim != ours);
    if !object.claims.contains(ours) {
        if !object.claims.is_empty() && object.claims.iter().all(|claim| claim.is_unnamed(ours)) {
            return RemovalRight::Unnamed;
        }
        return others.next().map_or(RemovalRight::NotOurs, |o| RemovalRight::Claimed(o.clone()));
    }
    let of_our_name = (!inventoried).then(|| (ours, elsewhere(ours, claims)));
    let others = others.map(|other| (other, standing(other, &object.key, claims)));
    for (other, standing) in of_our_name.into_iter().chain(others) {
        match standing {
            Standing::HasIt(owner) => return RemovalRight::Claimed(owner),
            Standing::Unknown | Standing::Unseen(_) => {
                return RemovalRight::Undecided(Some(other.clone()));
            }
            Standing::Free => {}
        }
    }
    match claims.wanted(&object.key, ours) {
        Wanted::ByNobody => RemovalRight::Ours,
        Wanted::By(owner) => RemovalRight::Claimed(owner),
        Wanted::Unknown(owner) => RemovalRight::Undecided(owner),
    }
}
