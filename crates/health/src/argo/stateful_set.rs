//! `StatefulSet`.

use super::Health;
use crate::object::{Malformed, field, int, text};
use serde_json::Value;

pub fn health(object: &Value) -> Result<Health, Malformed> {
    let generation = int(object, &["metadata", "generation"])?.unwrap_or(0);
    let observed = status(object, "observedGeneration")?;
    if observed == 0 || generation > observed {
        return Ok(Health::progressing("Waiting for statefulset spec update to be observed..."));
    }
    let (wanted, ready) = (int(object, &["spec", "replicas"])?, status(object, "readyReplicas")?);
    if let Some(wanted) = wanted.filter(|wanted| ready < *wanted) {
        let missing = wanted.saturating_sub(ready);
        return Ok(Health::progressing(format!("Waiting for {missing} pods to be ready...")));
    }
    match text(object, &["spec", "updateStrategy", "type"])? {
        "RollingUpdate" if field(object, &ROLLING_UPDATE)?.is_some() => partitioned(object, wanted),
        "OnDelete" => Ok(Health::healthy(format!("statefulset has {ready} ready pods"))),
        _ => rolling(object),
    }
}

const ROLLING_UPDATE: [&str; 3] = ["spec", "updateStrategy", "rollingUpdate"];

fn partitioned(object: &Value, wanted: Option<i64>) -> Result<Health, Malformed> {
    let updated = status(object, "updatedReplicas")?;
    let [spec, strategy, rolling] = ROLLING_UPDATE;
    let partition = int(object, &[spec, strategy, rolling, "partition"])?;
    if let (Some(wanted), Some(partition)) = (wanted, partition) {
        let new = wanted.saturating_sub(partition);
        if updated < new {
            return Ok(Health::progressing(format!(
                "Waiting for partitioned roll out to finish: {updated} out of {new} new pods have \
                 been updated..."
            )));
        }
    }
    Ok(Health::healthy(format!(
        "partitioned roll out complete: {updated} new pods have been updated..."
    )))
}

fn rolling(object: &Value) -> Result<Health, Malformed> {
    let current = text(object, &["status", "currentRevision"])?;
    let update = text(object, &["status", "updateRevision"])?;
    if current != update {
        let updated = status(object, "updatedReplicas")?;
        return Ok(Health::progressing(format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision \
             {update}..."
        )));
    }
    let pods = status(object, "currentReplicas")?;
    Ok(Health::healthy(format!(
        "statefulset rolling update complete {pods} pods at revision {current}..."
    )))
}

fn status(object: &Value, name: &str) -> Result<i64, Malformed> {
    Ok(int(object, &["status", name])?.unwrap_or(0))
}
