//! Sync windows where the recorded answers do not reach: when the verdict changes.

use trimtab_model::Timestamp;
use trimtab_project::{Cause, Join, Schedule, Verdict, Window, WindowKind, Windows};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a valid time")
}

fn window(kind: WindowKind, schedule: &str, length: &str, zone: &str) -> Window {
    Window {
        kind,
        schedule: Schedule::parse(schedule, length, zone),
        applications: vec!["*".into()],
        clusters: vec![],
        namespaces: vec![],
        join: Join::Any,
        manual_sync: false,
        overrun: false,
    }
}

fn cause() -> Cause<'static> {
    Cause {
        app: "web",
        cluster_name: "",
        server: "https://kubernetes.default.svc",
        namespace: "shop",
        manual: false,
        started: None,
    }
}

fn until(windows: Vec<Window>, now: &str) -> Option<String> {
    match Windows(windows).verdict(&cause(), at(now)) {
        Verdict::Allowed => None,
        Verdict::Blocked { until, problem } => {
            assert_eq!(problem, None);
            Some(until.map_or("never".to_owned(), |until| until.to_string()))
        }
    }
}

#[test]
fn a_closed_window_says_when_it_opens() {
    let nightly = || vec![window(WindowKind::Allow, "0 22 * * *", "1h", "Europe/Berlin")];
    assert_eq!(until(nightly(), "2026-01-05T12:00:00Z").as_deref(), Some("2026-01-05T21:00:00Z"));
    // In summer its wall clock is two hours ahead.
    assert_eq!(until(nightly(), "2026-07-05T12:00:00Z").as_deref(), Some("2026-07-05T20:00:00Z"));
    assert_eq!(until(nightly(), "2026-01-05T21:00:00Z"), None);
    assert_eq!(until(nightly(), "2026-01-05T21:59:59Z"), None);
    assert_eq!(until(nightly(), "2026-01-05T22:00:00Z").as_deref(), Some("2026-01-06T21:00:00Z"));
}

#[test]
fn a_window_that_denies_says_when_it_closes() {
    let freeze = || vec![window(WindowKind::Deny, "0 0 * * 6", "48h", "UTC")];
    assert_eq!(until(freeze(), "2026-01-04T10:00:00Z").as_deref(), Some("2026-01-05T00:00:00Z"));
    assert_eq!(until(freeze(), "2026-01-05T00:00:00Z"), None);
}

#[test]
fn occurrences_that_overlap_close_together() {
    let busy = || vec![window(WindowKind::Deny, "0 8-10 * * *", "90m", "UTC")];
    assert_eq!(until(busy(), "2026-01-05T08:10:00Z").as_deref(), Some("2026-01-05T11:30:00Z"));
}

#[test]
fn a_window_that_never_closes_is_looked_at_again() {
    let always = || vec![window(WindowKind::Deny, "* * * * *", "1h", "UTC")];
    let again = until(always(), "2026-01-05T08:10:00Z").expect("it is blocked");
    assert!(at(&again) > at("2026-01-05T09:00:00Z"));
}

#[test]
fn a_window_that_never_opens_says_so() {
    let never = || vec![window(WindowKind::Allow, "0 8 * * *", "0", "UTC")];
    assert_eq!(until(never(), "2026-01-05T08:10:00Z").as_deref(), Some("never"));
}

#[test]
fn a_schedule_that_never_comes_stops_everything() {
    let windows = Windows(vec![window(WindowKind::Allow, "0 0 30 2 *", "1h", "UTC")]);
    let verdict = windows.verdict(&cause(), at("2026-01-05T08:10:00Z"));
    assert_eq!(
        verdict.message().as_deref(),
        Some(
            "Sync operation blocked by sync window: invalid sync windows: cannot parse schedule '0 \
             0 30 2 *': no time matches it"
        )
    );
}

#[test]
fn a_window_for_others_that_cannot_be_read_stops_nobody() {
    let mut broken = window(WindowKind::Deny, "@daily", "1h", "UTC");
    broken.applications = vec!["other".into()];
    assert_eq!(until(vec![broken], "2026-01-05T08:10:00Z"), None);
}

#[test]
fn a_running_sync_goes_on_into_a_window_that_permits_it() {
    let mut freeze = window(WindowKind::Deny, "0 12 * * *", "1h", "UTC");
    freeze.overrun = true;
    let running = Cause { started: Some(at("2026-01-05T11:59:00Z")), ..cause() };
    let late = Cause { started: Some(at("2026-01-05T12:01:00Z")), ..cause() };
    let now = at("2026-01-05T12:30:00Z");
    let windows = Windows(vec![freeze]);
    assert_eq!(windows.verdict(&running, now), Verdict::Allowed);
    assert_ne!(windows.verdict(&late, now), Verdict::Allowed);
    assert_ne!(windows.verdict(&cause(), now), Verdict::Allowed);
}

#[test]
fn a_zone_that_nobody_knows_is_utc_and_is_named() {
    let schedule = Schedule::parse("0 22 * * *", "1h", "Mars/Olympus").expect("UTC instead");
    assert_eq!(schedule.unknown_zone(), Some("Mars/Olympus"));
    assert!(schedule.is_open(at("2026-01-05T22:30:00Z")));
}

#[test]
fn a_zone_inside_the_schedule_wins() {
    let schedule =
        Schedule::parse("CRON_TZ=Asia/Tokyo 0 9 * * *", "1h", "UTC").expect("a schedule");
    assert!(schedule.is_open(at("2026-01-05T00:30:00Z")));
    assert!(!schedule.is_open(at("2026-01-05T09:30:00Z")));
}

#[test]
fn a_window_whose_pattern_cannot_be_read_stops_all_whom_it_may_be_about() {
    let blocked = |change: &dyn Fn(&mut Window)| {
        let mut broken = window(WindowKind::Deny, "0 0 * * *", "1m", "UTC");
        change(&mut broken);
        let verdict = Windows(vec![broken]).verdict(&cause(), at("2026-01-05T08:10:00Z"));
        verdict.message()
    };
    let said = "Sync operation blocked by sync window: invalid sync windows: `shop-[` is not a \
                pattern: a `[` is never closed";
    let applications = |window: &mut Window| window.applications = vec!["shop-[".into()];
    assert_eq!(blocked(&applications).as_deref(), Some(said));
    let allowing = |window: &mut Window| {
        applications(window);
        window.kind = WindowKind::Allow;
    };
    assert_eq!(blocked(&allowing).as_deref(), Some(said));
    let neither = |window: &mut Window| {
        applications(window);
        window.kind = WindowKind::Neither;
    };
    assert_eq!(blocked(&neither), None, "it means nothing, whoever it is about");
    let another_matches = |window: &mut Window| window.applications.push("shop-[".into());
    assert_eq!(blocked(&another_matches), None, "it is about this one, and is closed");
    let another_list_decides = |window: &mut Window| {
        applications(window);
        (window.namespaces, window.join) = (vec!["other".into()], Join::All);
    };
    assert_eq!(
        blocked(&another_list_decides),
        None,
        "it is about others, whatever the pattern says"
    );
}

#[test]
fn a_zone_that_nobody_knows_is_told_to_those_whom_the_window_is_about() {
    let mut windows = Windows(vec![window(WindowKind::Deny, "0 22 * * *", "1h", "Mars/Olympus")]);
    let zones = |windows: &Windows| {
        windows.unknown_zones(&cause()).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(zones(&windows), ["Mars/Olympus"]);
    windows.0[0].applications = vec!["other".into()];
    assert!(zones(&windows).is_empty());
}
