//! `trimtab app diff`, `plan` and `app get` against a cluster, as people run them.

mod real_server {
    use crate::text;
    use serde_json::{Value, json};
    use std::fs;
    use std::path::Path;
    use std::process::{Command, Output};
    use std::time::{Duration, Instant};
    use tempfile::TempDir;
    use trimtab_testkit::control_plane::{Tenant, tenant};
    use trimtab_testkit::https::Client;

    /// How long the server may take until it serves a new kind.
    const SERVED_MAX: Duration = Duration::from_secs(30);

    /// An application without an operator, and the directory that it follows.
    struct Shop {
        tenant: Tenant,
        admin: Client,
        repository: TempDir,
    }

    impl Shop {
        fn open() -> Self {
            let tenant = tenant().expect("a tenant");
            let admin = tenant.server.client("admin").expect("admin is a user");
            let shop = Self { tenant, admin, repository: tempfile::tempdir().expect("a folder") };
            shop.define();
            shop.git(&["init", "--quiet", "--initial-branch=main"]);
            shop
        }

        /// The kinds, as `trimtab install` prints them.
        fn define(&self) {
            let printed = self.trimtab(&["install", "--crds-only"]);
            let read =
                trimtab_yaml::documents(&printed.stdout, trimtab_yaml::Rules::default()).documents;
            for definition in read.into_iter().map(|document| document.value) {
                let name = definition["metadata"]["name"].as_str().expect("a name");
                let path =
                    format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
                self.admin.apply(&path, "diff-test", &definition).expect("applied");
            }
        }

        fn namespace(&self) -> &str {
            &self.tenant.namespace
        }

        fn write(&self, file: &str, text: &str) {
            fs::write(self.repository.path().join(file), text).expect("written");
        }

        fn commit(&self) {
            self.git(&["add", "--all"]);
            self.git(&["commit", "--quiet", "--message=A change"]);
        }

        fn git(&self, args: &[&str]) {
            let mut git = Command::new("git");
            git.args(args).current_dir(self.repository.path());
            git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
            for role in ["AUTHOR", "COMMITTER"] {
                git.env(format!("GIT_{role}_NAME"), "a").env(format!("GIT_{role}_EMAIL"), "a@b");
            }
            let output = git.output().expect("git runs");
            assert!(output.status.success(), "{}", text(&output.stderr));
        }

        /// Creates the Application, with what its status remembers.
        fn application(&self, ignore: &Value, status: &Value) {
            let url = format!("file://{}", self.repository.path().display());
            let application = json!({
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "metadata": {"name": "shop", "namespace": self.namespace()},
                "spec": {
                    "project": "default",
                    "source": {"repoURL": url, "path": ".", "targetRevision": "main"},
                    "destination": {"server": "https://kubernetes.default.svc",
                                    "namespace": self.namespace()},
                    "ignoreDifferences": ignore,
                },
                "status": status,
            });
            let collection =
                format!("/apis/argoproj.io/v1alpha1/namespaces/{}/applications", self.namespace());
            let end = Instant::now() + SERVED_MAX;
            // A kind that was defined just now is not served at once.
            while let Err(error) = self.admin.create(&collection, &application) {
                assert!(Instant::now() < end, "{error}");
                std::thread::yield_now();
            }
        }

        /// Applies an object as the operator would.
        fn live(&self, plural: &str, mut object: Value) {
            let (kind, name) = (object["kind"].clone(), object["metadata"]["name"].clone());
            let name = name.as_str().expect("a name");
            let kind = kind.as_str().expect("a kind");
            object["metadata"]["namespace"] = json!(self.namespace());
            let mark = format!("shop:/{kind}:{}/{name}", self.namespace());
            object["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": mark});
            let path = format!("/api/v1/namespaces/{}/{plural}/{name}", self.namespace());
            self.admin.apply(&path, "argocd-controller", &object).expect("applied");
        }

        fn diff(&self, more: &[&str]) -> Output {
            let arguments = [&["app", "diff", "shop", "--namespace", self.namespace()], more];
            self.trimtab(&arguments.concat())
        }

        fn trimtab(&self, arguments: &[&str]) -> Output {
            Command::new(env!("CARGO_BIN_EXE_trimtab"))
                .args(arguments)
                .env_clear()
                .env("KUBECONFIG", self.tenant.server.kubeconfig(&self.tenant.user))
                .output()
                .expect("the binary runs")
        }
    }

    fn config(name: &str, data: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
    }

    const WEB: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: \"1\"}\n";
    const PASSWORD: &str =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {password: second}\n";

    #[test]
    fn each_difference_is_shown_and_told_by_the_exit_code() {
        let shop = Shop::open();
        shop.write("web.yaml", WEB);
        shop.commit();
        let entry = |name: &str| {
            json!({"version": "v1", "kind": "ConfigMap", "namespace": shop.namespace(),
                   "name": name, "status": "Synced"})
        };
        let status = json!({"resources": [entry("web"), entry("old")]});
        shop.application(&json!([]), &status);
        shop.live("configmaps", config("web", &json!({"a": "1"})));
        let same = shop.diff(&[]);
        assert_eq!(
            (text(&same.stdout), same.status.code()),
            ("", Some(0)),
            "{}",
            text(&same.stderr)
        );

        shop.live("configmaps", config("web", &json!({"a": "2"})));
        shop.live("configmaps", config("old", &json!({})));
        let output = shop.diff(&[]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let heading =
            |name: &str| format!("\n===== /ConfigMap {}/{name} ======\n", shop.namespace());
        assert!(shown.contains(&heading("web")), "{shown}");
        assert!(shown.contains("\n-  a: \"2\"\n+  a: \"1\"\n"), "{shown}");
        assert!(shown.contains(&heading("old")), "{shown}");
        assert!(shown.contains("\n-kind: ConfigMap\n"), "{shown}");
        assert_eq!(shop.diff(&["--exit-code=false"]).status.code(), Some(0));
        assert_eq!(shop.diff(&["--diff-exit-code", "7"]).status.code(), Some(7));
        let writes = shop.tenant.server.writes_of(&shop.tenant.user).expect("the audit log");
        assert_eq!(writes, []);
    }

    #[test]
    fn what_the_application_ignores_is_no_difference() {
        let shop = Shop::open();
        shop.write("web.yaml", WEB);
        shop.commit();
        shop.application(&json!([{"kind": "ConfigMap", "jsonPointers": ["/data/a"]}]), &json!({}));
        shop.live("configmaps", config("web", &json!({"a": "other"})));
        let output = shop.diff(&[]);
        assert_eq!((text(&output.stdout), output.status.code()), ("", Some(0)));
    }

    #[test]
    fn no_value_of_a_secret_is_shown() {
        let shop = Shop::open();
        shop.write("secret.yaml", PASSWORD);
        shop.commit();
        shop.application(&json!([]), &json!({}));
        let live = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"},
                          "data": {"password": "Zmlyc3Q="}});
        shop.live("secrets", live);
        let output = shop.diff(&[]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert!(shown.contains("\n-  password: ++++++++") && shown.contains("\n+  password: +++"));
        for value in ["first", "Zmlyc3Q", "second", "c2Vjb25k"] {
            assert!(!shown.contains(value), "{shown}");
        }
    }

    #[test]
    fn a_directory_and_a_revision_can_be_compared_and_an_error_is_told_apart() {
        let shop = Shop::open();
        shop.write("web.yaml", WEB);
        shop.commit();
        shop.git(&["tag", "before"]);
        shop.write("web.yaml", &WEB.replace("\"1\"", "\"3\""));
        shop.commit();
        shop.application(&json!([]), &json!({}));
        shop.live("configmaps", config("web", &json!({"a": "1"})));
        assert_eq!(shop.diff(&[]).status.code(), Some(1));
        assert_eq!(shop.diff(&["--revision", "before"]).status.code(), Some(0));
        let here = |path: &Path| path.display().to_string();
        let local = tempfile::tempdir().expect("a folder");
        fs::write(local.path().join("web.yaml"), WEB).expect("written");
        assert_eq!(shop.diff(&["--local", &here(local.path())]).status.code(), Some(0));
        let broken = WEB.replace("metadata: {name: web}", "metadata: {");
        fs::write(local.path().join("bad.yaml"), broken).expect("written");
        let output = shop.diff(&["--local", &here(local.path())]);
        assert_eq!(output.status.code(), Some(2));
        let place = format!("error: {}/bad.yaml:", here(local.path()));
        assert!(text(&output.stderr).contains(&place), "{}", text(&output.stderr));
        let output = shop.diff(&["--revision", "absent"]);
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.contains("has no revision `absent`") && !said.contains("--local"), "{said}");
    }

    #[test]
    fn what_keeps_a_sync_from_happening_is_said_beside_the_difference() {
        let shop = Shop::open();
        shop.write("web.yaml", WEB);
        shop.commit();
        let message = "application repo is not permitted in project 'narrow'";
        let condition = json!({"type": "InvalidSpecError", "message": message});
        shop.application(&json!([]), &json!({"conditions": [condition]}));
        let output = shop.diff(&[]);
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output.stderr);
        assert!(said.contains(&format!("warning: InvalidSpecError: {message}\n")), "{said}");
    }

    #[test]
    fn manifests_are_printed_as_git_and_as_the_cluster_have_them() {
        let shop = Shop::open();
        shop.write("web.yaml", WEB);
        shop.write("secret.yaml", PASSWORD);
        shop.commit();
        let entry = |kind: &str, name: &str| {
            json!({"version": "v1", "kind": kind, "namespace": shop.namespace(), "name": name,
                   "status": "Synced"})
        };
        let resources = [entry("ConfigMap", "web"), entry("Secret", "web")];
        shop.application(&json!([]), &json!({"resources": resources}));
        shop.live("configmaps", config("web", &json!({"a": "live"})));
        let live = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"},
                          "data": {"password": "Zmlyc3Q="}});
        shop.live("secrets", live);
        let manifests = |more: &[&str]| {
            let words = ["app", "manifests", "shop", "--namespace", shop.namespace(), "-o", "json"];
            let output = shop.trimtab(&[&words, more].concat());
            assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
            serde_json::from_slice::<Value>(&output.stdout).expect("JSON")["items"].take()
        };
        for (more, value) in [(&[][..], "1"), (&["--source", "live"], "live")] {
            let items = manifests(more);
            assert_eq!(items[0]["data"]["a"], value);
            assert_eq!(items[0]["metadata"]["namespace"], shop.namespace());
            let secret = items[1].to_string();
            assert!(secret.contains("password"), "{secret}");
            for hidden in ["first", "Zmlyc3Q", "second", "c2Vjb25k", "managedFields"] {
                assert!(!secret.contains(hidden), "{secret}");
            }
        }
    }

    #[test]
    fn applications_are_listed_by_their_labels_and_their_objects_alone() {
        let shop = Shop::open();
        let entry = json!({"version": "v1", "kind": "ConfigMap", "namespace": shop.namespace(),
                           "name": "web", "status": "Synced"});
        shop.application(&json!([]), &json!({"resources": [entry]}));
        shop.live("configmaps", config("web", &json!({})));
        let listed = |selector: &str| {
            let words =
                ["app", "list", "-o", "name", "--namespace", shop.namespace(), "-l", selector];
            text(&shop.trimtab(&words).stdout).to_owned()
        };
        let name = format!("{}/shop\n", shop.namespace());
        assert_eq!((listed("team=web"), listed("team!=web")), (String::new(), name));
        let output = shop.trimtab(&["app", "resources", "shop", "--namespace", shop.namespace()]);
        let said = text(&output.stdout);
        assert!(said.starts_with("GROUP ") && said.contains("ConfigMap"), "{said}");
    }

    #[test]
    fn what_nobody_would_do_is_refused_or_warned_of() {
        let shop = Shop::open();
        shop.application(&json!([]), &json!({}));
        let sync = || {
            let words = ["app", "sync", "shop", "--async", "--namespace", shop.namespace()];
            shop.trimtab(&words)
        };
        let output = sync();
        let said = text(&output.stderr);
        assert!(said.contains(&format!("no operator leads in the namespace {}", shop.namespace())));
        assert_eq!(output.status.code(), Some(0), "{said}");
        let path =
            format!("/apis/argoproj.io/v1alpha1/namespaces/{}/applications/shop", shop.namespace());
        let annotations = json!({"argocd.argoproj.io/skip-reconcile": "true"});
        let skipped = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop", "annotations": annotations},
        });
        shop.admin.apply(&path, "a-person", &skipped).expect("annotated");
        let output = sync();
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("argocd.argoproj.io/skip-reconcile"));
    }

    #[test]
    fn a_plan_of_what_an_application_applied_changes_nothing() {
        let shop = Shop::open();
        shop.write("web.yaml", WEB);
        shop.live("configmaps", config("web", &json!({"a": "1"})));
        let here = shop.repository.path().to_str().expect("UTF-8").to_owned();
        let plan = || shop.trimtab(&["plan", &here, "--namespace", shop.namespace()]);
        let output = plan();
        let said = (text(&output.stderr), output.status.code());
        assert_eq!(said, ("1 the same\n", Some(0)), "{}", text(&output.stdout));
        shop.live("configmaps", config("web", &json!({"a": "1", "b": "2"})));
        assert_eq!(text(&plan().stderr), "1 to update\n");
    }

    #[test]
    fn what_is_as_wished_already_is_not_waited_for() {
        let shop = Shop::open();
        let status = json!({"sync": {"status": "Synced"}, "health": {"status": "Healthy"}});
        shop.application(&json!([]), &status);
        let of = |words: &[&str]| {
            let namespace = ["--namespace", shop.namespace()];
            shop.trimtab(&[&["app"], words, &["shop"], &namespace].concat())
        };
        let output = of(&["wait", "--timeout", "0"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let output = of(&["get", "--kind", "ks"]);
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.contains("has one of the kind Application: leave --kind out"), "{said}");
    }

    #[test]
    fn get_tells_how_each_object_does_and_what_is_there_instead() {
        let shop = Shop::open();
        let entry = |kind: &str, name: &str| {
            json!({"version": "v1", "kind": kind, "namespace": shop.namespace(), "name": name,
                   "status": "Synced"})
        };
        let resources =
            [entry("Service", "web"), entry("Service", "gone"), entry("ConfigMap", "web")];
        shop.application(&json!([]), &json!({"resources": resources}));
        let ports = json!([{"port": 80}]);
        shop.live(
            "services",
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
                   "spec": {"ports": ports}}),
        );
        shop.live("configmaps", config("web", &json!({})));
        let get = |name: &str| {
            shop.trimtab(&["app", "get", name, "--namespace", shop.namespace(), "-o", "json"])
        };
        let output = get("shop");
        let application: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let health = |n: usize| application["resources"][n]["health"].as_str();
        assert_eq!([health(0), health(1), health(2)], [Some("Healthy"), Some("Missing"), None]);
        let output = get("shpo");
        assert_eq!(output.status.code(), Some(2));
        let namespace = shop.namespace();
        assert_eq!(
            text(&output.stderr),
            format!(
                "error: there is no application {namespace}/shpo; the namespace {namespace} has shop\n"
            )
        );
    }
}
