//! Clusters that cannot be reached: what is wrong, and what to do.

use crate::{text, trimtab};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

fn kubeconfig(server: &str, context: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {context}\n\
         clusters: [{{name: c, cluster: {{server: \"{server}\"}}}}]\n\
         users: [{{name: u, user: {{token: s3cret}}}}]\n\
         contexts: [{{name: home, context: {{cluster: c, user: u}}}}]\n"
    )
}

/// What `app list` says with such a kubeconfig, which is called FILE.
fn said(content: &str, more: &[&str]) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), content).expect("written");
    let path = file.path().to_str().expect("UTF-8");
    let output = trimtab(&[&["app", "list", "--kubeconfig", path], more].concat());
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
    text(&output.stderr).replace(path, "FILE")
}

#[test]
fn a_server_that_does_not_listen_is_named() {
    let address = "127.0.0.1:1";
    let said = said(&kubeconfig(&format!("http://{address}"), "home"), &[]);
    assert_eq!(
        said,
        format!(
            "error: the cluster does not say what it serves: no connection to {address}: Connection \
             refused (os error 111); check the server and the user of the kubeconfig's context\n"
        )
    );
}

#[test]
fn a_context_that_is_not_there_is_named_with_those_that_are() {
    let (what, next) = ("error: the kubeconfig FILE", "; --context chooses one\n");
    let gone = said(&kubeconfig("http://127.0.0.1", "gone"), &[]);
    assert_eq!(gone, format!("{what} has no context `gone`; it has home{next}"));
    let asked = said(&kubeconfig("http://127.0.0.1", "home"), &["--context", "hone"]);
    assert_eq!(asked, format!("{what} has no context `hone`; it has home{next}"));
    assert_eq!(said("", &[]), format!("{what} names no current context{next}"));
}

#[test]
fn a_kubeconfig_that_cannot_be_read_says_why_once_and_quotes_nothing() {
    let broken = said("users: [{token: s3cret\n", &[]);
    assert!(broken.starts_with("error: the kubeconfig FILE cannot be used: "), "{broken}");
    assert!(!broken.contains("s3cret") && broken.lines().count() == 1, "{broken}");
    let output = trimtab(&["app", "list", "--kubeconfig", "absent"]);
    assert_eq!(
        text(&output.stderr),
        "error: the kubeconfig absent cannot be used: No such file or directory (os error 2)\n"
    );
}

#[test]
fn a_plan_that_finds_no_cluster_says_how_to_plan_without_one() {
    for more in [&[][..], &["--kubeconfig", "absent"]] {
        let output = trimtab(&[&["plan", "shop"], more].concat());
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.starts_with("error: the kubeconfig "), "{said}");
        assert!(said.ends_with("; --offline plans without a cluster\n"), "{said}");
    }
}

#[test]
fn wrong_words_get_the_near_ones() {
    let output = trimtab(&["app", "gett", "web"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("a similar subcommand exists: 'get'"));
    let output = trimtab(&["app", "get", "web", "--outptu", "json"]);
    assert!(text(&output.stderr).contains("a similar argument exists: '--output'"));
    let output = trimtab(&["app", "get", "web", "-o", "xml"]);
    assert!(text(&output.stderr).contains("choose json, yaml, wide or name"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for command in [["completion", "bash"], ["install", "--crds-only"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_trimtab"))
            .args(command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{command:?}");
    }
}

#[test]
fn every_shell_gets_a_script() {
    for shell in ["bash", "zsh", "fish"] {
        let output = trimtab(&["completion", shell]);
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("approve"), "{shell}");
    }
    let script = text(&trimtab(&["completion", "bash"]).stdout).to_owned();
    let ask = "COMP_WORDS=(trimtab app ref); COMP_CWORD=2; _trimtab trimtab ref app; echo ${COMPREPLY[@]}";
    let shell = Command::new("bash").args(["-c", &format!("{script}\n{ask}")]).output();
    assert_eq!(text(&shell.expect("bash runs").stdout), "refresh\n");
}

#[test]
fn a_log_level_that_is_none_is_refused() {
    let run = |level: &str, kubeconfig: &str| {
        let more = ["--listen", "127.0.0.1:0", "--kubeconfig", kubeconfig, "--log-level", level];
        trimtab(&[&["run"], &more[..]].concat())
    };
    let output = run("loud", "absent");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.starts_with("error: --log-level loud: choose error, warn, info"), "{said}");
    let output = run("trimtab_git=debug,info", "absent");
    assert!(text(&output.stderr).contains("the kubeconfig absent"), "{}", text(&output.stderr));
}

#[test]
fn a_log_line_says_each_field_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kubeconfig");
    fs::write(&file, kubeconfig("http://127.0.0.1:1", "home")).expect("written");
    let mut operator = Command::new(env!("CARGO_BIN_EXE_trimtab"))
        .args(["run", "--listen", "127.0.0.1:0", "--log-format", "json", "--kubeconfig"])
        .args([file.as_path(), Path::new("--cache-dir"), folder.path()])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let lines = BufReader::new(operator.stderr.take().expect("a pipe")).lines();
    let waits =
        lines.map_while(Result::ok).find(|line| line.contains("waiting for the API server"));
    operator.kill().expect("it runs");
    operator.wait().expect("it ends");
    let line = waits.expect("it waits");
    assert_eq!(line.matches("\"message\":").count(), 1, "{line}");
    assert!(line.contains("\"reason\":\"no connection to 127.0.0.1:1"), "{line}");
}
