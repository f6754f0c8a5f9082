//! Who is asked: the sandbox, or a real server.

use crate::script::{Step, Told};
use crate::seams::seams;
use http::{Request, header};
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use std::time::Duration;
use trimtab_sandbox::Sandbox;
use trimtab_testkit::control_plane::tenant;

/// How long the sandbox's controllers, and a real server's, are left to themselves by a step that
/// waits.
const SETTLE: Duration = Duration::from_millis(100);

/// An API server, with a namespace for one test.
pub struct Subject {
    pub client: kube::Client,
    pub namespace: String,
    sandbox: Option<Sandbox>,
}

impl Subject {
    /// A fresh sandbox.
    pub async fn sandbox() -> Self {
        let sandbox = Sandbox::new(seams(7));
        let client = sandbox.client("tester");
        let subject = Self { client, namespace: "sandbox-0".into(), sandbox: Some(sandbox) };
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": subject.namespace}});
        let create = Step::new("POST", "/api/v1/namespaces").body(namespace);
        assert_eq!(subject.ask(&create).await.code, 201);
        subject.settle().await;
        subject
    }

    /// A place of its own on the real server.
    #[expect(clippy::disallowed_methods, reason = "starting a control plane blocks")]
    pub async fn real_server() -> Self {
        let tenant = tokio::task::spawn_blocking(|| tenant().expect("a tenant")).await.unwrap();
        let file = Kubeconfig::read_from(tenant.server.kubeconfig(&tenant.user)).unwrap();
        let options = KubeConfigOptions::default();
        let mut config = kube::Config::from_custom_kubeconfig(file, &options).await.unwrap();
        config.default_retry = false;
        let client = kube::Client::try_from(config).unwrap();
        Self { client, namespace: tenant.namespace, sandbox: None }
    }

    /// Sends a request, with the namespace's name in the place of `{ns}`.
    pub async fn ask(&self, step: &Step) -> Told {
        let fill = |text: &str| text.replace("{ns}", &self.namespace);
        let body = step.body.as_ref().map_or_else(Vec::new, |body| fill(&body.to_string()).into());
        let request = Request::builder()
            .method(step.method)
            .uri(fill(&step.path))
            .header(header::ACCEPT, step.accept)
            .header(header::CONTENT_TYPE, step.content_type)
            .header(header::USER_AGENT, "suite/1")
            .body(Body::from(body))
            .unwrap();
        let response = self.client.send(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("the whole answer").to_bytes();
        let warnings = head.headers.get_all("warning").iter();
        Told {
            code: head.status.as_u16(),
            warnings: warnings.map(|text| text.to_str().unwrap().to_owned()).collect(),
            body: read(&body),
        }
    }

    /// Leaves the controllers to themselves for a while.
    pub async fn settle(&self) {
        let Some(sandbox) = &self.sandbox else {
            tokio::time::sleep(SETTLE).await;
            return;
        };
        for _ in 0..20 {
            sandbox.tick();
            tokio::time::sleep(SETTLE / 20).await;
        }
    }
}

/// One JSON value, the values of all lines, or a text.
fn read(body: &[u8]) -> Value {
    if let Ok(whole) = serde_json::from_slice::<Value>(body)
        && whole["type"] != "BOOKMARK"
    {
        return whole;
    }
    let text = String::from_utf8_lossy(body);
    let lines: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
    let Ok(mut lines) = lines else { return text.into_owned().into() };
    // When a watch is told that nothing has happened is the server's choice.
    let is_chance = |line: &Value| {
        line["type"] == "BOOKMARK" && line["object"]["metadata"]["annotations"].is_null()
    };
    lines.retain(|line| !is_chance(line));
    match lines.len() {
        0 => "".into(),
        1 => lines.remove(0),
        _ => lines.into(),
    }
}
