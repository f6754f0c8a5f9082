use super::*;
use trimtab_model::GroupKind;
use trimtab_ports::git::{Head, Id, RefRow};

fn pace() -> Pace {
    Pace { poll: Duration::from_mins(2), jitter: Duration::from_mins(1) }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).expect("a small number")
}

fn app(name: &str) -> AppId {
    AppId { kind: GroupKind::new("g", "A"), namespace: "ns".into(), name: name.into() }
}

fn remote() -> Remote {
    Remote { url: "https://example.org/a.git".into(), credential: None }
}

fn main_branch() -> Wanted {
    (remote(), RevisionSpec::Named("main".into()))
}

fn refs(digit: char) -> Arc<Refs> {
    let id = Id::parse(&digit.to_string().repeat(40)).expect("forty digits");
    let head = Head { target: Some("refs/heads/main".into()), commit: Some(id) };
    Arc::new(Refs::new(
        Some(head),
        vec![RefRow { name: "refs/heads/main".into(), object: id, peeled: id }],
    ))
}

fn commit(digit: char) -> Commit {
    Commit::parse(&digit.to_string().repeat(40)).expect("forty digits")
}

fn unreachable() -> Trouble {
    Trouble {
        class: Class::Retry,
        message: "cannot reach it".into(),
        of_access: false,
        retry_after: None,
    }
}

fn following_main() -> Sources {
    let mut sources = Sources::new(pace());
    sources.want(&app("a"), &BTreeSet::from([main_branch()]), Attention::AT_PACE, at(0));
    sources
}

fn settled() -> Sources {
    let mut sources = following_main();
    assert_eq!(sources.due(at(0)).len(), 1);
    let (asks, _) = sources.looked(&remote(), Ok(refs('a').into()), at(1), 0.5);
    assert_eq!(asks.len(), 1);
    assert_eq!(sources.fetched(&remote(), &commit('a'), Ok(Ancestry::First), at(2)).len(), 1);
    sources
}

#[test]
fn a_new_source_is_looked_at_once_and_fetched_once() {
    let sources = settled();
    assert_eq!(sources.tip(&main_branch()).expect("a tip").revision.commit, commit('a'));
    assert_eq!(sources.next_due(), Some(at(1 + 120 + 30)));
}

#[test]
fn many_applications_of_one_remote_share_its_looks_and_fetches() {
    let mut sources = following_main();
    for name in ["b", "c", "d"] {
        sources.want(&app(name), &BTreeSet::from([main_branch()]), Attention::AT_PACE, at(0));
    }
    assert_eq!(sources.due(at(0)).len(), 1);
    assert_eq!(sources.looked(&remote(), Ok(refs('a').into()), at(1), 0.0).0.len(), 1);
    let touched = sources.fetched(&remote(), &commit('a'), Ok(Ancestry::First), at(1));
    assert_eq!(touched.len(), 4);
}

#[test]
fn an_unchanged_tip_touches_nobody_and_fetches_nothing() {
    let mut sources = settled();
    assert_eq!(sources.due(at(200)).len(), 1);
    let (asks, touched) = sources.looked(&remote(), Ok(refs('a').into()), at(201), 0.0);
    assert!(asks.is_empty() && touched.is_empty());
}

#[test]
fn an_outage_keeps_the_tip_and_is_told_once() {
    let mut sources = settled();
    let trouble = unreachable();
    assert_eq!(sources.due(at(200)).len(), 1);
    assert_eq!(sources.looked(&remote(), Err(trouble.clone()), at(200), 0.0).1.len(), 1);
    assert!(sources.tip(&main_branch()).is_some());
    assert_eq!(sources.trouble(&main_branch()), Some(&trouble));
    assert_eq!(sources.next_due(), Some(at(202)));
    assert_eq!(sources.due(at(202)).len(), 1);
    assert!(sources.looked(&remote(), Err(trouble), at(202), 0.0).1.is_empty());
    assert_eq!(sources.due(at(206)).len(), 1);
    assert_eq!(
        sources.looked(&remote(), Ok(refs('a').into()), at(206), 0.0).1.len(),
        1,
        "recovery is told"
    );
    assert_eq!(sources.trouble(&main_branch()), None);
}

#[test]
fn a_webhook_for_a_commit_that_is_not_there_yet_looks_again_after_1_3_and_10_seconds() {
    let mut sources = settled();
    assert!(sources.pushed(&["https://EXAMPLE.org/a".into()], Some(&commit('b')), at(10)));
    let mut looks = Vec::new();
    let mut now = at(10);
    for _ in 0..5 {
        if sources.due(now).is_empty() {
            break;
        }
        looks.push(now.as_second() - at(10).as_second());
        let _ = sources.looked(&remote(), Ok(refs('a').into()), now, 0.0);
        now = sources.next_due().expect("always another look");
        if now > at(60) {
            break;
        }
    }
    assert_eq!(looks, [0, 1, 4, 14]);
}

/// Looks until then while somebody says all the time that it was pushed to. Each look takes a tenth of a
/// second. Returns when they began, in milliseconds.
fn looks_in_a_flood(sources: &mut Sources, until: i64, commit: Option<&Commit>) -> Vec<i64> {
    let at = |milliseconds| {
        Timestamp::from_millisecond(1_000_000_000 + milliseconds).expect("a small number")
    };
    let mut looks = Vec::new();
    for now in (10_000..until).step_by(10) {
        assert!(sources.pushed(&["https://example.org/a".into()], commit, at(now)));
        if !sources.due(at(now)).is_empty() {
            looks.push(now);
        }
        if looks.last().is_some_and(|began| began + 100 == now) {
            let _ = sources.looked(&remote(), Ok(refs('a').into()), at(now), 0.0);
        }
    }
    looks
}

#[test]
fn however_often_a_push_is_told_of_a_remote_is_looked_at_once_a_second_and_at_once_the_first_time()
{
    let told = [10_000, 11_000, 12_000, 13_000];
    assert_eq!(looks_in_a_flood(&mut settled(), 14_000, None), told);
    assert_eq!(looks_in_a_flood(&mut settled(), 14_000, Some(&commit('f'))), told);
}

#[test]
fn what_a_person_asks_for_does_not_wait_for_the_pause_of_pushes() {
    let mut sources = settled();
    let url = ["https://example.org/a".to_owned()];
    assert!(sources.pushed(&url, None, at(10)));
    assert_eq!(sources.due(at(10)).len(), 1);
    assert!(sources.pushed(&url, None, at(10)));
    sources.ask(&app("a"), &remote(), at(10));
    let _ = sources.looked(&remote(), Ok(refs('a').into()), at(10), 0.0);
    assert_eq!(sources.due(at(10)).len(), 1);
}

#[test]
fn a_push_in_the_pause_is_looked_for_at_its_end() {
    let mut sources = settled();
    let url = ["https://example.org/a".to_owned()];
    assert!(sources.pushed(&url, None, at(10)));
    assert_eq!(sources.due(at(10)).len(), 1);
    let _ = sources.looked(&remote(), Ok(refs('a').into()), at(10), 0.0);
    assert!(sources.pushed(&url, None, at(10)));
    assert!(sources.due(at(10)).is_empty());
    assert_eq!(sources.next_due(), Some(at(11)));
    assert_eq!(sources.due(at(11)).len(), 1);
    let (asks, _) = sources.looked(&remote(), Ok(refs('b').into()), at(11), 0.0);
    assert_eq!(asks.len(), 1, "the commit that was pushed is fetched");
}

#[test]
fn a_push_during_a_look_is_not_missed() {
    let mut sources = settled();
    assert_eq!(sources.due(at(200)).len(), 1);
    sources.hurry(&remote(), at(200));
    let _ = sources.looked(&remote(), Ok(refs('a').into()), at(201), 0.0);
    assert_eq!(sources.due(at(201)).len(), 1);
}

#[test]
fn a_revision_that_vanished_is_trouble_and_keeps_the_tip() {
    let mut sources = settled();
    assert_eq!(sources.due(at(200)).len(), 1);
    let (_, touched) =
        sources.looked(&remote(), Ok(Arc::new(Refs::new(None, vec![])).into()), at(200), 0.0);
    assert_eq!(touched.len(), 1);
    assert!(sources.trouble(&main_branch()).expect("trouble").message.contains("`main`"));
    assert!(sources.tip(&main_branch()).is_some());
}

#[test]
fn a_remote_that_nobody_reads_is_forgotten() {
    let mut sources = settled();
    sources.want(&app("a"), &BTreeSet::new(), Attention::AT_PACE, at(5));
    assert_eq!(sources.remotes_if_changed(), Some(Vec::new()));
    assert!(sources.remotes_if_changed().is_none() && sources.next_due().is_none());
}

#[test]
fn one_repository_has_many_spellings() {
    for url in [
        "https://example.org/a/b.git",
        "http://user@EXAMPLE.org/a/b/",
        "ssh://git@example.org/a/b.git",
        "git@example.org:a/b.git",
    ] {
        assert_eq!(normalised(url), "example.org/a/b", "{url}");
    }
    assert_eq!(normalised("http://127.0.0.1:4000/env.git"), "127.0.0.1:4000/env");
}

#[test]
fn a_remote_of_which_only_commits_are_wanted_is_asked_once() {
    let mut sources = Sources::new(pace());
    let pinned = (remote(), RevisionSpec::Named("a".repeat(40).into()));
    let wanted = BTreeSet::from([pinned.clone()]);
    sources.want(&app("a"), &wanted, Attention::AT_PACE, at(0));
    assert_eq!(sources.due(at(0)).len(), 1);
    let (asks, _) = sources.looked(&remote(), Ok(refs('b').into()), at(1), 0.0);
    assert_eq!(asks.len(), 1);
    sources.fetched(&remote(), &commit('a'), Ok(Ancestry::First), at(2));
    assert_eq!(sources.due(at(1_000)), []);
    sources.hurry(&remote(), at(1_001));
    assert_eq!(sources.due(at(1_001)), []);
    sources.ask(&app("a"), &remote(), at(1_001));
    assert_eq!(sources.due(at(1_001)), []);
    assert!(sources.is_answered(&app("a"), &pinned), "a request is answered all the same");
    // Until somebody wants a branch of it.
    sources.want(&app("b"), &BTreeSet::from([main_branch()]), Attention::AT_PACE, at(1_002));
    assert_eq!(sources.due(at(1_002)).len(), 1);
}

#[test]
fn each_reader_s_pace_counts_and_the_longest_timeout() {
    let mut sources = settled();
    let slow = Attention {
        often: Often::Every(Duration::from_hours(1)),
        timeout: Some(Duration::from_secs(7)),
    };
    sources.want(&app("a"), &BTreeSet::from([main_branch()]), slow, at(5));
    sources.hurry(&remote(), at(6));
    let timeout = |asks: Vec<Ask>| match asks.into_iter().next() {
        Some(Ask::Look { timeout, .. }) => timeout,
        other => panic!("{other:?}"),
    };
    assert_eq!(timeout(sources.due(at(6))), Some(Duration::from_secs(7)));
    let _ = sources.looked(&remote(), Ok(refs('a').into()), at(7), 0.0);
    assert_eq!(sources.next_due(), Some(at(7 + 3_600)));
    // Who follows the others brings nothing forward; who wants it sooner does.
    let main = BTreeSet::from([main_branch()]);
    sources.want(&app("b"), &main, Attention::AS_OTHERS, at(8));
    assert_eq!(sources.next_due(), Some(at(7 + 3_600)));
    sources.want(&app("c"), &main, Attention::AT_PACE, at(9));
    assert_eq!(sources.next_due(), Some(at(6 + 120)));
    // What a reader wanted that has gone counts no more.
    sources.want(&app("a"), &BTreeSet::new(), Attention::AT_PACE, at(10));
    sources.hurry(&remote(), at(11));
    assert_eq!(timeout(sources.due(at(11))), None);
}

/// A commit that somebody names and that is not there.
fn absent() -> Wanted {
    (remote(), RevisionSpec::Named("c".repeat(40).into()))
}

fn no_such_commit() -> Trouble {
    let message = format!("there is no revision `{}`", "c".repeat(40));
    Trouble { class: Class::User, message, of_access: false, retry_after: None }
}

/// `a` follows the branch, and `b` wants a commit that is not there, which has just become known.
fn one_wants_what_is_absent() -> Sources {
    let mut sources = settled();
    sources.want(&app("b"), &BTreeSet::from([absent()]), Attention::AT_PACE, at(10));
    assert_eq!(sources.due(at(10)).len(), 1);
    assert_eq!(sources.looked(&remote(), Ok(refs('a').into()), at(10), 0.0).0.len(), 1);
    let touched = sources.fetched(&remote(), &commit('c'), Err(no_such_commit()), at(10));
    assert_eq!(touched, BTreeSet::from([app("b")]));
    sources
}

#[test]
fn a_commit_that_is_not_there_is_the_trouble_of_who_wants_it_alone() {
    let sources = one_wants_what_is_absent();
    assert_eq!(sources.trouble(&absent()), Some(&no_such_commit()));
    assert_eq!(sources.trouble(&main_branch()), None);
    assert_eq!(sources.tip(&main_branch()).expect("a tip").revision.commit, commit('a'));
}

#[test]
fn a_commit_that_is_not_there_is_asked_for_ever_more_seldom_and_stays_the_same_trouble() {
    let mut sources = one_wants_what_is_absent();
    let (mut fetches, mut now) = (Vec::new(), at(10));
    while now < at(2_000) {
        now = sources.next_due().expect("the branch is looked at for ever");
        assert_eq!(sources.due(now).len(), 1);
        let (asks, touched) = sources.looked(&remote(), Ok(refs('a').into()), now, 0.0);
        assert_eq!(touched, BTreeSet::new());
        if !asks.is_empty() {
            fetches.push(now.as_second() - at(10).as_second());
            assert_eq!(sources.trouble(&absent()), Some(&no_such_commit()));
            sources.fetched(&remote(), &commit('c'), Err(no_such_commit()), now);
        }
    }
    assert_eq!(fetches[..5], [2, 6, 14, 30, 62]);
    assert!(fetches.len() < 14, "{fetches:?}");
}

#[test]
fn a_commit_that_was_missed_is_asked_for_at_once_when_somebody_pushes() {
    let mut sources = one_wants_what_is_absent();
    sources.pushed(&[remote().url.to_string()], None, at(11));
    assert_eq!(sources.due(at(11)).len(), 1);
    assert_eq!(sources.looked(&remote(), Ok(refs('a').into()), at(11), 0.0).0.len(), 1);
    sources.fetched(&remote(), &commit('c'), Ok(Ancestry::First), at(12));
    assert_eq!((sources.trouble(&absent()), sources.tip(&absent()).is_some()), (None, true));
}

#[test]
fn who_asks_for_a_look_hears_of_its_end_also_when_nothing_is_new() {
    let mut sources = settled();
    for second in [10, 20, 30] {
        sources.ask(&app("a"), &remote(), at(second));
        assert!(!sources.is_answered(&app("a"), &main_branch()));
        assert_eq!(sources.due(at(second)).len(), 1);
        let (_, touched) = sources.looked(&remote(), Ok(refs('a').into()), at(second), 0.0);
        assert_eq!(touched, BTreeSet::from([app("a")]));
        assert!(sources.is_answered(&app("a"), &main_branch()));
    }
}

#[test]
fn a_look_that_began_before_somebody_asked_does_not_answer() {
    let mut sources = settled();
    assert_eq!(sources.due(at(200)).len(), 1);
    sources.ask(&app("a"), &remote(), at(200));
    let (_, touched) = sources.looked(&remote(), Ok(refs('a').into()), at(201), 0.0);
    assert_eq!(touched, BTreeSet::new());
    assert!(!sources.is_answered(&app("a"), &main_branch()));
    assert_eq!(sources.due(at(201)).len(), 1);
    // What it finds is waited for as well.
    assert_eq!(sources.looked(&remote(), Ok(refs('b').into()), at(202), 0.0).1.len(), 1);
    assert!(!sources.is_answered(&app("a"), &main_branch()));
    assert_eq!(
        sources.fetched(&remote(), &commit('b'), Ok(Ancestry::Descendant), at(203)).len(),
        1
    );
    assert!(sources.is_answered(&app("a"), &main_branch()));
}

#[test]
fn a_look_that_fails_is_an_answer_and_who_asked_meanwhile_gets_another_at_once() {
    let mut sources = settled();
    sources.ask(&app("a"), &remote(), at(10));
    assert_eq!(sources.due(at(10)).len(), 1);
    sources.want(&app("b"), &BTreeSet::from([main_branch()]), Attention::AT_PACE, at(10));
    sources.ask(&app("b"), &remote(), at(10));
    let _ = sources.looked(&remote(), Err(unreachable()), at(11), 0.0);
    assert!(sources.is_answered(&app("a"), &main_branch()));
    assert!(!sources.is_answered(&app("b"), &main_branch()));
    assert_eq!(sources.due(at(11)).len(), 1);
    let (_, touched) = sources.looked(&remote(), Err(unreachable()), at(12), 0.0);
    assert_eq!(touched, BTreeSet::from([app("b")]));
    assert_eq!(sources.next_due(), Some(at(12 + 4)));
}

#[test]
fn a_server_that_asks_us_to_come_back_later_is_not_asked_before_whoever_wants_it() {
    let mut sources = settled();
    let busy =
        |seconds| Trouble { retry_after: Some(Duration::from_secs(seconds)), ..unreachable() };
    assert_eq!(sources.due(at(200)).len(), 1);
    let (_, touched) = sources.looked(&remote(), Err(busy(60)), at(200), 0.0);
    assert_eq!(touched.len(), 1, "it is told");
    assert_eq!(sources.next_due(), Some(at(260)));
    sources.hurry(&remote(), at(210));
    sources.ask(&app("a"), &remote(), at(220));
    assert!(sources.due(at(259)).is_empty());
    assert_eq!(sources.next_due(), Some(at(260)));
    assert_eq!(sources.due(at(260)).len(), 1);
    let (_, touched) = sources.looked(&remote(), Err(busy(59)), at(261), 0.0);
    assert_eq!(touched.len(), 1, "only who asked hears of it: nothing new is to be said");
    assert_eq!(sources.due(at(320)).len(), 1);
    let _ = sources.looked(&remote(), Err(busy(1_000_000)), at(321), 0.0);
    assert_eq!(sources.next_due(), Some(at(321 + 900)), "no server keeps us away for longer");
}

#[test]
fn a_fetch_that_is_to_come_back_later_keeps_its_pause() {
    let mut sources = following_main();
    assert_eq!(sources.due(at(0)).len(), 1);
    let _ = sources.looked(&remote(), Ok(refs('a').into()), at(1), 0.0);
    let busy = Trouble { retry_after: Some(Duration::from_mins(1)), ..unreachable() };
    let _ = sources.fetched(&remote(), &commit('a'), Err(busy), at(2));
    assert!(sources.due(at(61)).is_empty());
    assert_eq!(sources.due(at(62)).len(), 1);
}

#[test]
fn an_abbreviated_commit_that_no_ref_has_is_completed_among_what_was_fetched() {
    let named = (remote(), RevisionSpec::Named("BBBBBBB".into()));
    let mut sources = Sources::new(pace());
    sources.want(&app("a"), &BTreeSet::from([named.clone()]), Attention::AT_PACE, at(0));
    let asks = sources.due(at(0));
    let [Ask::Look { abbreviated, .. }] = &asks[..] else { panic!("{asks:?}") };
    assert_eq!(abbreviated, &BTreeSet::from(["bbbbbbb".into()]));
    let completed = BTreeMap::from([("bbbbbbb".into(), commit('b'))]);
    let seen = Seen { refs: refs('a'), completed };
    let (asks, _) = sources.looked(&remote(), Ok(seen), at(1), 0.0);
    assert!(matches!(&asks[..], [Ask::Fetch { commit: found, .. }] if *found == commit('b')));
    // One that was never fetched is not guessed: what helps is said.
    sources.hurry(&remote(), at(2));
    let _ = sources.due(at(2));
    let _ = sources.looked(&remote(), Ok(refs('a').into()), at(3), 0.0);
    let trouble = sources.trouble(&named).expect("it cannot be known");
    assert!(trouble.message.contains("give all 40 digits"), "{}", trouble.message);
}

#[test]
fn a_commit_that_waits_long_for_its_turn_says_so_until_it_is_there() {
    let mut sources = settled();
    assert_eq!(sources.due(at(200)).len(), 1);
    assert_eq!(sources.looked(&remote(), Ok(refs('b').into()), at(200), 0.0).0.len(), 1);
    assert!(sources.waits(&remote(), &commit('c')).is_empty(), "nobody wants that one");
    assert_eq!(sources.waits(&remote(), &commit('b')).len(), 1);
    let said = |sources: &Sources| sources.trouble(&main_branch()).map(|t| t.message.clone());
    assert!(said(&sources).expect("it waits").contains("waits for its turn"));
    assert_eq!(sources.tip(&main_branch()).expect("a tip").revision.commit, commit('a'));
    // A look in between changes nothing.
    sources.hurry(&remote(), at(210));
    assert_eq!(sources.due(at(210)).len(), 1);
    assert!(sources.looked(&remote(), Ok(refs('b').into()), at(210), 0.0).0.is_empty());
    assert!(said(&sources).is_some());
    sources.fetched(&remote(), &commit('b'), Ok(Ancestry::Descendant), at(211));
    assert_eq!(said(&sources), None);
}

#[test]
fn who_wants_another_branch_while_a_look_runs_is_told_nothing_of_it_before_the_next() {
    let mut sources = following_main();
    assert_eq!(sources.due(at(0)).len(), 1);
    let other: Wanted = (remote(), RevisionSpec::Branch("v2".into()));
    sources.want(&app("two"), &BTreeSet::from([other.clone()]), Attention::AT_PACE, at(0));
    let (_, touched) = sources.looked(&remote(), Ok(refs('a').into()), at(0), 0.0);
    assert_eq!((sources.trouble(&other), touched), (None, BTreeSet::new()));
    // The next one comes at once, and asks for it.
    assert_eq!(sources.due(at(0)).len(), 1);
    sources.looked(&remote(), Ok(refs('a').into()), at(0), 0.0);
    assert!(sources.trouble(&other).is_some());
}

#[test]
fn a_push_during_a_look_that_fails_is_looked_for_at_once() {
    let mut sources = following_main();
    let mut now = at(0);
    for _ in 0..9 {
        assert_eq!(sources.due(now).len(), 1);
        sources.looked(&remote(), Err(unreachable()), now, 0.0);
        now = sources.next_due().expect("a time");
    }
    assert_eq!(sources.due(now).len(), 1);
    assert!(sources.pushed(&[remote().url.to_string()], None, now));
    sources.looked(&remote(), Err(unreachable()), now, 0.0);
    assert_eq!(sources.next_due(), Some(now));
}
