//! The figures for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::floor::Floor;
use super::heal::Heal;
use super::large;
use super::restart::Restarts;
use super::stages::Figures;

/// How the CPU for the creation of one application grows with their number.
#[derive(Debug, Serialize)]
pub struct Growth {
    /// The smaller number.
    pub from: u32,
    /// The larger number.
    pub to: u32,
    /// CPU milliseconds for one application at the smaller number.
    pub milliseconds_from: f64,
    /// CPU milliseconds for one application at the larger number.
    pub milliseconds_to: f64,
}

/// The middle one; of an even number, the upper of both in the middle. 0 of none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// One row for each figure: the floor, ours, and the ratio.
pub fn table(n: u32, floor: &Floor, ours: &Figures, growth: Option<&Growth>) -> String {
    let mut table = Table::default();
    let creation = &ours.creation;
    let each = count(&creation.requests) / f64::from(n);
    table.beside("created → Synced and Healthy, s", floor.seconds, creation.seconds);
    table.beside("  API requests for each", floor.requests_each, each);
    table.alone("  CPU, s", creation.cpu_seconds);
    table.alone("  CPU for each, ms", 1000.0 * creation.cpu_seconds / f64::from(n));
    table.alone("  peak memory, MiB", creation.peak_mib);
    if let Some(rest) = &ours.rest {
        table.alone("at rest: CPU, millicores", rest.millicores);
        table.alone("  API requests in a second", count(&rest.requests) / rest.seconds);
    }
    if let (Some(floor), Some(ours)) = (&floor.heal, &ours.heal) {
        let Heal { median_milliseconds: middle, longest_milliseconds: longest, .. } = floor;
        table.beside("deleted → back, median, ms", *middle, ours.median_milliseconds);
        let label = format!("  longest of {}, ms", ours.count);
        table.beside(&label, *longest, ours.longest_milliseconds);
    }
    table.alone("pushed → applied, s", ours.commit.seconds);
    table.alone("  CPU, s", ours.commit.cpu_seconds);
    table.alone("  API requests", count(&ours.commit.requests));
    #[expect(clippy::cast_precision_loss, reason = "the count is small")]
    table.alone("  Git requests", ours.commit.git_requests as f64);
    restarts(&mut table, &ours.restarts);
    if let Some(Growth { from, to, milliseconds_from, milliseconds_to }) = growth {
        let label = format!("CPU for each, ms: {from} → {to}");
        table.beside(&label, *milliseconds_from, *milliseconds_to);
    }
    let heading = format!("{n} Applications of four objects");
    format!("\n{heading:<34}{:>10}{:>10}{:>10}\n{}", "floor", "Trimtab", "ratio", table.0)
}

/// One row for each figure of an application of so many objects.
pub fn large_table(n: u32, ours: &large::Figures) -> String {
    let mut table = Table::default();
    let creation = &ours.creation;
    table.alone("created → Synced and Healthy, s", creation.seconds);
    table.alone("  API requests", count(&creation.requests));
    table.alone("  CPU, s", creation.cpu_seconds);
    table.alone("  peak memory, MiB", creation.peak_mib);
    let stored = &ours.stored;
    table.alone("parts of the inventory", number(stored.parts));
    table.alone("  entries of the largest", number(stored.entries_max));
    table.alone("  the largest, KiB", number(stored.bytes_max) / 1024.0);
    table.alone("the Application, KiB", number(stored.application_bytes) / 1024.0);
    if let Some(heal) = &ours.heal {
        table.alone("deleted → back, median, ms", heal.median_milliseconds);
        table.alone(&format!("  longest of {}, ms", heal.count), heal.longest_milliseconds);
    }
    let commits = [("pushed → applied, s", &ours.commit), ("pushed → pruned, s", &ours.prune)];
    for (label, commit) in commits {
        table.alone(label, commit.seconds);
        table.alone("  CPU, s", commit.cpu_seconds);
        table.alone("  API requests", count(&commit.requests));
    }
    restarts(&mut table, &ours.restarts);
    let heading = format!("One Application of {n} objects");
    format!("\n{heading:<34}{:>10}{:>10}{:>10}\n{}", "floor", "Trimtab", "ratio", table.0)
}

/// A row for each figure of both ways to restart.
fn restarts(table: &mut Table, restarts: &Restarts) {
    let ways = [("kept", &restarts.with_caches), ("deleted", &restarts.without_caches)];
    for (caches, restart) in ways {
        table.alone(&format!("restarted, caches {caches}, s"), restart.seconds);
        table.alone("  CPU, s", restart.cpu_seconds);
        table.alone("  peak memory, MiB", restart.peak_mib);
        table.alone("  API requests", count(&restart.requests));
        table.alone("  writes", number(restart.writes));
        table.alone("  dry runs", number(restart.dry_runs));
    }
}

#[expect(clippy::cast_precision_loss, reason = "the count is small")]
fn number(count: usize) -> f64 {
    count as f64
}

fn count(requests: &BTreeMap<String, u64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "the count is small")]
    let sum = requests.values().sum::<u64>() as f64;
    sum
}

/// Rows of figures.
#[derive(Default)]
pub struct Table(String);

impl Table {
    fn beside(&mut self, label: &str, floor: f64, ours: f64) {
        let ratio = if floor > 0.0 { format!("{:.2}", ours / floor) } else { "–".to_owned() };
        let _ = writeln!(self.0, "{label:<34}{floor:>10.2}{ours:>10.2}{ratio:>10}");
    }

    fn alone(&mut self, label: &str, ours: f64) {
        let _ = writeln!(self.0, "{label:<34}{:>10}{ours:>10.2}{:>10}", "–", "–");
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, median};

    #[test]
    fn a_figure_stands_beside_the_floor() {
        let mut table = Table::default();
        table.beside("created", 2.0, 3.0);
        table.alone("CPU", 1.0);
        assert_eq!(
            table.0,
            "created                                 2.00      3.00      1.50\n\
             CPU                                        –      1.00         –\n"
        );
        assert!((median(&mut [3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
