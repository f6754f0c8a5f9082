//! What is counted. Names are Prometheus' style; the text is made by whoever serves it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn inc(&self) {
        self.add(1);
    }

    /// Adds some.
    pub fn add(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// Makes it this.
    pub fn set(&self, to: i64) {
        self.0.store(to, Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A span of time that goes up and down; told in seconds.
#[derive(Debug, Default)]
pub struct Seconds(AtomicU64);

impl Seconds {
    /// Makes it this.
    pub fn set(&self, to: std::time::Duration) {
        let milliseconds = u64::try_from(to.as_millis()).unwrap_or(u64::MAX);
        self.0.store(milliseconds, Ordering::Relaxed);
    }

    /// The span, to the millisecond.
    pub fn get(&self) -> String {
        let milliseconds = self.0.load(Ordering::Relaxed);
        format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
    }
}

macro_rules! metrics {
    ($(#[doc = $doc:literal] $name:ident: $sort:ident = $metric:literal;)*) => {
        /// Everything that the engine counts.
        #[derive(Debug, Default)]
        pub struct Metrics {$(
            #[doc = $doc]
            pub $name: $sort,
        )*}

        impl Metrics {
            /// All metrics in the text format of `OpenMetrics`, without the last line `# EOF`.
            pub fn text(&self) -> String {
                let mut text = String::new();
                $(
                    let help = $doc.trim();
                    text.push_str(&line($metric, stringify!($sort), help, &self.$name.get().to_string()));
                )*
                text
            }
        }
    };
}

metrics! {
    /// Times that an application was looked at.
    reconciles: Counter = "trimtab_reconciles";
    /// Syncs that ended well.
    operations_succeeded: Counter = "trimtab_operations_succeeded";
    /// Syncs that ended badly.
    operations_failed: Counter = "trimtab_operations_failed";
    /// Renders that were asked for.
    renders: Counter = "trimtab_renders";
    /// Renders whose inputs had not changed.
    render_hits: Counter = "trimtab_render_hits";
    /// Looks at the refs of a repository.
    git_looks: Counter = "trimtab_git_looks";
    /// Fetches from a repository.
    git_fetches: Counter = "trimtab_git_fetches";
    /// Watches that broke and began again.
    watch_restarts: Counter = "trimtab_watch_restarts";
    /// Status writes.
    status_writes: Counter = "trimtab_status_writes";
    /// Bugs of ours, each about one application or source: panics, and plans that broke a rule.
    panics: Counter = "trimtab_panics";
    /// Whether everything that is read has been seen whole: 1 or 0.
    complete: Gauge = "trimtab_reading_complete";
    /// Applications.
    applications: Gauge = "trimtab_applications";
    /// Applications that wait to be looked at.
    queue_depth: Gauge = "trimtab_queue_depth";
    /// How long the first application in the queue has waited to be looked at.
    queue_oldest: Seconds = "trimtab_queue_oldest_age_seconds";
    /// Objects in the index.
    index_objects: Gauge = "trimtab_index_objects";
    /// About how many bytes the index holds.
    index_bytes: Gauge = "trimtab_index_bytes";
}

fn line(name: &str, sort: &str, help: &str, value: &str) -> String {
    let (sort, suffix) = if sort == "Counter" { ("counter", "_total") } else { ("gauge", "") };
    format!("# HELP {name} {help}\n# TYPE {name} {sort}\n{name}{suffix} {value}\n")
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn each_metric_has_its_sentence_its_type_and_its_value() {
        let metrics = Metrics::default();
        metrics.renders.add(3);
        let text = metrics.text();
        assert!(text.contains("# HELP trimtab_renders Renders that were asked for.\n# TYPE trimtab_renders counter\ntrimtab_renders_total 3\n"));
    }
}
