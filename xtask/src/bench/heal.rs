//! Deleted Services, and how soon they are back.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use serde::Serialize;

use super::lab::Lab;
use super::manifests::{SERVICES, name};
use super::report::median;

/// How long one may be away.
const AWAY_MAX: Duration = Duration::from_secs(20);
/// The pause between two.
const PAUSE: Duration = Duration::from_millis(100);

/// How soon what was deleted is back, from the event that it is gone to the event that it is there.
#[derive(Debug, Clone, Serialize)]
pub struct Heal {
    /// How many were deleted.
    pub count: usize,
    /// The median.
    pub median_milliseconds: f64,
    /// The longest.
    pub longest_milliseconds: f64,
}

/// Something happened to a Service.
struct Life {
    name: String,
    is_gone: bool,
    at: Instant,
}

/// Deletes some of the Services one by one; `None` if none is to be deleted.
pub fn measure(lab: &Lab, applications: u32, count: u32) -> anyhow::Result<Option<Heal>> {
    let count = count.min(applications);
    if count == 0 {
        return Ok(None);
    }
    let lives = lives(lab)?;
    let mut times = Vec::new();
    for number in 0..count {
        // Spread over all of them.
        let name = name((number * 7) % applications);
        lab.admin.delete(&format!("{SERVICES}/{name}"))?;
        times.push(1000.0 * away(&lives, &name)?.as_secs_f64());
        thread::sleep(PAUSE);
    }
    let longest = times.iter().copied().fold(0.0, f64::max);
    Ok(Some(Heal {
        count: times.len(),
        median_milliseconds: median(&mut times),
        longest_milliseconds: longest,
    }))
}

fn lives(lab: &Lab) -> anyhow::Result<Receiver<Life>> {
    let events = lab.watch(&lab.admin, SERVICES)?;
    let (tell, lives) = channel();
    thread::spawn(move || {
        for event in events {
            let at = Instant::now();
            let name = event["object"]["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let is_gone = match event["type"].as_str() {
                Some("DELETED") => true,
                Some("ADDED") => false,
                _ => continue,
            };
            if tell.send(Life { name, is_gone, at }).is_err() {
                return;
            }
        }
    });
    Ok(lives)
}

fn away(lives: &Receiver<Life>, name: &str) -> anyhow::Result<Duration> {
    let mut gone = None;
    loop {
        match lives.recv_timeout(AWAY_MAX) {
            Ok(life) if life.name != name => {}
            Ok(life) if life.is_gone => gone = Some(life.at),
            Ok(life) => {
                if let Some(gone) = gone {
                    return Ok(life.at - gone);
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                bail!("the Service {name} is not back after {} s", AWAY_MAX.as_secs())
            }
            Err(RecvTimeoutError::Disconnected) => bail!("the watch of Services has ended"),
        }
    }
}
