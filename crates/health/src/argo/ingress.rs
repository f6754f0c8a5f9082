//! `Ingress`: healthy once something has given it an address.

use super::Health;
use crate::object::{Malformed, list};
use serde_json::Value;

#[expect(clippy::unnecessary_wraps, reason = "all checks have one signature")]
pub fn health(object: &Value) -> Result<Health, Malformed> {
    let addresses = list(object, &["status", "loadBalancer", "ingress"]).unwrap_or_default();
    Ok(if addresses.is_empty() { Health::progressing("") } else { Health::healthy("") })
}
