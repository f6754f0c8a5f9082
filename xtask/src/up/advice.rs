//! What a person is told: where everything is, and what to try.

use super::NAMESPACE;
use super::cluster::Cluster;
use super::operator::Operator;
use super::repository::Repository;

/// Says where everything is.
pub fn print_places(cluster: &Cluster, operator: &Operator, repository: &Repository) {
    println!("Cluster     export KUBECONFIG={}", quoted(&cluster.kubeconfig.display().to_string()));
    println!("Repository  {}", repository.url);
    println!("Operator    http://{}/metrics, log in {}", operator.address, operator.log.display());
    if cluster.is_given() {
        println!(
            "            The applications in the namespace `{NAMESPACE}` stay when this ends."
        );
    }
    println!("Ctrl-C ends it.\n");
}

/// Says what to try.
pub fn print_what_to_try(cluster: &Cluster, repository: &Repository) {
    let kubectl = quoted(&cluster.kubectl.display().to_string());
    println!("\nIn another terminal:\n");
    println!("  export KUBECONFIG={}", quoted(&cluster.kubeconfig.display().to_string()));
    println!("  {kubectl} -n {NAMESPACE} get applications");
    if !repository.is_example {
        return;
    }
    let url = quoted(&repository.url);
    println!(
        r#"
  # a change: push it
  cd "$(mktemp -d)" && git clone {url} environment && cd environment
  perl -pi -e 's/replicas: 2/replicas: 4/' guestbook/deployment.yaml
  git commit -am 'Four replicas' && git push
  {kubectl} -n guestbook get deployments

  # and back
  git revert --no-edit HEAD && git push

  # drift: delete something, and it comes back
  {kubectl} -n guestbook delete deployment guestbook
  {kubectl} -n guestbook get deployments

  # what Git no longer has is pruned
  git rm -q settings/flags.json && git commit -m 'No flags' && git push
  {kubectl} -n settings get configmaps

  # a file that is broken stops its own application, and nothing is deleted
  perl -pi -e 's/metadata:/metadata: {{/' waves/store.yaml
  git commit -am 'A mistake' && git push
  git revert --no-edit HEAD && git push
"#
    );
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
    use super::quoted;

    #[test]
    fn a_shell_reads_a_path_with_anything_in_it_as_one_word() {
        assert_eq!(quoted("/a/b-c.git"), "/a/b-c.git");
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }
}
