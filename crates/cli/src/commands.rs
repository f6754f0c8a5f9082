//! What a person may type. Flags win over `TRIMTAB_*`, and that wins over the default.

mod flux;
mod helm;
mod objects;

use crate::{Format, Selector, app_name, duration, exit, namespace_name, pause};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;
use trimtab_model::{PruneLimit, limit};

pub use flux::{FluxName, FluxReconcile, FluxSource, FluxTarget, FluxWait};
pub use helm::{
    HelmCommand, HelmIdle, HelmPrinted, HelmRelease, HelmSource, HelmTemplate, HelmValues,
};
pub use objects::{Manifests, Origin, Resources};

/// A GitOps operator for Kubernetes: Argo CD's and Flux's APIs in one process.
#[derive(Debug, Parser)]
#[command(name = "trimtab", version, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  trimtab plan ./guestbook --offline   what a directory would create, without a cluster
  trimtab plan ./guestbook             what it would change in the cluster, and why
  trimtab app list                     the applications of the cluster
  trimtab app diff guestbook           what a sync of one would change
  trimtab app sync guestbook           a sync, and its end";

const EXIT_CODES: &str = "\
Exit codes: 0 all well; 1 a difference (diff), or a sync that failed; 2 the command failed, and says
why; 3 the time of --timeout was over.";

const EXIT_CODES_OF_FLUX: &str = "\
Exit codes: 0 all well; 1 the reconcile failed; 2 the command failed, and says why; 3 the time of
--timeout was over.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the operator.
    Run(Box<Run>),
    /// Print what a cluster needs before the operator runs in it.
    Install(Install),
    /// Print the manifests that a directory renders to.
    Render(Render),
    /// Print what a sync of a directory would do to a cluster, or to an empty one.
    Plan(Plan),
    /// Look at applications and act on them.
    #[command(subcommand, after_help = EXIT_CODES)]
    App(AppCommand),
    /// Leave a resource of Flux alone until it is resumed, as `flux suspend`.
    #[command(subcommand, mut_subcommands = flux::told("Leave KIND alone until it is resumed"))]
    Suspend(FluxTarget<FluxName, FluxName>),
    /// Go on with a suspended resource of Flux, and wait for it, as `flux resume`.
    #[command(subcommand, after_help = EXIT_CODES_OF_FLUX,
              mut_subcommands = flux::told("Go on with KIND that was suspended, and wait for it"))]
    Resume(FluxTarget<FluxWait, FluxWait>),
    /// Reconcile a resource of Flux now, and wait for it, as `flux reconcile`.
    #[command(subcommand, after_help = EXIT_CODES_OF_FLUX,
              mut_subcommands = flux::told("Reconcile KIND now, and wait for it"))]
    Reconcile(FluxTarget<FluxReconcile, FluxWait>),
    /// Render charts as helm does, with helm's own flags.
    #[command(subcommand)]
    Helm(HelmCommand),
    /// Print a script that completes commands in a shell.
    Completion(Completion),
}

/// How a cluster is reached.
#[derive(Args, Clone, Debug, Default)]
pub struct KubeconfigFlags {
    /// Kubeconfig file; by default $KUBECONFIG, then ~/.kube/config, then the Pod's own account
    #[arg(long, env = "TRIMTAB_KUBECONFIG", value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig; by default its current one
    #[arg(long, env = "TRIMTAB_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,
}

/// How the applications of a cluster are reached.
#[derive(Args, Clone, Debug, Default)]
pub struct ClusterFlags {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub kubeconfig: KubeconfigFlags,
    /// Namespace of the applications; by default that of the kubeconfig's context, else trimtab
    #[arg(long, short, env = "TRIMTAB_NAMESPACE", value_name = "NAME", value_parser = namespace_name)]
    pub namespace: Option<String>,
}

/// How the objects of an installation are told from those of others in the cluster.
#[derive(Args, Clone, Debug, Default)]
pub struct InstallationFlags {
    /// Name of this installation, written into its objects: two of one cluster may then have Applications
    /// of the same name. As installationID of Argo CD, whose objects keep theirs when it is taken over
    #[arg(long, env = "TRIMTAB_INSTALLATION_ID", value_name = "NAME")]
    pub installation_id: Option<String>,
}

static GIT_POLL: LazyLock<String> = LazyLock::new(|| format!("{}s", limit::GIT_POLL_SECONDS));
static GIT_POLL_JITTER: LazyLock<String> =
    LazyLock::new(|| format!("{}s", limit::GIT_POLL_JITTER_SECONDS_MAX));
static WRITES_IN_FLIGHT: LazyLock<String> =
    LazyLock::new(|| limit::WRITES_IN_FLIGHT_MAX.to_string());

/// Runs the operator.
#[derive(Args, Clone, Debug)]
pub struct Run {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub cluster: ClusterFlags,
    /// Address for health, metrics and webhooks
    #[arg(long, env = "TRIMTAB_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Plan and report, and write nothing
    #[arg(long, env = "TRIMTAB_OBSERVE")]
    pub observe: bool,
    /// Directory for caches, which may be deleted at any time; by default trimtab in the user's directory
    /// for caches, where each cluster and namespace has its own
    #[arg(long, env = "TRIMTAB_CACHE_DIR", value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Read repositories on this machine's disk too, below DIR alone if it is given: who may write an
    /// application can then read them
    #[arg(long, env = "TRIMTAB_ALLOW_FILE_REPOSITORIES", value_name = "DIR", num_args = 0..=1,
          require_equals = true, default_missing_value = "/")]
    pub allow_file_repositories: Option<PathBuf>,
    /// Ask repositories at addresses of the own link and of clouds' metadata services too: who may write
    /// an application can then reach them in the operator's name
    #[arg(long, env = "TRIMTAB_ALLOW_LINK_LOCAL_REPOSITORIES")]
    pub allow_link_local_repositories: bool,
    /// Pause between two looks at a repository, at least a second
    #[arg(long, env = "TRIMTAB_GIT_POLL", value_name = "DURATION", value_parser = pause,
          default_value = GIT_POLL.as_str())]
    pub git_poll: Duration,
    /// The most that chance adds to that pause
    #[arg(long, env = "TRIMTAB_GIT_POLL_JITTER", value_name = "DURATION", value_parser = duration,
          default_value = GIT_POLL_JITTER.as_str())]
    pub git_poll_jitter: Duration,
    /// Most writes to a cluster at a time
    #[arg(long, env = "TRIMTAB_WRITES_IN_FLIGHT", value_name = "N",
          default_value = WRITES_IN_FLIGHT.as_str(), value_parser = clap::value_parser!(u32).range(1..=64))]
    pub writes_in_flight: u32,
    /// How much one sync may prune without a yes, where the application does not say: objects, a share
    /// of the inventory, both as 20,50% (the larger one holds), or unlimited
    #[arg(long, env = "TRIMTAB_PRUNE_BUDGET", value_name = "BUDGET", default_value_t)]
    pub prune_budget: PruneLimit,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub installation: InstallationFlags,
    /// File with the secret that signs webhooks
    #[arg(long, env = "TRIMTAB_WEBHOOK_SECRET_FILE", value_name = "FILE")]
    pub webhook_secret_file: Option<PathBuf>,
    /// File with the bearer token that opens /metrics to other machines
    #[arg(long, env = "TRIMTAB_METRICS_TOKEN_FILE", value_name = "FILE")]
    pub metrics_token_file: Option<PathBuf>,
    /// How log lines are written
    #[arg(long, env = "TRIMTAB_LOG_FORMAT", value_enum, default_value_t = LogFormat::Auto)]
    pub log_format: LogFormat,
    /// Which log lines are written: error, warn, info, debug or trace
    #[arg(long, env = "TRIMTAB_LOG_LEVEL", default_value = "info", value_name = "LEVEL")]
    pub log_level: String,
}

impl Run {
    /// The directory under which each installation has its caches. `None` where nothing names one, as in
    /// a container without a home.
    #[expect(clippy::disallowed_methods, reason = "configuration is parsed here")]
    pub fn cache_root(&self) -> Option<PathBuf> {
        let absolute = |name: &str| {
            std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
        };
        let of_user = || {
            let home = || absolute("HOME").map(|home| home.join(".cache"));
            absolute("XDG_CACHE_HOME").or_else(home).map(|caches| caches.join("trimtab"))
        };
        self.cache_dir.clone().or_else(of_user)
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people on a terminal, else JSON
    Auto,
    /// JSON
    Json,
    /// For people
    Text,
}

/// Prints what a cluster needs before the operator runs in it: definitions, its namespace and RBAC.
#[derive(Args, Clone, Debug)]
pub struct Install {
    /// Print `CustomResourceDefinitions` and nothing else
    #[arg(long, conflicts_with = "rbac_only")]
    pub crds_only: bool,
    /// Print the RBAC that the operator needs and nothing else
    #[arg(long)]
    pub rbac_only: bool,
    /// Namespace that the operator runs in
    #[arg(long, short, default_value = "trimtab", value_name = "NAME", value_parser = namespace_name)]
    pub namespace: String,
}

/// Where manifests are, and which files of a directory count.
#[derive(Args, Clone, Debug)]
pub struct DirectoryFlags {
    /// Directory or file with manifests, or - for standard input
    #[arg(value_name = "PATH", required_unless_present = "filename", conflicts_with = "filename")]
    path: Option<PathBuf>,
    /// The same as PATH, as kubectl has it
    #[arg(long, short = 'f', value_name = "PATH")]
    filename: Option<PathBuf>,
    /// Read sub-directories too
    #[arg(long, short = 'R', alias = "recursive")]
    pub recurse: bool,
    /// Read only files that match this glob
    #[arg(long, value_name = "GLOB")]
    pub include: Option<String>,
    /// Leave out files that match this glob
    #[arg(long, value_name = "GLOB")]
    pub exclude: Option<String>,
}

impl DirectoryFlags {
    /// Where the manifests are. `-` is standard input.
    #[expect(clippy::missing_panics_doc, reason = "clap asks for one of them")]
    pub fn path(&self) -> &Path {
        let given = self.path.as_deref().or(self.filename.as_deref());
        given.expect("clap asks for one of them")
    }
}

/// Prints the manifests that a directory renders to.
#[derive(Args, Clone, Debug)]
pub struct Render {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub directory: DirectoryFlags,
    /// json or yaml
    #[arg(long, short, default_value = "yaml")]
    pub output: Format,
}

/// Prints what a sync of a directory would do.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub directory: DirectoryFlags,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub kubeconfig: KubeconfigFlags,
    /// Namespace of objects that name none; by default that of the kubeconfig's context, else default
    #[arg(long, short, env = "TRIMTAB_NAMESPACE", value_name = "NAME", value_parser = namespace_name)]
    pub namespace: Option<String>,
    /// Compare with an empty cluster, and ask none, whatever --kubeconfig and --context say
    #[arg(long)]
    pub offline: bool,
    /// json or yaml
    #[arg(long, short, default_value = "text")]
    pub output: Format,
}

/// Which application.
#[derive(Args, Clone, Debug)]
pub struct AppName {
    /// Name, or NAMESPACE/NAME
    #[arg(value_parser = app_name)]
    pub name: String,
    /// Kind of the application, where both kinds have one of this name
    #[arg(long, value_enum, ignore_case = true)]
    pub kind: Option<AppKind>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub cluster: ClusterFlags,
}

/// The kinds of applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AppKind {
    /// `Application` of argoproj.io
    #[value(alias = "app")]
    Application,
    /// `Kustomization` of kustomize.toolkit.fluxcd.io
    #[value(alias = "ks")]
    Kustomization,
}

impl AppKind {
    /// The kind's name in the cluster.
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Kustomization => "Kustomization",
        }
    }
}

/// Looks at applications and acts on them.
#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// List applications
    #[command(visible_alias = "ls")]
    List(List),
    /// Show one application with its objects
    Get(Get),
    /// List the objects of an application
    Resources(Resources),
    /// Print the manifests of an application, as Git or the cluster has them
    Manifests(Manifests),
    /// Show how the live objects differ from what is desired
    Diff(Diff),
    /// Ask for a sync, and wait for its end
    Sync(Sync),
    /// End the running sync, also between two tries: what was applied stays
    TerminateOp(AppName),
    /// Wait until an application is synced and healthy
    Wait(Wait),
    /// List the past syncs
    History(History),
    /// Look at the source and the cluster now
    Refresh(Refresh),
    /// Approve the prunes that wait for a yes
    Approve(AppName),
}

/// Lists applications.
#[derive(Args, Clone, Debug)]
pub struct List {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub cluster: ClusterFlags,
    /// In all namespaces
    #[arg(long, short = 'A')]
    pub all_namespaces: bool,
    /// Only those of a project
    #[arg(long, short, value_name = "NAME")]
    pub project: Option<String>,
    /// Only those with these labels, as kubectl has it: a=b, a!=b, a in (b,c), a notin (b,c), a, !a
    #[arg(long, short = 'l', value_name = "LABELS")]
    pub selector: Option<Selector>,
    /// json, yaml, wide or name
    #[arg(long, short, default_value = "text")]
    pub output: Format,
}

/// Shows one application.
#[derive(Args, Clone, Debug)]
pub struct Get {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub app: AppName,
    /// json, yaml, wide or name
    #[arg(long, short, default_value = "text")]
    pub output: Format,
    /// Let the operator look at the source first
    #[arg(long)]
    pub refresh: bool,
    /// Let the operator look at the source first, and pass by all caches
    #[arg(long)]
    pub hard_refresh: bool,
}

/// Shows differences. Reads the repository itself, with the credential that the application names.
#[derive(Args, Clone, Debug)]
pub struct Diff {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub app: AppName,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub installation: InstallationFlags,
    /// Compare with another revision than the one that the application follows
    #[arg(long, value_name = "REVISION", conflicts_with = "local")]
    pub revision: Option<String>,
    /// Compare with the manifests in this directory on disk
    #[arg(long, value_name = "PATH")]
    pub local: Option<PathBuf>,
    /// Let the operator look at the source first
    #[arg(long)]
    pub refresh: bool,
    /// Let the operator look at the source first, and pass by all caches
    #[arg(long)]
    pub hard_refresh: bool,
    /// Whether a difference is told by the exit code
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set,
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub exit_code: bool,
    /// The exit code of a difference
    #[arg(long = "diff-exit-code", value_name = "CODE", default_value_t = exit::DIFFERENCE)]
    pub code_of_difference: u8,
    /// json or yaml
    #[arg(long, short, default_value = "text")]
    pub output: Format,
}

/// Asks for a sync.
#[derive(Args, Clone, Debug)]
pub struct Sync {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub app: AppName,
    /// Another revision than the application's own
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// Remove what Git no longer has
    #[arg(long)]
    pub prune: bool,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Only these objects, as GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME
    #[arg(long = "resource", value_name = "RESOURCE")]
    pub resources: Vec<String>,
    /// Do not wait for the end
    #[arg(long = "async")]
    pub no_wait: bool,
    /// How long to wait
    #[arg(long, value_parser = duration, default_value = "5m", value_name = "DURATION")]
    pub timeout: Duration,
}

/// Waits for an application.
#[derive(Args, Clone, Debug)]
pub struct Wait {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub app: AppName,
    /// Wait for Synced
    #[arg(long)]
    pub sync: bool,
    /// Wait for Healthy
    #[arg(long)]
    pub health: bool,
    /// Wait for the end of the running sync
    #[arg(long)]
    pub operation: bool,
    /// How long to wait; 0 looks once, and does not wait
    #[arg(long, value_parser = duration, default_value = "5m", value_name = "DURATION")]
    pub timeout: Duration,
}

/// Lists past syncs.
#[derive(Args, Clone, Debug)]
pub struct History {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub app: AppName,
    /// json, yaml or wide
    #[arg(long, short, default_value = "text")]
    pub output: Format,
}

/// Looks again.
#[derive(Args, Clone, Debug)]
pub struct Refresh {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub app: AppName,
    /// Pass by all caches
    #[arg(long)]
    pub hard: bool,
    /// How long to wait
    #[arg(long, value_parser = duration, default_value = "2m", value_name = "DURATION")]
    pub timeout: Duration,
}

/// Prints a completion script.
#[derive(Args, Clone, Debug)]
pub struct Completion {
    /// bash, elvish, fish, powershell or zsh
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::{Cli, Command, Run};
    use clap::{CommandFactory, Parser};
    use trimtab_model::{PruneLimit, limit};

    #[test]
    fn the_commands_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_no_namespace_is_refused_before_anything_is_printed() {
        for bad in ["Foo_", "", "-a", "a.b", "a/b", &"a".repeat(64)] {
            for command in [["install", "--namespace"], ["run", "--namespace"]] {
                let flag = format!("{}={bad}", command[1]);
                let refused = Cli::try_parse_from(["trimtab", command[0], &flag]);
                let said = refused.expect_err(bad).to_string();
                assert!(said.contains("a namespace has lower-case letters"), "{said}");
            }
        }
        assert!(Cli::try_parse_from(["trimtab", "install", "-n", "a-1"]).is_ok());
        assert!(Cli::try_parse_from(["trimtab", "install", "--crds-only", "--rbac-only"]).is_err());
    }

    #[test]
    fn a_repository_is_not_looked_at_without_a_pause() {
        for none in ["0", "0s", "999ms"] {
            let said = run(&["--git-poll", none]).expect_err(none);
            assert!(said.contains("at least 1 s"), "{said}");
        }
        assert_eq!(run(&["--git-poll", "1s"]).expect("valid").git_poll.as_secs(), 1);
        assert!(run(&["--git-poll-jitter", "0s"]).is_ok());
    }

    #[test]
    fn a_kind_is_written_as_people_write_it() {
        for kind in ["Application", "application", "KUSTOMIZATION"] {
            let words = ["trimtab", "app", "get", "web", "--kind", kind];
            assert!(Cli::try_parse_from(words).is_ok(), "{kind}");
        }
    }

    #[test]
    fn manifests_are_named_as_a_path_or_as_kubectl_has_it() {
        let path = |words: &[&str]| {
            let all = ["trimtab", "render"].iter().chain(words);
            match Cli::try_parse_from(all).map(|cli| cli.command) {
                Ok(Command::Render(render)) => render.directory.path().to_str().map(str::to_owned),
                _ => None,
            }
        };
        assert_eq!(path(&["a"]).as_deref(), Some("a"));
        assert_eq!(path(&["-R", "-f", "a"]).as_deref(), Some("a"));
        assert_eq!(path(&["-"]).as_deref(), Some("-"));
        assert_eq!(path(&["-f", "-"]).as_deref(), Some("-"));
        assert_eq!(path(&[]), None);
        assert_eq!(path(&["a", "-f", "b"]), None);
    }

    fn run(arguments: &[&str]) -> Result<Run, String> {
        let all = ["trimtab", "run"].iter().chain(arguments);
        match Cli::try_parse_from(all).map_err(|error| error.to_string())?.command {
            Command::Run(run) => Ok(*run),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn without_flags_the_operator_keeps_to_the_table_of_limits() {
        let run = run(&[]).expect("valid");
        assert_eq!(run.git_poll.as_secs(), limit::GIT_POLL_SECONDS);
        assert_eq!(run.git_poll_jitter.as_secs(), limit::GIT_POLL_JITTER_SECONDS_MAX);
        assert_eq!(u64::from(run.writes_in_flight), limit::WRITES_IN_FLIGHT_MAX);
        assert_eq!(run.prune_budget, PruneLimit::default());
    }

    #[test]
    fn a_budget_of_prunes_is_read_as_the_annotation_is() {
        let budget = |text: &str| run(&["--prune-budget", text]).map(|run| run.prune_budget);
        assert_eq!(budget("unlimited"), Ok(PruneLimit::Unlimited));
        assert_eq!(budget("10%"), Ok(PruneLimit::Budget { objects: 0, percent: 10 }));
        let refused = budget("many").expect_err("no budget");
        assert!(refused.contains("`many` is no prune budget"), "{refused}");
    }
}
