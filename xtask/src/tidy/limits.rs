//! `docs/reference/limits.md`: written from the table of limits, and compared with it.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use trimtab_model::{LIMITS, Limit};

/// How to bring the page up to date.
const WRITE: &str = "cargo xtask tidy --write";

/// What is wrong with the page, if anything; with `write` it is written anew first.
pub fn problem(write: bool) -> anyhow::Result<Option<String>> {
    let (path, page) = (path(), page(LIMITS));
    if write {
        fs::write(&path, &page).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let is_right = fs::read_to_string(&path).is_ok_and(|found| found == page);
    let wrong = || format!("docs/reference/limits.md is not what the limits are: run `{WRITE}`");
    Ok((!is_right).then(wrong))
}

fn path() -> PathBuf {
    trimtab_testkit::repository().join("docs/reference/limits.md")
}

fn page(limits: &[Limit]) -> String {
    let mut page = format!(
        "# Limits\n\nThe bounds that a user may meet, in the order of the path that data takes. Written \
         by `{WRITE}` from the table in `crates/model`.\n\n\
         | Name | Default | Flag | What happens |\n|---|---|---|---|\n"
    );
    for limit in limits {
        let flag = limit.flag.map(|flag| format!("`{flag}`")).unwrap_or_default();
        let _ = writeln!(
            page,
            "| `{}` | {} | {flag} | {} |",
            limit.name,
            amount(limit.default, limit.unit),
            limit.meaning
        );
    }
    page
}

/// A number with its unit, as people say it.
fn amount(number: u64, unit: &str) -> String {
    let binary = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let larger =
        binary.iter().find(|(bits, _)| unit == "bytes" && number.trailing_zeros() >= *bits);
    match larger {
        Some((bits, name)) => format!("{} {name}", number >> bits),
        None => format!("{} {unit}", grouped(number)),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_that_a_limit_names_is_one_of_the_operator() {
        let cli = <trimtab_cli::Cli as clap::CommandFactory>::command();
        let run = cli.find_subcommand("run").expect("the operator");
        let known =
            |flag: &str| run.get_arguments().any(|one| one.get_long() == flag.strip_prefix("--"));
        let unknown: Vec<&str> =
            LIMITS.iter().filter_map(|limit| limit.flag).filter(|flag| !known(flag)).collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }

    #[test]
    fn amounts_are_readable() {
        assert_eq!(amount(10 << 20, "bytes"), "10 MiB");
        assert_eq!(amount(4096, "bytes"), "4 KiB");
        assert_eq!(amount(1000, "bytes"), "1,000 bytes");
        assert_eq!(amount(2_000_000, "nodes"), "2,000,000 nodes");
        assert_eq!(amount(8, "requests"), "8 requests");
    }
}
