//! Flux's resources, in the words of its own command line.

use super::ClusterFlags;
use crate::{app_name, duration};
use clap::{Args, Command, Subcommand};
use std::time::Duration;

/// Which of Flux's resources is meant.
#[derive(Clone, Debug, Subcommand)]
pub enum FluxTarget<K: Args, S: Args> {
    /// a `Kustomization`
    #[command(visible_alias = "ks")]
    Kustomization(K),
    /// a source
    #[command(subcommand)]
    Source(FluxSource<S>),
}

/// The kinds of sources.
#[derive(Clone, Debug, Subcommand)]
pub enum FluxSource<S: Args> {
    /// a `GitRepository`
    Git(S),
}

/// Has each command below say what it does, and to what: the list of kinds is the same for each verb.
pub(super) fn told(sentence: &'static str) -> impl Fn(Command) -> Command + Copy {
    move |command| {
        let kind = command.get_about().map(ToString::to_string).unwrap_or_default();
        command.about(sentence.replace("KIND", &kind)).mut_subcommands(told(sentence))
    }
}

/// The name of a resource.
#[derive(Args, Clone, Debug)]
pub struct FluxName {
    /// Name, or NAMESPACE/NAME
    #[arg(value_parser = app_name)]
    pub name: String,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub cluster: ClusterFlags,
}

/// A resource that is waited for.
#[derive(Args, Clone, Debug)]
pub struct FluxWait {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub resource: FluxName,
    /// How long to wait
    #[arg(long, value_parser = duration, default_value = "5m", value_name = "DURATION")]
    pub timeout: Duration,
}

/// A Kustomization that is reconciled.
#[derive(Args, Clone, Debug)]
pub struct FluxReconcile {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub wait: FluxWait,
    /// Reconcile its source first
    #[arg(long)]
    pub with_source: bool,
}

#[cfg(test)]
mod tests {
    use crate::{Cli, Command, FluxSource, FluxTarget};
    use clap::{CommandFactory, Parser};

    #[test]
    fn each_command_says_what_it_does_and_to_what() {
        let program = Cli::command();
        let about = |words: &[&str]| {
            let found = words.iter().try_fold(&program, |one, word| one.find_subcommand(word));
            found.and_then(|one| one.get_about()).map(ToString::to_string).unwrap_or_default()
        };
        assert_eq!(
            about(&["suspend", "kustomization"]),
            "Leave a `Kustomization` alone until it is resumed"
        );
        assert_eq!(
            about(&["reconcile", "source", "git"]),
            "Reconcile a `GitRepository` now, and wait for it"
        );
    }

    #[test]
    fn the_words_are_those_of_flux() {
        let command = |words: &[&str]| {
            let all = ["trimtab"].iter().chain(words);
            Cli::try_parse_from(all).map(|cli| cli.command).map_err(|error| error.to_string())
        };
        let suspend = command(&["suspend", "kustomization", "apps", "-n", "flux-system"]);
        assert!(matches!(suspend, Ok(Command::Suspend(FluxTarget::Kustomization(it)))
            if it.name == "apps" && it.cluster.namespace.as_deref() == Some("flux-system")));
        let reconcile = command(&["reconcile", "ks", "apps", "--with-source"]);
        assert!(matches!(reconcile, Ok(Command::Reconcile(FluxTarget::Kustomization(it)))
            if it.with_source && it.wait.resource.name == "apps"));
        let source = command(&["resume", "source", "git", "environment", "--timeout", "90s"]);
        assert!(matches!(source, Ok(Command::Resume(FluxTarget::Source(FluxSource::Git(it))))
            if it.timeout.as_secs() == 90));
        assert!(command(&["suspend", "helmrelease", "web"]).is_err());
    }
}
