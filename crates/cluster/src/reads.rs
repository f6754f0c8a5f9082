//! Reading single objects.

use crate::answer::Answer;
use crate::cluster::Edge;
use crate::refusal;
use crate::wire::Call;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use trimtab_model::limit::READ_TIMEOUT_SECONDS_MAX;
use trimtab_model::{Class, GroupKind, Name, Namespace, ObjectKey, Secret};
use trimtab_ports::cluster::{SecretData, Target};
use trimtab_sync::Failure;

#[derive(Deserialize)]
struct EncodedSecret {
    #[serde(default)]
    data: Option<BTreeMap<String, String>>,
}

impl Edge {
    /// Reads one object.
    pub async fn get(&self, target: Target) -> Result<Option<Value>, Failure> {
        let Some(answer) = self.read(&target).await? else { return Ok(None) };
        serde_json::from_slice(&answer.body).map(Some).map_err(|_| nonsense(&target.key))
    }

    /// Reads the data of one Secret.
    pub async fn secret(
        &self,
        namespace: Namespace,
        name: Name,
    ) -> Result<Option<SecretData>, Failure> {
        let kind = GroupKind::new("", "Secret");
        let key = ObjectKey::namespaced(&kind, namespace.as_str(), name.as_str());
        let target = Target { key, version: "v1".into() };
        let Some(answer) = self.read(&target).await? else { return Ok(None) };
        // What is wrong with it is not told: the reader would quote it.
        let encoded: EncodedSecret =
            serde_json::from_slice(&answer.body).map_err(|_| nonsense(&target.key))?;
        let decode = |(name, text): (String, String)| {
            let value = STANDARD.decode(text).map_err(|_| nonsense(&target.key))?;
            Ok((name, Secret::new(value)))
        };
        encoded.data.unwrap_or_default().into_iter().map(decode).collect::<Result<_, _>>().map(Some)
    }

    async fn read(&self, target: &Target) -> Result<Option<Answer>, Failure> {
        let address = self.address(target).await?;
        let longest = Duration::from_secs(READ_TIMEOUT_SECONDS_MAX);
        let call = Call::read("get", &address.counted_as, address.object);
        let answer = self.exchange.ask(call, longest).await;
        let answer = answer.map_err(|lost| refusal::of_lost_read(&lost))?;
        if answer.is_success() {
            return Ok(Some(answer));
        }
        if refusal::is_gone(&target.key, &answer.refusal()) {
            return Ok(None);
        }
        if answer.code == 404 {
            self.resources.forget(&target.key.group_kind());
        }
        Err(refusal::of_read(&target.key, &answer))
    }
}

fn nonsense(key: &ObjectKey) -> Failure {
    let message = format!("the cluster's answer for {key} cannot be read");
    Failure { class: Class::Retry, message }
}
