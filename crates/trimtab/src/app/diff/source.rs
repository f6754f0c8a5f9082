//! The desired state, rendered here: from the repository, or from a directory on disk.

use super::Session;
use crate::keys::{self, ClusterKeys, Known};
use crate::offline::{self, DiskTree};
use crate::plan::no_revision;
use anyhow::{Context, anyhow, bail};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use trimtab_cli::printable;
use trimtab_controller::Keys;
use trimtab_git::{Config, FileRemotes, Git, LinkLocal};
use trimtab_model::{App, Class, RevisionSpec, Source, SourceRevision, limit};
use trimtab_plan::Part;
use trimtab_ports::clock::{Clock, timeout};
use trimtab_ports::git::{Git as _, Look, Want, WantedRefs};
use trimtab_render::{FileTree, Rendered, TreeInputs};

/// One source, rendered.
pub struct Render {
    /// What came out.
    pub rendered: Rendered,
    revision: SourceRevision,
}

impl Render {
    /// It as a part of its application.
    pub fn part<'a>((source, this): (&'a Source, &'a Self)) -> Part<'a> {
        Part { source, revision: this.revision.clone(), rendered: &this.rendered }
    }
}

/// Renders a directory on disk as the application's source.
pub fn local(app: &App, path: &Path) -> anyhow::Result<Render> {
    let [source] = &*app.sources else {
        bail!("the application has several sources, and --local names one directory: leave it out")
    };
    let tree = DiskTree::open(path)?;
    let mut rendered = trimtab_render::render("", &source.renderer, &TreeInputs::new(&tree));
    offline::as_reached(&mut rendered, path);
    if rendered.objects.is_empty() && rendered.problems.is_empty() {
        let path = printable(&path.display().to_string());
        eprintln!("warning: {path}: there are no manifests as the application reads it");
    }
    Ok(Render { rendered, revision: no_revision() })
}

/// Reads each source's repository and renders it, at another revision if one is named.
pub async fn fetched(
    session: &Session,
    app: &App,
    revision: Option<&str>,
) -> anyhow::Result<Vec<Render>> {
    if revision.is_some() && app.sources.len() != 1 {
        bail!(
            "the application has several sources, and --revision names one revision: leave it out"
        )
    }
    let reader = Reader::open(session)?;
    let mut renders = Vec::new();
    for source in &app.sources {
        let spec = revision
            .map_or_else(|| source.revision.clone(), |name| RevisionSpec::Named(name.into()));
        let read = reader.tree(source, &spec).await;
        let (tree, revision) = read.map_err(|error| of_flag(error, revision))?;
        let inputs = TreeInputs::new(&*tree);
        let rendered = trimtab_render::render(&source.path, &source.renderer, &inputs);
        renders.push(Render { rendered, revision });
    }
    Ok(renders)
}

/// Where a flag names a revision that is not there, it is the flag that is wrong, and not the source.
fn of_flag(error: anyhow::Error, named: Option<&str>) -> anyhow::Error {
    match (error.downcast_ref::<trimtab_ports::git::Error>(), named) {
        (Some(trimtab_ports::git::Error::NoSuchRevision { remote, revision }), Some(_)) => anyhow!(
            "{remote} has no revision `{revision}`: --revision names a branch, a tag or a commit, as the \
             repository has it"
        ),
        _ => error,
    }
}

/// How long repositories that are declared in Secrets are waited for.
const DECLARED_WAIT: Duration = Duration::from_secs(5);

/// Reads repositories. What was fetched ends with it.
struct Reader {
    git: Git,
    keys: ClusterKeys,
    clock: Arc<dyn Clock>,
    _cache: TempDir,
}

impl Reader {
    fn open(session: &Session) -> anyhow::Result<Self> {
        let cache = tempfile::tempdir().context("there is no place for temporary files")?;
        let config = Config {
            cache: cache.path().to_owned(),
            pack_bytes_max: limit::GIT_PACK_BYTES_MAX,
            object_bytes_max: limit::GIT_OBJECT_BYTES_MAX,
            unpacked_bytes_max: limit::GIT_UNPACKED_BYTES_MAX,
            pack_objects_max: limit::GIT_PACK_OBJECTS_MAX,
            chain_deltas_max: u32::try_from(limit::GIT_CHAIN_DELTAS_MAX).unwrap_or(u32::MAX),
            refs_bytes_max: limit::GIT_REFS_BYTES_MAX,
            index_time_max: Duration::from_secs(limit::GIT_INDEX_SECONDS_MAX),
            file_remotes: FileRemotes::Allowed,
            link_local: LinkLocal::Refused,
        };
        let git = Git::open(config, session.tasks.clone(), session.clock.clone())?;
        let (declare, declared) = watch::channel(None);
        let follow = keys::follow(session.cluster.clone(), session.namespace.clone(), declare);
        session.tasks.spawn("declared repositories", Box::pin(follow));
        let keys = ClusterKeys {
            declared,
            cluster: session.cluster.clone(),
            timeout: Duration::from_secs(limit::GIT_TIMEOUT_SECONDS_MAX),
            known: Known::default(),
        };
        Ok(Self { git, keys, clock: session.clock.clone(), _cache: cache })
    }

    async fn tree(
        &self,
        source: &Source,
        spec: &RevisionSpec,
    ) -> anyhow::Result<(Arc<dyn FileTree>, SourceRevision)> {
        let remote = &source.remote;
        // Who may not read Secrets is still served where a repository needs none.
        let mut declared = self.keys.declared.clone();
        let known = declared.wait_for(Option::is_some);
        let _ = timeout(&*self.clock, DECLARED_WAIT, known).await;
        let access = self.keys.access(remote, false).await;
        let access = access.map_err(|error| anyhow!(error).context(ELSEWHERE))?;
        let wanted = WantedRefs::of([spec]);
        let look = Look { remote, access: &access, wanted: &wanted, previous: None };
        let refs = self.git.refs(look).await.map_err(told)?;
        let complete = |text: &str| self.git.complete(remote, text);
        let revision = refs.resolve(remote, spec, &complete)?;
        let want = Want { remote, access: &access, commit: &revision.commit, known_tip: None };
        self.git.fetch(want).await.map_err(told)?;
        Ok((trimtab_ports::git::Git::tree(&self.git, remote, &revision.commit).await?, revision))
    }
}

/// What helps where a repository cannot be reached.
const ELSEWHERE: &str =
    "the repository is read from here, not by the operator; --local takes a directory on disk";

/// What the operator can reach may be out of reach from here.
fn told(error: trimtab_ports::git::Error) -> anyhow::Error {
    match error.class() {
        Class::Retry | Class::Uncertain => anyhow::Error::new(error).context(ELSEWHERE),
        Class::User | Class::Bug => anyhow::Error::new(error),
    }
}

#[cfg(test)]
mod tests {
    use super::of_flag;
    use trimtab_model::Remote;
    use trimtab_ports::git::Error;

    #[test]
    fn a_revision_that_a_flag_names_is_the_flag_s_mistake() {
        let error = || {
            let remote = Remote { url: "https://example.org/r.git".into(), credential: None };
            anyhow::Error::new(Error::NoSuchRevision { remote, revision: "HEAD~2".into() })
        };
        let said = of_flag(error(), Some("HEAD~2")).to_string();
        assert!(said.contains("no revision `HEAD~2`: --revision names"), "{said}");
        assert!(of_flag(error(), None).to_string().ends_with("change the source"));
    }
}
