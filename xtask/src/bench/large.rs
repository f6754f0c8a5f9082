//! `cargo xtask bench large`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use super::apps::begun;
use super::environment::Environment;
use super::heal::Heal;
use super::lab::Lab;
use super::manifests::{APPLICATIONS, CONFIG_MAPS, application, name};
use super::operator::Operator;
use super::report;
use super::restart::{self, Place, Restarts};
use super::stages::{self, Batch, Commit, Creation};
use super::{append, in_folder, program};

/// The collection of the parts of inventories.
const INVENTORIES: &str = "/apis/trimtab.dev/v1alpha1/namespaces/trimtab/inventories";
/// How many objects a folder of the repository has.
const FOLDER_OBJECTS: u32 = 4;
/// How many folders are removed to see what is pruned.
const PRUNED_FOLDERS: u32 = 5;

#[derive(clap::Args)]
pub struct Arguments {
    /// How many objects; four to a folder
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=20_000))]
    n: u32,
    /// How many Services to delete; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 20)]
    heal: u32,
    /// Measure this program instead of one that is built now with optimisation
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Append the figures to this file, as one line of JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// All figures of one large application.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Until it is Synced and Healthy.
    pub creation: Creation,
    /// Where its inventory stands then.
    pub stored: Stored,
    /// Services are deleted.
    pub heal: Option<Heal>,
    /// One file changes.
    pub commit: Commit,
    /// Some folders go.
    pub prune: Commit,
    /// The operator is ended and started again.
    pub restarts: Restarts,
}

/// What stands in the cluster beside the objects themselves.
#[derive(Debug, Serialize)]
pub struct Stored {
    /// Objects that hold a part of the inventory.
    pub parts: usize,
    /// Entries of the one with most.
    pub entries_max: usize,
    /// Bytes of the largest, as JSON.
    pub bytes_max: usize,
    /// Bytes of the Application, as JSON.
    pub application_bytes: usize,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let program = program(arguments.program.as_deref())?;
    in_folder(|folder| {
        let figures = measure(arguments, &program, folder)?;
        print!("{}", report::large_table(arguments.n, &figures));
        let line = json!({"objects": arguments.n, "trimtab": figures});
        arguments.out.as_deref().map_or(Ok(()), |out| append(out, &line))
    })
}

fn measure(arguments: &Arguments, program: &Path, folder: &Path) -> anyhow::Result<Figures> {
    let fours = arguments.n.div_ceil(FOLDER_OBJECTS);
    let (lab, environment, operator) = begun(fours, program, folder)?;
    let resource = |number| large(number, &environment.url);
    let batch = Batch { count: 1, fours, resource: &resource };
    let creation = stages::create(&lab, &environment, &operator, &batch)?;
    let stored = stored(&lab)?;
    let heal = stages::heal(&lab, fours, arguments.heal)?;
    let commit = stages::commit(&lab, &environment, &operator)?;
    let prune = prune(&lab, &environment, &operator, fours)?;
    let place = Place { lab: &lab, environment: &environment, program, folder: folder.to_owned() };
    let (restarts, operator) = restart::measure(&place, operator, 1)?;
    operator.stop()?;
    Ok(Figures { creation, stored, heal, commit, prune, restarts })
}

/// One Application of all folders.
fn large(number: u32, repository: &str) -> Value {
    let mut application = application(number, repository);
    application["spec"]["source"]["path"] = json!("apps");
    application["spec"]["source"]["directory"] = json!({"recurse": true});
    application
}

fn stored(lab: &Lab) -> anyhow::Result<Stored> {
    let list = lab.admin.read(INVENTORIES)?;
    let parts: Vec<&Value> = list["items"].as_array().into_iter().flatten().collect();
    let entries = |part: &&Value| part["spec"]["entries"].as_array().map_or(0, Vec::len);
    let application = lab.admin.read(&format!("{APPLICATIONS}/{}", name(0)))?;
    Ok(Stored {
        parts: parts.len(),
        entries_max: parts.iter().map(entries).max().unwrap_or_default(),
        bytes_max: parts.iter().map(|part| part.to_string().len()).max().unwrap_or_default(),
        application_bytes: application.to_string().len(),
    })
}

/// Removes the last folders, and waits until what they had is gone.
fn prune(
    lab: &Lab,
    environment: &Environment,
    operator: &Operator,
    folders: u32,
) -> anyhow::Result<Commit> {
    stages::quiet(operator)?;
    let removed = folders - PRUNED_FOLDERS..folders;
    let commits = environment.remove(removed.clone())?;
    let mut left: Vec<u32> = removed.collect();
    stages::pushed(lab, environment, operator, &commits, || {
        while let Some(number) = left.last() {
            if lab.admin.get(&format!("{CONFIG_MAPS}/{}", name(*number)))?.code != 404 {
                return Ok(false);
            }
            left.pop();
        }
        Ok(true)
    })
}
