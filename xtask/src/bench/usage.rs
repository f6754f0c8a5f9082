//! What a process has used, from `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

/// What `sysconf(_SC_CLK_TCK)` says on every Linux that we run on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process has used so far.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Usage {
    /// CPU time, in seconds.
    pub cpu_seconds: f64,
    /// The most memory that was resident, in MiB.
    pub peak_mib: f64,
    /// The memory that is resident, in MiB.
    pub mib: f64,
}

impl Usage {
    /// Of a process.
    pub fn of(process: u32) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = format!("/proc/{process}/{name}");
            fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
        };
        let (stat, status) = (read("stat")?, read("status")?);
        Ok(Self {
            cpu_seconds: ticks(&stat) / TICKS_PER_SECOND,
            peak_mib: mib(&status, "VmHWM:"),
            mib: mib(&status, "VmRSS:"),
        })
    }
}

/// User and system time. The name before them may hold anything, also spaces.
fn ticks(stat: &str) -> f64 {
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let number = |place| fields.split_whitespace().nth(place).and_then(|f| f.parse::<f64>().ok());
    number(11).unwrap_or_default() + number(12).unwrap_or_default()
}

fn mib(status: &str, name: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// The process that another one has started.
pub fn child_of(process: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// CPU time between two looks, as millicores.
pub fn millicores(before: Usage, after: Usage, time: Duration) -> f64 {
    1000.0 * (after.cpu_seconds - before.cpu_seconds) / time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::{mib, ticks};

    #[test]
    fn a_process_may_have_any_name() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 120 30 0 0 20 0 3 0 100";
        assert!((ticks(stat) - 150.0).abs() < f64::EPSILON);
        assert!((mib("Name:\tx\nVmHWM:\t    2048 kB\n", "VmHWM:") - 2.0).abs() < f64::EPSILON);
    }
}
