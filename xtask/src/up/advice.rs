//! What a person is told: where everything is, and what to try.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use super::NAMESPACE;
use super::cluster::Cluster;
use super::operator::Operator;
use super::repository::Repository;

/// Says where everything is.
pub fn print_places(cluster: &Cluster, operator: &Operator, repository: &Repository) {
    println!("Cluster     export KUBECONFIG={}", quoted(&cluster.kubeconfig.display().to_string()));
    println!("Repository  {}", repository.url);
    if repository.is_example() {
        println!("            {}  (to read)", repository.http_url());
    }
    println!("Operator    http://{}/metrics, log in {}", operator.address, operator.log.display());
    if cluster.is_given() {
        println!(
            "            The applications in the namespace `{NAMESPACE}` stay when this ends."
        );
    }
    println!("Ctrl-C ends it.\n");
}

/// Says what to try.
pub fn print_what_to_try(cluster: &Cluster, operator: &Operator, repository: &Repository) {
    let kubeconfig = quoted(&cluster.kubeconfig.display().to_string());
    let path = quoted(&folders(&[&operator.program, &cluster.kubectl]));
    println!("\nIn another terminal:\n");
    println!("  export KUBECONFIG={kubeconfig} PATH={path}:\"$PATH\"");
    println!("  trimtab app list");
    if repository.is_example() {
        print!("{}", tour(&repository.url, &identity()));
    }
    println!();
}

/// The folders of these programs, as a part of `PATH`.
fn folders(programs: &[&Path]) -> String {
    let folders = programs.iter().filter_map(|program| program.parent());
    folders.map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(":")
}

/// What git needs to commit in the clone; nothing where it knows the person.
fn identity() -> String {
    let known = |name: &str| {
        let output = Command::new("git").args(["config", "--get", name]).output();
        output.is_ok_and(|output| output.status.success())
    };
    let mut text = String::new();
    for (name, value) in [("user.name", "You"), ("user.email", "you@example.com")] {
        if !known(name) {
            let _ = write!(text, "\n  git config {name} {value}");
        }
    }
    text
}

/// A walk through what the operator does.
fn tour(url: &str, identity: &str) -> String {
    let url = quoted(url);
    format!(
        r#"
  # a change: push it
  cd "$(mktemp -d)" && git clone {url} environment && cd environment{identity}
  perl -pi -e 's/replicas: 2/replicas: 4/' guestbook/deployment.yaml
  git commit -am 'Four replicas' && git push
  kubectl -n guestbook get deployments

  # and back
  git revert --no-edit HEAD && git push

  # drift: delete something, and it comes back
  kubectl -n guestbook delete deployment guestbook
  kubectl -n guestbook get deployments

  # what Git no longer has is pruned
  git rm -q settings/flags.json && git commit -m 'No flags' && git push
  kubectl -n settings get configmaps

  # Flux's Kustomization: its source is asked every minute, or now
  perl -pi -e 's/replicas: 1/replicas: 3/' blog/deployment.yaml
  git commit -am 'Three blogs' && git push
  trimtab reconcile kustomization blog --with-source
  kubectl -n trimtab get gitrepositories,kustomizations

  # a file that is broken stops its own application, and nothing is deleted
  perl -pi -e 's/metadata:/metadata: {{/' waves/store.yaml
  git commit -am 'A mistake' && git push
  trimtab app get waves --refresh
  git revert --no-edit HEAD && git push
"#
    )
}

/// A word for a shell, in quotes where it needs them.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:+@%=,".contains(c);
    if word.chars().all(is_plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::{folders, quoted, tour};
    use std::fs;
    use std::path::Path;

    #[test]
    fn a_shell_reads_a_path_with_anything_in_it_as_one_word() {
        assert_eq!(quoted("/a/b-c.git"), "/a/b-c.git");
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }

    #[test]
    fn programs_are_found_by_their_folders() {
        let programs = [Path::new("/a/trimtab"), Path::new("/b c/kubectl")];
        assert_eq!(folders(&programs), "/a:/b c");
    }

    #[test]
    fn every_file_of_the_tour_is_in_the_example() {
        let shapes = trimtab_testkit::repository().join("tests/shapes");
        let tour = tour("file:///environment.git", "");
        let folders = ["guestbook/", "settings/", "blog/", "waves/"];
        let is_file = |word: &&str| folders.iter().any(|folder| word.starts_with(folder));
        let files: Vec<&str> = tour.split_whitespace().filter(is_file).collect();
        assert_eq!(files.len(), folders.len(), "{files:?}");
        for file in &files {
            assert!(shapes.join(file).is_file(), "{file}");
        }
        let deployment = |at: usize| fs::read_to_string(shapes.join(files[at])).expect("a file");
        assert!(deployment(0).contains("replicas: 2"), "the tour changes it");
        assert!(deployment(2).contains("replicas: 1"), "the tour changes it");
    }
    #[test]
    fn the_guide_walks_the_same_tour() {
        let guide = trimtab_testkit::repository().join("docs/guides/first-steps.md");
        let guide = fs::read_to_string(guide).expect("a page");
        let tour = tour("file:///environment.git", "");
        let programs = ["perl ", "git ", "kubectl ", "trimtab "];
        let is_typed = |line: &&str| programs.iter().any(|program| line.starts_with(program));
        for line in tour.lines().map(str::trim).filter(is_typed) {
            assert!(guide.contains(line), "{line}");
        }
    }
}
