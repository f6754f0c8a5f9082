//! The API server as persons and judges use it: no faults, no delays.

use http::{Method, Request};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::{Value, json};

/// One person's access.
#[derive(Clone)]
pub struct Api(pub kube::Client);

/// The code and the body of an answer.
pub type Answer = (u16, Value);

impl Api {
    /// Sends one request.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Answer {
        let bytes = body.map(ToString::to_string).unwrap_or_default().into_bytes();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::CONTENT_TYPE, content_type)
            .body(Body::from(bytes));
        let Ok(request) = request else { return (0, Value::Null) };
        let Ok(response) = self.0.send(request).await else { return (0, Value::Null) };
        let code = response.status().as_u16();
        let body = response.into_body().collect().await.map(http_body_util::Collected::to_bytes);
        (code, body.ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default())
    }

    /// Reads an object.
    pub async fn get(&self, path: &str) -> Option<Value> {
        let (code, body) = self.send(Method::GET, path, "application/json", None).await;
        (code == 200).then_some(body)
    }

    /// Creates an object in a collection.
    pub async fn create(&self, collection: &str, object: &Value) -> Answer {
        let path = format!("{collection}?fieldManager=kubectl-create");
        self.send(Method::POST, &path, "application/json", Some(object)).await
    }

    /// Merges fields into an object.
    pub async fn merge(&self, path: &str, manager: &str, patch: &Value) -> Answer {
        let path = format!("{path}?fieldManager={manager}");
        self.send(Method::PATCH, &path, "application/merge-patch+json", Some(patch)).await
    }

    /// Applies an object.
    pub async fn apply(&self, path: &str, manager: &str, object: &Value) -> Answer {
        let path = format!("{path}?fieldManager={manager}&force=true");
        self.send(Method::PATCH, &path, "application/apply-patch+yaml", Some(object)).await
    }

    /// Deletes an object.
    pub async fn delete(&self, path: &str) -> Answer {
        let options =
            json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
        self.send(Method::DELETE, path, "application/json", Some(&options)).await
    }
}
