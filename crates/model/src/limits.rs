//! The bounds that a user may meet, in one table: name, unit, default, flag. What bounds a protocol, or
//! how work is cut into turns, stands beside its only use.

/// One bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name; the unit is its last word but `MAX`.
    pub name: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// The value without a flag.
    pub default: u64,
    /// The command-line flag that changes it, if one does.
    pub flag: Option<&'static str>,
    /// What happens at the bound.
    pub meaning: &'static str,
}

macro_rules! limits {
    ($($name:ident = $default:literal $unit:literal $flag:expr, $meaning:literal;)*) => {
        /// The bounds by name.
        pub mod limit {$(
            #[doc = $meaning]
            #[doc = concat!("Unit: ", $unit, ".")]
            pub const $name: u64 = $default;
        )*}

        /// The table of all bounds, in the order of the path that data takes.
        pub const LIMITS: &[Limit] = &[$(
            Limit { name: stringify!($name), unit: $unit, default: $default, flag: $flag, meaning: $meaning },
        )*];
    };
}

limits! {
    SOURCE_TEXT_BYTES_MAX = 4_096 "bytes" None, "A resource with a longer URL, revision, path or pattern is refused.";
    YAML_FILE_BYTES_MAX = 10_485_760 "bytes" None, "A larger manifest file is a problem of its application.";
    YAML_DEPTH_MAX = 200 "levels" None, "A document nested deeper is refused; so is a value that a template prints, writes, reads, copies or compares.";
    YAML_NODES_MAX = 2_000_000 "nodes" None, "A file with more nodes, aliases expanded, is refused.";
    YAML_DOCUMENTS_MAX = 50_000 "documents" None, "A file with more documents is refused.";
    TEMPLATE_NODES_MAX = 2_000_000 "nodes" None, "A template whose text has more nodes is refused.";
    TEMPLATE_NESTING_LEVELS_MAX = 1_000 "levels" None, "A template whose blocks or parentheses nest deeper is refused.";
    TEMPLATE_STEPS_MAX = 50_000_000 "steps" None, "A render of templates that takes more steps is broken off.";
    TEMPLATE_OUTPUT_BYTES_MAX = 268_435_456 "bytes" None, "A render of templates that writes more is broken off.";
    TEMPLATE_MEMORY_BYTES_MAX = 134_217_728 "bytes" None, "A render of templates whose values take more at a time is broken off.";
    TEMPLATE_DEPTH_LEVELS_MAX = 8_000 "levels" None, "A render of templates whose pipelines and includes nest deeper is broken off.";
    HELM_CHART_FILES_MAX = 50_000 "files" None, "A chart with more files, those of the charts in it and in archives counted, is refused.";
    HELM_CHART_BYTES_MAX = 104_857_600 "bytes" None, "A chart whose files have more bytes, unpacked, is refused.";
    HELM_CHART_LEVELS_MAX = 32 "levels" None, "A chart in which charts lie deeper one inside the other is refused.";
    HELM_CHARTS_MAX = 5_000 "charts" None, "A chart with more charts below, each alias counted, is refused.";
    HELM_VALUES_ENTRIES_MAX = 500_000 "entries" None, "A chart whose values, with those of all charts below and their globals, have more entries while they are merged is refused.";
    HELM_VALUES_BYTES_MAX = 67_108_864 "bytes" None, "A chart whose merged values take more is refused.";
    HELM_VALUES_STEPS_MAX = 20_000_000 "steps" None, "A chart whose values take more steps to be merged, an entry each, is refused.";
    HELM_SCHEMA_STEPS_MAX = 2_000_000 "steps" None, "Values whose schemas take more steps to be checked, a keyword at a value each, are refused.";
    RENDER_FILES_MAX = 50_000 "files" None, "A source directory with more manifest files is refused.";
    RENDER_ENTRIES_MAX = 1_000_000 "entries" None, "A source whose directories have more entries is refused.";
    RENDER_DEPTH_MAX = 200 "levels" None, "A source directory nested deeper is refused.";
    RENDER_PROBLEMS_MAX = 1_000 "problems" None, "Further problems of one source are counted and not kept; so are further warnings.";
    RENDER_BYTES_MAX = 268_435_456 "bytes" None, "The manifest files of one source are refused beyond this sum, with what aliases copy of them.";
    RENDER_NODES_MAX = 5_000_000 "nodes" None, "The manifest files of one source are refused beyond this sum of YAML nodes, aliases expanded.";
    RENDER_OBJECTS_MAX = 100_000 "objects" None, "A render with more objects is refused.";
    RENDER_SECONDS_MAX = 60 "seconds" None, "A render that takes longer is broken off, and nothing of it is applied or pruned; it is tried again after a minute, then ever later, but not later than five minutes.";
    RENDERS_MAX = 4 "renders" None, "Renders at a time; further ones wait for their turn, in the order in which they were asked for.";
    RENDER_QUICK_MILLISECONDS_MAX = 500 "milliseconds" None, "A render that takes longer is begun again behind those that do not; such renders never have all turns, and always one.";
    GLOB_BYTES_MAX = 4_096 "bytes" None, "A longer pattern is refused.";
    RENDER_GLOB_STEPS_MAX = 1_000_000_000 "steps" None, "A source whose patterns take more steps to match, a character of a pattern at a character of a path each, is refused.";
    URL_ENCODINGS_MAX = 4 "encodings" None, "A repository's URL whose path is encoded more often, one within the other, is refused.";
    GIT_REFS_BYTES_MAX = 67_108_864 "bytes" None, "A longer advertisement of refs is refused.";
    GIT_PACK_BYTES_MAX = 2_147_483_648 "bytes" None, "A larger pack is refused.";
    GIT_TIMEOUT_SECONDS_MAX = 60 "seconds" None, "A request to a Git server that takes longer fails.";
    GIT_POLL_SECONDS = 120 "seconds" Some("--git-poll"), "The pause between two looks at a repository's refs, without jitter.";
    GIT_POLL_SECONDS_MIN = 1 "seconds" None, "A shorter `--git-poll` is refused.";
    GIT_POLL_JITTER_SECONDS_MAX = 60 "seconds" Some("--git-poll-jitter"), "The most that chance adds to the pause between two looks.";
    GIT_RETRY_AFTER_SECONDS_MAX = 900 "seconds" None, "A Git server that asks us to come back later (`Retry-After`) is not asked before, by anyone; but not for longer than this.";
    GIT_CONNECT_SECONDS_MAX = 10 "seconds" None, "A Git server that does not accept a connection within this time is unreachable.";
    GIT_REDIRECTS_MAX = 5 "redirects" None, "A Git server that sends us further on more often is refused.";
    GIT_OBJECT_BYTES_MAX = 104_857_600 "bytes" None, "A pack with a larger object is refused.";
    GIT_PACK_OBJECTS_MAX = 1_000_000 "objects" None, "A pack with more objects is refused.";
    GIT_CHAIN_DELTAS_MAX = 4_095 "deltas" None, "An object that is stored as a longer chain of deltas is refused; Git itself makes chains of 50, and never longer ones than this.";
    GIT_TREE_BYTES_MAX = 67_108_864 "bytes" None, "A directory, commit or tag object that is larger is refused.";
    GIT_LINK_BYTES_MAX = 4_096 "bytes" None, "A symbolic link with a longer target is refused.";
    GIT_CONFIG_BYTES_MAX = 1_048_576 "bytes" None, "A repository on disk whose configuration is larger is refused.";
    GIT_ALTERNATES_BYTES_MAX = 65_536 "bytes" None, "A repository on disk whose list of alternates is longer is refused.";
    GIT_DEEPEN_COMMITS_MAX = 1_000 "commits" None, "How far back a history is fetched to learn whether it was rewritten.";
    GIT_ANCESTRY_COMMITS_MAX = 100_000 "commits" None, "A new commit whose known ancestor is not found within this many commits counts as rewritten.";
    GIT_DISK_ENTRIES_MAX = 1_000_000 "entries" None, "A repository on disk whose refs and loose objects are more files is refused.";
    GIT_DISK_DEPTH_MAX = 64 "levels" None, "A repository on disk whose refs nest deeper is refused.";
    GIT_FORGET_SECONDS = 60 "seconds" None, "How long the store of a repository is kept after the last one has stopped reading it.";
    GIT_TIPS_MAX = 1_000 "commits" None, "The most commits of one remote that are offered to its server as known, and kept when its store is fetched afresh.";
    GIT_PACKS_MAX = 50 "packs" None, "A store with more packs is fetched afresh.";
    GIT_TREE_CACHE_BYTES_MAX = 33_554_432 "bytes" None, "Decoded directories beyond this sum are forgotten, the longest unused first.";
    GIT_UNPACKED_BYTES_MAX = 1_073_741_824 "bytes" None, "A pack whose objects are together larger than this, and than 32 times the pack, is refused.";
    GIT_INDEX_SECONDS_MAX = 300 "seconds" None, "A pack that takes longer to check and index is refused.";
    GIT_INDEXINGS_MAX = 2 "packs" None, "Packs that are checked and indexed at a time; further ones wait for their turn, those of repositories whose last pack took too long or was too large behind all others, and never in all turns.";
    GIT_TURN_TOLD_SECONDS = 15 "seconds" None, "A source whose pack has waited longer for its turn says so.";
    GIT_COSTLY_PAUSE_SECONDS_MAX = 300 "seconds" None, "A repository whose pack took too long to check, or was too large, is asked again after a minute, then ever later, but not later than this.";
    GIT_READERS_MAX = 16 "readers" None, "The most idle readers that one store keeps for the next read.";
    SYMLINK_HOPS_MAX = 32 "links" None, "A chain of symbolic links that is longer is refused.";
    PRUNE_BUDGET_OBJECTS = 20 "objects" Some("--prune-budget"), "A plan that prunes more than this, and more than half of the inventory, waits for approval.";
    PRUNE_BUDGET_PERCENT = 50 "percent" Some("--prune-budget"), "See `PRUNE_BUDGET_OBJECTS`.";
    INVENTORY_INLINE_OBJECTS_MAX = 150 "objects" None, "A larger inventory moves from the status into Inventory objects.";
    INVENTORY_INLINE_BYTES_MAX = 32_768 "bytes" None, "A larger inventory moves from the status into Inventory objects.";
    INVENTORY_SHARD_ENTRIES_MAX = 1_000 "entries" None, "The most entries of one Inventory object.";
    STATUS_BYTES_MAX = 65_536 "bytes" None, "A larger status lists what is not Synced and Healthy first, and counts the rest.";
    REFUSED_SHOWN_OBJECTS_MAX = 10 "objects" None, "Of the objects of one application that cannot be applied so many are named by conditions; the others are counted.";
    STATUS_MESSAGE_BYTES_MAX = 2_048 "bytes" None, "A longer sentence in a status is cut.";
    STATUS_CONDITIONS_BYTES_MAX = 16_384 "bytes" None, "Of longer conditions of an Application at least one of each type stays, and the rest are counted by type; those of a Kustomization or GitRepository that have no room are left out and named, never `Ready`, `Reconciling` and `Stalled`.";
    STATUS_PROGRESS_MILLISECONDS = 10_000 "milliseconds" None, "How often a status tells of the progress inside one wave of a running sync.";
    STATUS_HOLD_MILLISECONDS_MAX = 100 "milliseconds" None, "How long a status write waits for others to be merged into it.";
    STATUS_SETTLE_MILLISECONDS_MAX = 1_000 "milliseconds" None, "How long the end of a sync waits, where an Application is not healthy yet, to be told together with its health.";
    PLAN_LINES_MAX = 50 "lines" None, "Under `--observe` so many lines of one plan are told; the others are counted.";
    WRITES_IN_FLIGHT_MAX = 8 "requests" Some("--writes-in-flight"), "The most writes to one cluster at a time; halved on 429.";
    WRITE_TIMEOUT_SECONDS_MAX = 2 "seconds" None, "The server-side timeout of each write.";
    READ_TIMEOUT_SECONDS_MAX = 30 "seconds" None, "A read of a cluster that takes longer fails.";
    LIST_PAGE_OBJECTS_MAX = 500 "objects" None, "The page size of a list.";
    STALE_PLANS_MAX = 8 "plans" None, "A sync that finds the cluster otherwise than planned more often has failed, and is tried again.";
    BACKOFF_SECONDS_MAX = 300 "seconds" None, "The longest pause between two attempts that nobody asked for.";
    RETRIES_AT_ONCE_MAX = 3 "retries" None, "So many retries come as soon as a policy says that names no end, or hardly any pause.";
    RETRY_PAUSE_SECONDS_MIN = 5 "seconds" None, "The least pause before each later retry of such a policy.";
    INTERVAL_SECONDS_MIN = 5 "seconds" None, "A shorter `interval` or `retryInterval` of a Kustomization or GitRepository counts as this.";
    CONTENDED_LOSSES = 3 "losses" None, "A field lost to one manager this often within the window is contended.";
    CONTENDED_WINDOW_SECONDS = 600 "seconds" None, "The window in which losses of a field count.";
    READ_BYTES_MAX = 268_435_456 "bytes" None, "A longer answer of a cluster is refused.";
    WATCH_SECONDS = 290 "seconds" None, "After this time the server ends a watch, and it is begun again where it stood.";
    WATCH_SILENCE_SECONDS_MAX = 5 "seconds" None, "A watch that the server has not ended this long after its time is dead.";
    WATCH_FIRST_SECONDS_MAX = 10 "seconds" None, "A watch that is silent this long while it sends the initial objects is replaced by lists.";
    WATCH_LINE_BYTES_MAX = 33_554_432 "bytes" None, "A watch whose event is longer is broken off.";
    WATCH_BACKOFF_MILLISECONDS = 500 "milliseconds" None, "The first pause before a broken watch is tried again; each further one is twice as long.";
    WATCH_BACKOFF_SECONDS_MAX = 30 "seconds" None, "The longest pause before a broken watch is tried again.";
    CONNECT_SECONDS_MAX = 5 "seconds" None, "A cluster that does not accept a connection within this time is unreachable.";
    CONNECTION_STREAMS_MAX = 80 "requests" None, "The most requests, watches included, that share one connection to a cluster.";
    REFUSAL_BYTES_MAX = 1_024 "bytes" None, "A sentence of a cluster that is longer is cut.";
    LEASE_SECONDS = 6 "seconds" None, "How long a Lease holds without a renewal.";
    LEASE_RENEW_SECONDS = 2 "seconds" None, "The pause between two renewals of a Lease.";
    LEASE_RETRY_SECONDS_MAX = 8 "seconds" None, "The longest pause between two attempts for a Lease while the cluster does not answer.";
    LEASE_MARGIN_SECONDS = 3 "seconds" None, "No write starts later than this before the end of the Lease.";
    LEASE_TAKEOVER_SECONDS = 2 "seconds" None, "Added to a Lease's duration before a new holder acts.";
    OWNER_SETTLE_SECONDS = 60 "seconds" None, "How old the last entry of another manager in a status must be before we take it over.";
    SETTLE_SECONDS = 2 "seconds" None, "How long a custom resource without observedGeneration settles before its health counts.";
    EVENT_QUEUE_EVENTS_MAX = 65_536 "events" None, "Events beyond this wait at their source.";
    WEBHOOK_BYTES_MAX = 5_242_880 "bytes" None, "A larger webhook payload is refused.";
    WEBHOOKS_BYTES_MAX = 33_554_432 "bytes" None, "Webhook payloads that are being read hold no more in all; one that would is answered 503.";
    WEBHOOK_PAUSE_SECONDS = 1 "seconds" None, "The least pause between two looks at one repository that webhooks ask for; those that come meanwhile ask for one look together.";
    WEBHOOK_SECONDS_MAX = 10 "seconds" None, "A webhook whose payload takes longer to come is refused.";
    SERVER_CONNECTIONS_MAX = 256 "connections" None, "For a further connection to our port the oldest is closed.";
    SERVER_HEAD_SECONDS_MAX = 5 "seconds" None, "A connection to our port that sends no whole request head for this long is closed.";
    SERVER_BUFFER_BYTES_MAX = 65_536 "bytes" None, "A request with a longer head is refused.";
    SERVER_CONNECTION_SECONDS_MAX = 60 "seconds" None, "A connection to our port is closed after this time, when its request is answered.";
    SERVER_ANSWER_SECONDS_MAX = 15 "seconds" None, "How long a request under way may take when its connection is to close.";
    STORE_BASELINES_MAX = 500_000 "baselines" None, "The local store keeps no more; what it does not keep is compared again after a restart.";
    STORE_BYTES_MAX = 536_870_912 "bytes" None, "A local store whose file is larger is thrown away at the next start.";
    STORE_SAVE_SECONDS = 1 "seconds" None, "The least pause between two writes to the local store; what changes meanwhile is merged.";
    SHUTDOWN_SECONDS_MAX = 10 "seconds" None, "How long writes in flight may take after SIGTERM.";
    DIFF_LINES_MAX = 20_000 "lines" None, "Two texts that differ in more, both together, are not compared line by line.";
    HISTORY_ENTRIES_MAX = 10 "entries" None, "The most entries of a history whose length nobody set.";
}

#[cfg(test)]
mod tests {
    use super::LIMITS;

    #[test]
    fn every_limit_says_its_unit_and_what_happens() {
        for limit in LIMITS {
            assert!(!limit.unit.is_empty() && limit.meaning.ends_with('.'), "{limit:?}");
            assert!(limit.default > 0, "{limit:?}");
        }
    }
}
