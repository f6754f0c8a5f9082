//! What holds for all windows and projects.

use crate::permissions::project;
use proptest::prelude::*;
use trimtab_model::{Destination, Timestamp};
use trimtab_project::{
    Cause, Cluster, DestinationRule, Join, Project, Schedule, Verdict, Window, WindowKind, Windows,
};

const ZONES: [&str; 5] =
    ["", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];
const FIELDS: [[&str; 4]; 5] = [
    ["*", "0", "*/20", "5,35"],
    ["*", "2", "1-3", "*/6"],
    ["*", "1", "31", "*/10"],
    ["*", "3", "oct-nov", "2"],
    ["*", "0", "1-5", "sun"],
];

fn schedule() -> impl Strategy<Value = Schedule> {
    let field = |at: usize| proptest::sample::select(&FIELDS[at][..]);
    let fields = (field(0), field(1), field(2), field(3), field(4));
    (fields, 0_i64..4_000, proptest::sample::select(&ZONES[..])).prop_filter_map(
        "February has no 31st",
        |((minute, hour, day, month, weekday), minutes, zone)| {
            let text = format!("{minute} {hour} {day} {month} {weekday}");
            Schedule::parse(&text, &format!("{minutes}m"), zone).ok()
        },
    )
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600_i64..1_830_297_600)
        .prop_map(|seconds| Timestamp::from_second(seconds).expect("a valid time"))
}

fn window() -> impl Strategy<Value = Window> {
    let kind = prop_oneof![Just(WindowKind::Allow), Just(WindowKind::Deny)];
    (kind, schedule(), any::<bool>(), any::<bool>()).prop_map(
        |(kind, schedule, manual_sync, overrun)| Window {
            kind,
            schedule: Ok(schedule),
            applications: vec!["*".into()],
            clusters: vec![],
            namespaces: vec![],
            join: Join::All,
            manual_sync,
            overrun,
        },
    )
}

fn cause(manual: bool, started: Option<Timestamp>) -> Cause<'static> {
    Cause { app: "web", cluster_name: "prod", server: "", namespace: "shop", manual, started }
}

proptest! {
    #[test]
    fn a_change_lies_ahead_and_nothing_changes_before_it(
        schedule in schedule(), now in instant(), between in 0.0_f64..1.0,
    ) {
        let open = schedule.is_open(now);
        if let Some(change) = schedule.next_change(now) {
            prop_assert!(change > now);
            let span = change.as_second() - now.as_second();
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a share of a span")]
            let within = now.as_second() + (span as f64 * between) as i64;
            let within = Timestamp::from_second(within).expect("a valid time");
            // Where the clock is set back, a window may open and close twice; those hours are left out.
            let steady = [now, within, change].map(|time| schedule_offset(&schedule, time));
            if steady[0] == steady[1] && steady[1] == steady[2] {
                prop_assert_eq!(schedule.is_open(within), open, "{} of {}..{}", within, now, change);
            }
        }
    }

    #[test]
    fn the_order_of_windows_changes_nothing(
        mut windows in proptest::collection::vec(window(), 0..5),
        now in instant(), manual in any::<bool>(), minutes in proptest::option::of(0_i64..3_000),
    ) {
        let started = minutes.and_then(|minutes| Timestamp::from_second(now.as_second() - minutes * 60).ok());
        let forward = Windows(windows.clone()).verdict(&cause(manual, started), now);
        windows.reverse();
        prop_assert_eq!(forward, Windows(windows).verdict(&cause(manual, started), now));
    }

    #[test]
    fn a_person_may_whatever_the_automation_may(
        windows in proptest::collection::vec(window(), 0..5), now in instant(),
    ) {
        let windows = Windows(windows);
        if windows.verdict(&cause(false, None), now) == Verdict::Allowed {
            prop_assert_eq!(windows.verdict(&cause(true, None), now), Verdict::Allowed);
        }
    }

    #[test]
    fn a_running_sync_may_whatever_a_new_one_may(
        windows in proptest::collection::vec(window(), 0..5), now in instant(), manual in any::<bool>(),
    ) {
        let windows = Windows(windows);
        if windows.verdict(&cause(manual, None), now) == Verdict::Allowed {
            prop_assert_eq!(windows.verdict(&cause(manual, Some(now)), now), Verdict::Allowed);
        }
    }

    /// As Argo CD reads them: every other namespace matches `!web`, so that it lets in all but the one.
    #[test]
    fn a_rule_that_denies_is_the_last_word_and_every_other_namespace_matches_it(
        rules in proptest::collection::vec("(!?)(\\*|shop|sh\\*|web)", 0..4),
        namespace in "shop|web|other",
    ) {
        let rule = |text: &String| DestinationRule {
            cluster: "".into(), server: "*".into(), namespace: text.as_str().into(),
        };
        let cluster = Cluster { name: String::new(), server: "https://prod".into() };
        let destination = Destination { cluster: None, namespace: Some(namespace.as_str().into()) };
        let project = Project { destinations: rules.iter().map(rule).collect(), ..project() };
        let names = |pattern: &str| match pattern.strip_suffix('*') {
            Some(begin) => namespace.starts_with(begin),
            None => pattern == namespace,
        };
        let denied = rules.iter().filter_map(|rule| rule.strip_prefix('!'));
        let is_denied = denied.clone().any(names);
        let is_let_in = denied.count() > 0 || rules.iter().any(|rule| names(rule));
        let permitted = project.permits_destination(&destination, &cluster).is_ok();
        prop_assert_eq!(permitted, is_let_in && !is_denied);
    }

    #[test]
    fn no_text_is_too_odd_for_a_schedule(schedule in "[0-9*/,a-z? -]{0,16}", length in "[0-9.hms+-]{0,8}") {
        let _ = Schedule::parse(&schedule, &length, "UTC");
    }
}

/// Two times in one zone have the same offset exactly if they are as far apart by its wall clock as
/// they are in truth; the zone's name stands in the schedule's debug text.
fn schedule_offset(schedule: &Schedule, time: Timestamp) -> String {
    let text = format!("{schedule:?}");
    let zone =
        ZONES.iter().find(|zone| !zone.is_empty() && text.contains(**zone)).unwrap_or(&"UTC");
    let zone = jiff::tz::TimeZone::get(zone).expect("a known zone");
    zone.to_offset(time).to_string()
}
