//! `cargo xtask apiserver`: a real control plane to work with by hand.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use trimtab_testkit::control_plane::{ControlPlane, Minor, Options, Program};

use crate::interrupt;

/// How often to look whether every program still runs.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub struct Arguments {
    /// The Kubernetes minor version
    #[arg(long, default_value = "1.36", value_parser = minor())]
    minor: Minor,
    /// Keep everything in this folder, or continue what is there [default: a fresh folder]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Start no stand-in for nodes: Pods stay pending
    #[arg(long)]
    no_nodes: bool,
    /// Print the path of the one program that is etcd, kube-apiserver and
    /// kube-controller-manager, after building it if needed, and start nothing
    #[arg(long)]
    print_program: bool,
}

fn minor() -> impl TypedValueParser<Value = Minor> {
    let names = PossibleValuesParser::new(["1.35", "1.36"]);
    names.map(|name| if name == "1.35" { Minor::V1_35 } else { Minor::V1_36 })
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.print_program {
        println!("{}", Program::one(arguments.minor)?.display());
        return Ok(());
    }
    let interrupt = interrupt::listen()?;
    let options = Options {
        minor: arguments.minor,
        data: arguments.data.clone(),
        nodes: !arguments.no_nodes,
        ..Options::default()
    };
    eprintln!("Starting Kubernetes {} (built first if needed, which takes minutes)", options.minor);
    let mut all = ControlPlane::start(&options)?;
    println!("API server  {}", all.url());
    for user in options.users.keys() {
        println!("{user:<11} export KUBECONFIG={}", all.kubeconfig(user).display());
    }
    eprintln!("Ctrl-C stops it.");
    while !interrupt.wait(LOOK_EVERY) {
        all.check()?;
    }
    all.stop().context("it was killed")
}
