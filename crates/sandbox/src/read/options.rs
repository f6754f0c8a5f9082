//! What goes together in a list or a watch. Source: apimachinery,
//! `pkg/apis/meta/internalversion/validation`.

use crate::refusal::{Cause, Refusal};
use crate::request::Request;

const MATCH: &str = "resourceVersionMatch";

/// Refuses options of a list that do not go together.
pub(super) fn check_list(request: &Request) -> Result<(), Refusal> {
    let mut causes = Vec::new();
    let mut forbid = |field: &str, why: &str| causes.push(Cause::forbidden(field, why));
    if let Some(matching) = request.parameter(MATCH) {
        if request.parameter("resourceVersion").is_none() {
            let why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
            forbid(MATCH, why);
        }
        if request.parameter("continue").is_some() {
            forbid(MATCH, "resourceVersionMatch is forbidden when continue is provided");
        }
        if matching == "Exact" && request.parameter("resourceVersion") == Some("0") {
            let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            forbid(MATCH, why);
        }
        if !matches!(matching, "Exact" | "NotOlderThan") {
            causes.push(unsupported(matching, &["Exact", "NotOlderThan", ""]));
        }
    }
    if request.parameter("sendInitialEvents").is_some() {
        let why = "sendInitialEvents is forbidden for list";
        causes.push(Cause::forbidden("sendInitialEvents", why));
    }
    refuse(&causes)
}

/// Refuses options of a watch that do not go together.
pub(crate) fn check_watch(request: &Request) -> Result<(), Refusal> {
    let mut causes = Vec::new();
    let mut forbid = |why: &str| causes.push(Cause::forbidden(MATCH, why));
    let matching = request.parameter(MATCH);
    let initial = request.parameter("sendInitialEvents");
    if initial.is_some() && matching != Some("NotOlderThan") {
        forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if matching.is_some() && initial.is_none() {
        forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    if let Some(other) = matching.filter(|matching| *matching != "NotOlderThan") {
        causes.push(unsupported(other, &["NotOlderThan"]));
    }
    if matching.is_some() && request.parameter("continue").is_some() {
        let why = "resourceVersionMatch is forbidden when continue is provided";
        causes.push(Cause::forbidden(MATCH, why));
    }
    refuse(&causes)
}

fn unsupported(found: &str, supported: &[&str]) -> Cause {
    Cause::unsupported(MATCH, &format!("{found:?}"), supported)
}

fn refuse(causes: &[Cause]) -> Result<(), Refusal> {
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid_options("ListOptions", causes)) }
}

/// A version in a parameter; `None` where nothing is said.
pub(crate) fn version_parameter(request: &Request) -> Result<Option<u64>, String> {
    let Some(text) = request.parameter("resourceVersion") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        format!(
            "resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": \
             invalid syntax"
        )
    })
}

/// A whole number in a parameter; `None` where nothing is said.
pub(crate) fn number_parameter(request: &Request, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = request.parameter(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        Refusal::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))
    })
}
