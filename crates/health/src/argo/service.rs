//! `Service`: only load balancers have something to wait for.

use super::Health;
use crate::object::{Malformed, list, text};
use serde_json::Value;

pub fn health(object: &Value) -> Result<Health, Malformed> {
    let balanced = text(object, &["spec", "type"])? == "LoadBalancer";
    let ingress = list(object, &["status", "loadBalancer", "ingress"])?;
    Ok(if balanced && ingress.is_empty() { Health::progressing("") } else { Health::healthy("") })
}
