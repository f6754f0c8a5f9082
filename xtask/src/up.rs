//! `cargo xtask up`: the operator at work on a real API server, with a repository to push to.

mod advice;
mod applications;
mod board;
mod cluster;
pub mod operator;
mod programs;
mod repository;
mod status;
mod watch;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};

use crate::interrupt::{self, Interrupt, Interrupted};
use crate::run_folder::RunFolder;
use applications::Applications;
use board::{Board, Paint};
use cluster::Cluster;
use operator::Operator;
use programs::Programs;
use repository::Repository;
use watch::Watch;

/// How often to look for Ctrl-C when no application changes.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The namespace of the operator and of the applications.
const NAMESPACE: &str = "trimtab";
/// It was interrupted before it could be seen whether all is well.
const WELL_NOT_SEEN: bool = false;

#[derive(clap::Args)]
pub struct Arguments {
    /// Exit as soon as every application is Synced and Healthy, or say why they are not
    #[arg(long)]
    until_healthy: bool,
    /// How long `--until-healthy` waits, as 90s or 3m
    #[arg(long, value_name = "TIME", default_value = "3m", value_parser = time)]
    timeout: Duration,
    /// Build the operator with optimisation
    #[arg(long)]
    release: bool,
    /// Follow this repository (a URL, or a folder on this machine) instead of the example
    #[arg(long, value_name = "URL")]
    repo: Option<String>,
    /// Its directory with the manifests
    #[arg(long, value_name = "PATH", default_value = ".", requires = "repo")]
    path: String,
    /// Its branch, tag or commit
    #[arg(long, value_name = "REVISION", default_value = "HEAD", requires = "repo")]
    revision: String,
    /// Work on the cluster of this kubeconfig file, with its rights, and start no control plane
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
}

/// Reads `90`, `90s`, `3m` or `1h`.
fn time(text: &str) -> Result<Duration, String> {
    let unit = |(count, seconds): (&str, u64)| {
        count.parse::<u32>().ok().map(|count| Duration::from_secs(seconds * u64::from(count)))
    };
    let read = match text.chars().last() {
        Some('s') => unit((&text[..text.len() - 1], 1)),
        Some('m') => unit((&text[..text.len() - 1], 60)),
        Some('h') => unit((&text[..text.len() - 1], 3600)),
        _ => unit((text, 1)),
    };
    read.ok_or_else(|| format!("`{text}` is not a time; write it as 90s or 3m"))
}

/// Runs until Ctrl-C, or, with `--until-healthy`, until all is well or the time is over.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let interrupt = interrupt::listen()?;
    let folder = RunFolder::fresh("up")?;
    let result = match Up::start(arguments, &interrupt, &folder) {
        Ok(Some(up)) => up.run(arguments, &interrupt),
        // A Ctrl-C ends what we have started, too: what that says of its end is no news.
        Ok(None) => Ok(WELL_NOT_SEEN),
        Err(_) if interrupt.came() => Ok(WELL_NOT_SEEN),
        Err(error) => Err(error),
    };
    match result {
        Ok(is_well) => {
            folder.remove()?;
            ended(is_well, arguments.until_healthy)
        }
        Err(error) if has_logs(folder.path()) => {
            Err(anyhow!("{error:#}\n\nThe logs are in {}", folder.path().display()))
        }
        Err(error) => Err(error),
    }
}

/// Who waits for all to be well is told when that was not seen.
fn ended(is_well: bool, until_healthy: bool) -> anyhow::Result<()> {
    if until_healthy && !is_well {
        return Err(Interrupted("all was well").into());
    }
    Ok(())
}

/// Whether anything was started that writes a log.
fn has_logs(folder: &Path) -> bool {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().extension().is_some_and(|name| name == "log"))
}

/// Everything that runs. Its parts end in this order: who calls goes before who is called.
struct Up {
    watch: Watch,
    operator: Operator,
    cluster: Cluster,
    repository: Repository,
    applications: Applications,
}

impl Up {
    /// Starts everything; nothing if somebody wished the end in the middle of it.
    fn start(
        arguments: &Arguments,
        interrupt: &Interrupt,
        folder: &RunFolder,
    ) -> anyhow::Result<Option<Self>> {
        // What a person may have mistyped is looked at before minutes of building.
        let given = arguments.repo.as_deref().map(Repository::given).transpose()?;
        let kubeconfig = arguments.kubeconfig.as_deref().map(cluster::kubeconfig).transpose()?;
        let programs = Programs::find(arguments.kubeconfig.is_none());
        let binary = operator::build(arguments.release);
        // On a terminal a Ctrl-C ends cargo, too, and that is no failure.
        if interrupt.came() || !programs.wait(interrupt)? {
            return Ok(None);
        }
        let binary = binary?;
        let cluster = match kubeconfig {
            Some(file) => Cluster::given(file, folder)?,
            None => Cluster::own(folder)?,
        };
        let (repository, applications) = wanted(given, arguments, folder)?;
        if interrupt.came() {
            return Ok(None);
        }
        cluster.prepare(&binary, interrupt)?;
        let watch = Watch::start(&cluster, folder)?;
        eprintln!("Starting the operator");
        let operator = Operator::start(&binary, &cluster, folder)?;
        // In the order in which a person does it; before its project, an application would be invalid.
        if !cluster.wait_for_project(interrupt)? {
            return Ok(None);
        }
        cluster.apply(&applications.manifests, interrupt)?;
        Ok(Some(Self { watch, operator, cluster, repository, applications }))
    }

    /// Prints what happens, and ends everything in order. Returns whether all was well at the end.
    fn run(mut self, arguments: &Arguments, interrupt: &Interrupt) -> anyhow::Result<bool> {
        advice::print_places(&self.cluster, &self.operator, &self.repository);
        let result = self.follow(arguments, interrupt);
        if !interrupt.came() {
            eprintln!("Ending");
        }
        drop(self.watch);
        let (stopped, cluster) = (self.operator.stop(), self.cluster.stop());
        let is_well = result?;
        stopped.and(cluster).map(|()| is_well)
    }

    /// Prints what happens until it is time to end. Returns whether all was well then.
    fn follow(&mut self, arguments: &Arguments, interrupt: &Interrupt) -> anyhow::Result<bool> {
        let start = Instant::now();
        let paint = Paint::of(std::io::stdout().is_terminal());
        let mut board = Board::new(&self.applications.names, paint);
        let mut advised = false;
        loop {
            match self.watch.events.recv_timeout(LOOK_EVERY) {
                Ok(event) => board.print_change(event, start.elapsed()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("nothing can be watched any more"),
            }
            if interrupt.came() {
                return Ok(board.is_well());
            }
            self.operator.check()?;
            self.cluster.check()?;
            self.repository.forget_requests();
            if board.is_well() && arguments.until_healthy {
                println!("{}", board.all_well(start.elapsed()));
                return Ok(true);
            }
            if board.is_well() && !advised {
                println!("{}", board.all_well(start.elapsed()));
                advice::print_what_to_try(&self.cluster, &self.operator, &self.repository);
                advised = true;
            }
            if arguments.until_healthy && start.elapsed() > arguments.timeout {
                bail!("{}", board.what_is_wrong(arguments.timeout));
            }
        }
    }
}

/// The repository, and the applications that follow it.
fn wanted(
    given: Option<Repository>,
    arguments: &Arguments,
    folder: &RunFolder,
) -> anyhow::Result<(Repository, Applications)> {
    let Some(repository) = given else {
        let repository = Repository::example(folder)?;
        let examples = Applications::examples(&repository)?;
        return Ok((repository, examples));
    };
    let one = Applications::one(&repository, &arguments.path, &arguments.revision);
    Ok((repository, one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_health_is_told_of_an_interrupt_before_it() {
        for (is_well, until_healthy, is_fine) in
            [(true, true, true), (false, true, false), (false, false, true)]
        {
            assert_eq!(ended(is_well, until_healthy).is_ok(), is_fine);
        }
        let told = ended(false, true).expect_err("it was not seen");
        assert_eq!(told.to_string(), "interrupted before all was well");
        assert!(told.is::<Interrupted>());
    }

    #[test]
    fn times_have_units_or_are_seconds() {
        for (text, seconds) in [("90", 90), ("90s", 90), ("3m", 180), ("1h", 3600)] {
            assert_eq!(time(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "m", "-1s", "3 m", "ü"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
