//! `docs/reference/commands.md`: written from the commands, and compared with them.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Arg, Command, CommandFactory};

/// How to bring the page up to date.
const WRITE: &str = "cargo xtask tidy --write";

/// What programs read.
const SHAPE: &str = "
## What `-o json` and `yaml` print

`app list` and `app get` print one shape for both families, which is not the resource: `kubectl get -o json` \
prints that, with `.status.sync.status` and `.status.health.status`. An application has `kind`, `namespace`, \
`name`, `labels`, `project`, `cluster`, `destinationNamespace`, `sources` (`repository`, `path`, \
`targetRevision`, and `suspended` of a source resource that is), `syncStatus`, `healthStatus`, `syncPolicy`, `revision`, `conditions` (`type`, `message`, \
`since`), `resources` (`group`, `kind`, `namespace`, `name`, `status`, `health`, `message`, \
`requiresPruning`), `operation` (`phase`, `message`, `startedAt`, `finishedAt`, `revision`, `results`) and \
`history` (`id`, `deployedAt`, `revision`, `initiatedBy`). `app resources` and `app history` print these \
lists alone. `health` is left out where the kind has no check, and in a list where the status does not say \
it: only `app get` and `app resources` look at the objects.
";

/// What is wrong with the page, if anything; with `write` it is written anew first.
pub fn problem(write: bool) -> anyhow::Result<Option<String>> {
    let (path, page) = (path(), page());
    if write {
        fs::write(&path, &page).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let is_right = fs::read_to_string(&path).is_ok_and(|found| found == page);
    let wrong =
        || format!("docs/reference/commands.md is not what the commands are: run `{WRITE}`");
    Ok((!is_right).then(wrong))
}

fn path() -> PathBuf {
    trimtab_testkit::repository().join("docs/reference/commands.md")
}

fn page() -> String {
    let mut page = format!(
        "# Commands\n\nWritten by `{WRITE}` from the program. A flag wins over its variable, and that over \
         the default.\n\n\
         Exit codes: 0 all well; 1 a difference (`app diff`, `plan`), a sync or a reconcile that failed, or a \
         sync with `--prune` whose prunes wait for approval, or manifests with problems (`render`); 2 the \
         command failed, and says why; 3 the time of `--timeout` was over.

\
         `trimtab completion bash|zsh|fish` prints a script that completes commands in a shell: \
         `source <(trimtab completion bash)`.\n{SHAPE}"
    );
    let mut program = trimtab_cli::Cli::command();
    program.build();
    section(&mut page, &program, "trimtab");
    page
}

/// A command with its flags, then the commands below it.
fn section(page: &mut String, command: &Command, name: &str) {
    let below = || command.get_subcommands().filter(|one| one.get_name() != "help");
    if below().next().is_none() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = write!(page, "\n## `{}`\n\n{about}\n", usage(command, name));
        table(page, command);
    }
    for one in below() {
        section(page, one, &format!("{name} {}", one.get_name()));
    }
}

fn usage(command: &Command, name: &str) -> String {
    let names = command.get_positionals().map(|one| format!(" {}", value_of(one)));
    format!("{name}{}", names.collect::<String>())
}

fn table(page: &mut String, command: &Command) {
    let mut rows = command.get_arguments().filter(|one| is_shown(one)).peekable();
    if rows.peek().is_none() {
        return;
    }
    page.push_str("\n| Flag | Variable | Default | |\n|---|---|---|---|\n");
    for one in rows {
        let variable = one.get_env().map(|name| format!("`{}`", name.display()));
        let defaults: Vec<_> =
            one.get_default_values().iter().map(|value| value.display().to_string()).collect();
        let default = defaults.join(", ");
        let default = if default.is_empty() || is_switch(one) {
            String::new()
        } else {
            format!("`{default}`")
        };
        let _ = writeln!(
            page,
            "| {} | {} | {default} | {} |",
            flag(one),
            variable.unwrap_or_default(),
            one.get_help().map(ToString::to_string).unwrap_or_default()
        );
    }
}

fn is_shown(argument: &Arg) -> bool {
    !matches!(argument.get_id().as_str(), "help" | "version")
}

fn is_switch(argument: &Arg) -> bool {
    !argument.get_action().takes_values()
}

fn flag(argument: &Arg) -> String {
    let Some(long) = argument.get_long() else { return format!("`{}`", value_of(argument)) };
    let short = argument.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let value = match value_of(argument) {
        _ if is_switch(argument) => String::new(),
        value if argument.is_require_equals_set() => format!("[={value}]"),
        value => format!(" {value}"),
    };
    format!("{short}`--{long}{value}`")
}

fn value_of(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::page;
    use clap::CommandFactory;

    #[test]
    fn every_setting_of_the_operator_is_on_the_page_of_settings() {
        let path = trimtab_testkit::repository().join("docs/reference/configuration.md");
        let settings = std::fs::read_to_string(path).expect("a page");
        let program = trimtab_cli::Cli::command();
        let run = program.find_subcommand("run").expect("a command");
        for flag in run.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(settings.contains(&format!("`--{flag}`")), "{flag}");
        }
        for variable in run.get_arguments().filter_map(clap::Arg::get_env) {
            assert!(settings.contains(&format!("`{}`", variable.display())), "{variable:?}");
        }
    }

    #[test]
    fn every_command_has_its_section_and_its_flags() {
        let page = page();
        assert!(page.contains("\n## `trimtab app diff NAME`\n"), "{page}");
        assert!(page.contains("| `--revision REVISION` |"), "{page}");
        assert!(page.contains("`TRIMTAB_LISTEN`"), "{page}");
        assert!(page.contains("| `--allow-file-repositories[=DIR]` |"), "{page}");
    }
}
