//! Helm's own commands, with helm's own flags. Source: helm 4.3.1 `template.go`, `install.go`.

use clap::{ArgAction, Args, Subcommand};
use std::path::PathBuf;

/// Helm's own commands.
#[derive(Debug, Subcommand)]
pub enum HelmCommand {
    /// Print what a chart renders to, as `helm template` prints it.
    Template(Box<HelmTemplate>),
}

/// Prints what a chart renders to, without a cluster.
#[derive(Args, Clone, Debug)]
pub struct HelmTemplate {
    /// Name of the release, by default release-name, and the chart: a directory or a packaged .tgz
    #[arg(value_name = "NAME] [CHART", required = true, num_args = 1..)]
    pub name_and_chart: Vec<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub values: HelmValues,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub release: HelmRelease,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub printed: HelmPrinted,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub source: HelmSource,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would print a comment here as a heading")]
    pub idle: HelmIdle,
}

/// Values that are given.
#[derive(Args, Clone, Debug, Default)]
pub struct HelmValues {
    /// File with values, - for standard input; several, or one flag with commas
    #[arg(long = "values", short = 'f', value_name = "FILES")]
    values: Vec<String>,
    /// Values: key1=val1,key2=val2
    #[arg(long, value_name = "VALUES")]
    pub set: Vec<String>,
    /// Values that are texts
    #[arg(long, value_name = "VALUES")]
    pub set_string: Vec<String>,
    /// Values that are JSON: key1=json1,key2=json2, or one object
    #[arg(long, value_name = "VALUES")]
    pub set_json: Vec<String>,
    /// Values from files: key1=path1,key2=path2
    #[arg(long, value_name = "VALUES")]
    pub set_file: Vec<String>,
    /// A value that is a text as it stands
    #[arg(long, value_name = "VALUE")]
    pub set_literal: Vec<String>,
    /// Do not hold values against the schemas of charts
    #[arg(long)]
    pub skip_schema_validation: bool,
}

impl HelmValues {
    /// The files, those before the comma first.
    pub fn files(&self) -> Vec<String> {
        listed(&self.values)
    }
}

/// What templates see of the release and of the cluster.
#[derive(Args, Clone, Debug, Default)]
pub struct HelmRelease {
    /// Namespace of the release
    #[arg(
        long,
        short,
        env = "HELM_NAMESPACE",
        value_name = "NAME",
        default_value = "default",
        hide_env = true
    )]
    pub namespace: String,
    /// Template that names the release
    #[arg(long, value_name = "TEMPLATE")]
    pub name_template: Option<String>,
    /// Leave out the name
    #[arg(long, short)]
    pub generate_name: bool,
    /// Render an upgrade, not an installation
    #[arg(long)]
    pub is_upgrade: bool,
    /// Version of Kubernetes
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// APIs of the cluster beside the usual ones; several, or one flag with commas
    #[arg(long = "api-versions", short = 'a', value_name = "APIS")]
    api_versions: Vec<String>,
}

impl HelmRelease {
    /// The further APIs.
    pub fn apis(&self) -> Vec<String> {
        listed(&self.api_versions)
    }
}

/// What is printed.
#[derive(Args, Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags")]
pub struct HelmPrinted {
    /// Print the files of crds/ too
    #[arg(long)]
    pub include_crds: bool,
    /// Leave out hooks that test the release
    #[arg(long)]
    pub skip_tests: bool,
    /// Leave out hooks
    #[arg(long)]
    pub no_hooks: bool,
    /// Print only what these templates render to
    #[arg(long, short, value_name = "TEMPLATE")]
    pub show_only: Vec<String>,
    /// Write a file for each template below this directory
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Write them below a directory with the name of the release
    #[arg(long)]
    pub release_name: bool,
}

/// Where charts come from. Only those on disk are read yet; what asks for others is refused.
#[derive(Args, Clone, Debug, Default)]
pub struct HelmSource {
    /// Repository of the chart. Not supported yet: `helm pull` first
    #[arg(long, value_name = "URL")]
    pub repo: Option<String>,
    /// Version of a chart in a repository; a chart on disk has its own
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Fetch missing charts below it. Not supported yet: `helm dependency build` first
    #[arg(long)]
    pub dependency_update: bool,
    /// Verify the chart's signature. Not supported yet
    #[arg(long)]
    pub verify: bool,
    /// Ask name servers for templates. Not supported
    #[arg(long)]
    pub enable_dns: bool,
    /// client; nothing else is supported
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true,
          default_missing_value = "client", default_value = "client")]
    pub dry_run: String,
}

/// Flags that helm takes and that change nothing of what it prints.
#[derive(Args, Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags")]
pub struct HelmIdle {
    #[arg(long, hide = true)]
    create_namespace: bool,
    #[arg(long, hide = true)]
    devel: bool,
    #[arg(long, hide = true)]
    disable_openapi_validation: bool,
    #[arg(long, hide = true, alias = "force")]
    force_replace: bool,
    #[arg(long, hide = true)]
    force_conflicts: bool,
    #[arg(long, hide = true)]
    hide_notes: bool,
    #[arg(long, hide = true)]
    render_subchart_notes: bool,
    #[arg(long, hide = true)]
    replace: bool,
    #[arg(long, hide = true, alias = "atomic")]
    rollback_on_failure: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, action = ArgAction::Append)]
    server_side: Vec<String>,
    #[arg(long, hide = true)]
    skip_crds: bool,
    #[arg(long, hide = true)]
    take_ownership: bool,
    #[arg(long, hide = true)]
    wait_for_jobs: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, action = ArgAction::Append)]
    wait: Vec<String>,
    #[arg(long, hide = true)]
    timeout: Option<String>,
    #[arg(long, hide = true)]
    description: Option<String>,
    #[arg(long, short, hide = true)]
    labels: Vec<String>,
}

/// Texts with commas between them; one with a comma stands in double quotes. Source: pflag
/// `string_slice.go`.
fn listed(flags: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for flag in flags.iter().filter(|flag| !flag.is_empty()) {
        let mut rest = flag.as_str();
        loop {
            let (item, next) = item(rest);
            all.push(item);
            match next {
                Some(next) => rest = next,
                None => break,
            }
        }
    }
    all
}

/// The first item, and what follows its comma.
fn item(text: &str) -> (String, Option<&str>) {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut item = String::new();
        let mut rest = quoted;
        while let Some((before, after)) = rest.split_once('"') {
            item.push_str(before);
            match after.strip_prefix('"') {
                Some(after) => {
                    item.push('"');
                    rest = after;
                }
                None => return (item, after.strip_prefix(',')),
            }
        }
    }
    match text.split_once(',') {
        Some((item, rest)) => (item.to_owned(), Some(rest)),
        None => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn lists_are_split_at_commas_outside_of_quotes() {
        let flags = ["a,b", "", "\"c,\"\"d\"\"\",e", "f,"].map(str::to_owned);
        assert_eq!(listed(&flags), ["a", "b", "c,\"d\"", "e", "f", ""]);
    }
}
