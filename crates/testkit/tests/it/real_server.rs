//! Needs the real control plane; `cargo xtask test --no-apiserver` leaves this module out.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use trimtab_testkit::control_plane::{ControlPlane, Minor, Options, Program, Server, tenant};
use trimtab_testkit::https::Client;
use trimtab_testkit::tools;

/// Looks every 20 ms until `look` has something.
fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn pod_template(restart: &str, annotations: &Value) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}, "annotations": annotations},
        "spec": {"restartPolicy": restart, "containers": [{"name": "web", "image": "web:1"}]},
    })
}

fn workload(kind: &str, name: &str, spec: &Value) -> Value {
    let version = if kind == "Job" { "batch/v1" } else { "apps/v1" };
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn deployment(name: &str, outcome: &Value) -> Value {
    let template = pod_template("Always", outcome);
    let selector = json!({"matchLabels": {"app": "web"}});
    let spec = json!({"replicas": 2, "selector": selector, "template": template});
    workload("Deployment", name, &spec)
}

fn status_is(client: &Client, path: &str, field: &str, value: impl Into<Value>) {
    let value = value.into();
    eventually(&format!("{path} has {field}={value}"), || {
        let object = client.read(path).ok()?;
        (object["status"][field] == value).then_some(())
    });
}

#[test]
fn it_starts_says_its_version_and_leaves_nothing_behind() {
    let mut all = ControlPlane::start(&Options::default().user("guest", &[])).expect("it starts");
    let admin = all.client("admin").expect("admin is a user");
    let version = admin.read("/version").expect("it answers");
    assert_eq!(version["gitVersion"], "v1.36.3");
    assert_eq!(version["minor"], "36");
    all.check().expect("everything runs");

    let guest = all.client("guest").expect("guest is a user");
    assert_eq!(guest.get("/api/v1/secrets").expect("it answers").code, 403);

    let (ids, data) = (all.process_ids(), all.data().to_owned());
    assert_eq!(ids.len(), 4);
    drop(all);
    for id in ids {
        assert!(!Path::new(&format!("/proc/{id}")).exists(), "{id} still runs");
    }
    assert!(!data.exists());
}

#[test]
fn what_was_stored_is_there_after_a_stop_and_a_start_and_so_are_tokens_and_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let options =
        Options { data: Some(folder.path().join("data")), nodes: false, ..Options::default() };
    let first = ControlPlane::start(&options).expect("it starts");
    let admin = first.client("admin").expect("admin is a user");
    let object = json!({"metadata": {"name": "kept"}, "data": {"a": "b"}});
    admin.create("/api/v1/namespaces/default/configmaps", &object).expect("it is stored");
    let url = first.url();
    first.stop().expect("it stops in good order");

    let second = ControlPlane::start(&options).expect("it starts again");
    assert_eq!(second.url(), url);
    let kept = admin.read("/api/v1/namespaces/default/configmaps/kept").expect("it is there");
    assert_eq!(kept["data"]["a"], "b");
}

#[test]
fn it_ends_with_the_process_that_started_it_even_if_that_is_killed() {
    let program = Program::one(Minor::default()).expect("a program");
    assert_ends_with_its_starter("CONTROL_PLANE", &program);
}

#[test]
fn somebody_elses_programs_end_with_their_starter_too() {
    let program = Program::one(Minor::default()).expect("a program");
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["etcd", "kube-apiserver", "kube-controller-manager"] {
        let script = format!("#!/bin/sh\nexec '{}' {name} \"$@\"\n", program.display());
        let path = folder.path().join(name);
        fs::write(&path, script).expect("a file");
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("our file");
    }
    assert_ends_with_its_starter("KUBEBUILDER_ASSETS", folder.path());
}

/// Kills a process that has started a control plane, and sees that no program of it stays.
fn assert_ends_with_its_starter(key: &str, value: &Path) {
    // The starter is this test binary itself, told to start a control plane and to wait.
    let mut starter = Command::new(std::env::current_exe().expect("a test is a program"))
        .args(["real_server::a_starter_that_will_be_killed", "--exact", "--nocapture"])
        .env_remove("CONTROL_PLANE")
        .env_remove("KUBEBUILDER_ASSETS")
        .env(key, value)
        .env(STARTER_ENV, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let output = BufReader::new(starter.stdout.take().expect("a pipe"));
    let ids = output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("process ids: ")?.1.to_owned()))
        .expect("it says its processes");
    let ids: Vec<String> = ids.split(' ').flat_map(with_children).collect();
    starter.kill().expect("it is killed");
    starter.wait().expect("it is gone");
    for id in ids {
        eventually("a program of a dead starter ends", || has_ended(&id).then_some(()));
    }
}

fn with_children(id: &str) -> Vec<String> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
    let children = children.unwrap_or_default();
    std::iter::once(id).chain(children.split_whitespace()).map(Into::into).collect()
}

fn has_ended(id: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // In a container nobody may reap it; a zombie has ended.
    state.is_empty() || state.contains(") Z ")
}

const STARTER_ENV: &str = "TRIMTAB_TESTKIT_STARTER";

/// Does nothing as an ordinary test.
#[test]
fn a_starter_that_will_be_killed() {
    if std::env::var_os(STARTER_ENV).is_none() {
        return;
    }
    let options = Options { nodes: false, ..Options::default() };
    let all = ControlPlane::start(&options).expect("it starts");
    let ids: Vec<String> = all.process_ids().iter().map(ToString::to_string).collect();
    println!("process ids: {}", ids.join(" "));
    std::thread::sleep(Duration::from_mins(2));
}

#[test]
fn workloads_become_healthy_and_go_away() {
    let here = tenant().expect("a tenant");
    let admin = here.server.client(&here.user).expect("its user");
    let apps = format!("/apis/apps/v1/namespaces/{}", here.namespace);
    let batch = format!("/apis/batch/v1/namespaces/{}", here.namespace);
    admin.create(&format!("{apps}/deployments"), &deployment("web", &json!({}))).expect("stored");
    let selector = json!({"matchLabels": {"app": "web"}});
    let always = pod_template("Always", &json!({}));
    let set = json!({"replicas": 2, "serviceName": "x", "selector": selector, "template": always});
    let set = workload("StatefulSet", "db", &set);
    admin.create(&format!("{apps}/statefulsets"), &set).expect("stored");
    let agent = json!({"selector": selector, "template": always});
    let agent = workload("DaemonSet", "agent", &agent);
    admin.create(&format!("{apps}/daemonsets"), &agent).expect("stored");
    let once = json!({"template": pod_template("Never", &json!({}))});
    admin.create(&format!("{batch}/jobs"), &workload("Job", "once", &once)).expect("stored");
    let fails = pod_template("Never", &json!({"testkit.trimtab.dev/outcome": "failed"}));
    let fails = json!({"backoffLimit": 0, "template": fails});
    admin.create(&format!("{batch}/jobs"), &workload("Job", "fails", &fails)).expect("stored");

    status_is(&admin, &format!("{apps}/deployments/web"), "availableReplicas", 2);
    status_is(&admin, &format!("{apps}/statefulsets/db"), "readyReplicas", 2);
    status_is(&admin, &format!("{apps}/daemonsets/agent"), "numberReady", 1);
    status_is(&admin, &format!("{batch}/jobs/once"), "succeeded", 1);
    status_is(&admin, &format!("{batch}/jobs/fails"), "failed", 1);

    let namespace = format!("/api/v1/namespaces/{}", here.namespace);
    admin.delete(&namespace).expect("taken");
    eventually("the namespace is gone", || (admin.get(&namespace).ok()?.code == 404).then_some(()));
}

#[test]
fn a_pod_fares_as_its_annotation_says() {
    let here = tenant().expect("a tenant");
    let client = here.server.client(&here.user).expect("its user");
    let apps = format!("/apis/apps/v1/namespaces/{}/deployments", here.namespace);
    let pods = format!("/api/v1/namespaces/{}/pods", here.namespace);
    let outcome = json!({"testkit.trimtab.dev/outcome": "image-pull-error"});
    client.create(&apps, &deployment("broken", &outcome)).expect("stored");
    eventually("both Pods wait for their image", || {
        let list = client.read(&pods).ok()?;
        let reason = |pod: &Value| {
            let state = &pod["status"]["containerStatuses"][0]["state"];
            state["waiting"]["reason"] == "ImagePullBackOff"
        };
        let items = list["items"].as_array()?;
        (items.len() == 2 && items.iter().all(reason)).then_some(())
    });
}

#[test]
fn the_audit_log_tells_a_users_writes_from_its_reads_dry_runs_and_from_others() {
    let here = tenant().expect("a tenant");
    let client = here.server.client(&here.user).expect("its user");
    let maps = format!("/api/v1/namespaces/{}/configmaps", here.namespace);
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"},
    });
    let before = writes(&here.server, &here.user);
    assert_eq!(before, Vec::<String>::new());
    client.read(&maps).expect("listed");
    let dry = format!("{maps}/a?fieldManager=t&dryRun=All");
    client.must("PATCH", &dry, "application/apply-patch+yaml", &object).expect("a dry run");
    client.apply(&format!("{maps}/a"), "t", &object).expect("applied");
    let admin = here.server.client("admin").expect("admin is a user");
    admin.delete(&format!("{maps}/a")).expect("deleted");
    client.create(&maps, &object).expect("stored again");

    let writes = writes(&here.server, &here.user);
    assert_eq!(writes, ["patch configmaps/a 201", "create configmaps/a 201"]);
    let all = here.server.audit_of(&here.user).expect("a log");
    let verbs: Vec<&str> = all.iter().map(|request| request.verb.as_str()).collect();
    assert_eq!(verbs, ["list", "patch", "patch", "create"]);
    assert!(all[1].dry_run && !all[2].dry_run);
    assert_eq!(all[0].user_agent, "trimtab-testkit");
}

fn writes(server: &Server, user: &str) -> Vec<String> {
    let writes = server.writes_of(user).expect("a log");
    writes.iter().map(|w| format!("{} {}/{} {}", w.verb, w.resource, w.name, w.code)).collect()
}

#[test]
fn stock_kubectl_gets_in_with_a_kubeconfig() {
    let here = tenant().expect("a tenant");
    let output = Command::new(tools::kubectl().expect("kubectl"))
        .arg("--kubeconfig")
        .arg(here.server.kubeconfig(&here.user))
        .args(["auth", "whoami", "--output=jsonpath={.status.userInfo.username}"])
        .output()
        .expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), here.user, "{output:?}");
}
