//! What the index says of objects and collections.

use crate::fixtures::{config, config_key, config_kind, config_row, row_of, shop};
use serde_json::json;
use trimtab_index::{Index, Touched};
use trimtab_model::{GroupKind, ObjectKey};
use trimtab_plan::{Live, LiveObject, Sighting};
use trimtab_ports::cluster::{Discovery, GroupFact, Trouble, WatchEvent};

fn kind() -> GroupKind {
    config_kind().group_kind()
}

fn tell(index: &mut Index, event: WatchEvent) -> Vec<Touched> {
    index.observe(&kind(), None, event)
}

fn row(row: LiveObject) -> WatchEvent {
    WatchEvent::Row(Box::new(row))
}

fn gone(name: &str, uid: &str, version: &str) -> WatchEvent {
    WatchEvent::Gone { key: config_key(name), uid: uid.into(), resource_version: version.into() }
}

fn broken(trouble: Trouble) -> WatchEvent {
    WatchEvent::Broken { trouble, message: "it is said why".into() }
}

/// An index whose ConfigMaps were read whole at version 10, with `a` in them.
fn whole() -> Index {
    let mut index = Index::default();
    tell(&mut index, WatchEvent::Started);
    tell(&mut index, row(config_row("a", "u1", "7")));
    tell(&mut index, WatchEvent::Synced);
    tell(&mut index, WatchEvent::Progress("10".into()));
    index
}

fn sighted(index: &Index, name: &str) -> String {
    match index.sighting(&config_key(name)) {
        Sighting::Absent => "absent".to_owned(),
        Sighting::Seen(row) => format!("{} at {}", row.uid, row.resource_version),
        Sighting::Unknown(why) => format!("unknown: {why}"),
    }
}

#[test]
fn nothing_is_absent_before_its_collection_was_seen_whole() {
    let mut index = Index::default();
    assert_eq!(sighted(&index, "a"), "unknown: the cluster was not asked yet what it serves");
    tell(&mut index, WatchEvent::Started);
    tell(&mut index, row(config_row("a", "u1", "7")));
    assert_eq!(sighted(&index, "a"), "u1 at 7");
    assert_eq!(sighted(&index, "b"), "unknown: the kind is being read");
    assert_eq!(tell(&mut index, WatchEvent::Synced), [Touched::Kind(kind())]);
    assert_eq!(sighted(&index, "b"), "absent");
}

#[test]
fn an_outage_freezes_the_last_good_state_and_a_new_listing_does_not_lose_it() {
    let mut index = whole();
    tell(&mut index, broken(Trouble::Outage));
    assert_eq!((sighted(&index, "a"), sighted(&index, "b")), ("u1 at 7".into(), "absent".into()));
    assert_eq!(index.trouble(&config_key("a")).map(|why| &**why), Some("it is said why"));
    tell(&mut index, WatchEvent::Started);
    assert_eq!((sighted(&index, "a"), sighted(&index, "b")), ("u1 at 7".into(), "absent".into()));
    tell(&mut index, WatchEvent::Synced);
    assert_eq!(index.trouble(&config_key("a")), None);
}

#[test]
fn an_outage_before_the_first_listing_is_the_reason_why_nobody_can_tell() {
    let mut index = Index::default();
    tell(&mut index, WatchEvent::Started);
    tell(&mut index, broken(Trouble::Outage));
    assert_eq!(sighted(&index, "b"), "unknown: it is said why");
}

#[test]
fn what_we_may_not_read_is_unknown_until_it_is_read_again() {
    let mut index = whole();
    tell(&mut index, broken(Trouble::Forbidden));
    assert_eq!(sighted(&index, "a"), "unknown: it is said why");
    assert_eq!(sighted(&index, "b"), "unknown: it is said why");
    tell(&mut index, WatchEvent::Started);
    assert_eq!(sighted(&index, "b"), "unknown: it is said why");
    tell(&mut index, WatchEvent::Synced);
    assert_eq!(sighted(&index, "b"), "absent");
}

#[test]
fn a_kind_that_is_not_served_has_no_objects_and_one_that_cannot_be_asked_is_unknown() {
    let mut index = Index::default();
    let mut discovery = Discovery::default();
    discovery.groups.insert("down.example.com".into(), GroupFact::Unknown("no answer".into()));
    index.discovered(discovery);
    let sighting = |group: &str| {
        let key = ObjectKey::namespaced(&GroupKind::new(group, "X"), "shop", "a");
        format!("{:?}", index.sighting(&key))
    };
    assert_eq!(sighting("none.example.com"), "Absent");
    assert_eq!(sighting("down.example.com"), r#"Unknown("no answer")"#);
}

#[test]
fn an_older_state_never_replaces_a_newer_one() {
    let mut index = whole();
    tell(&mut index, row(config_row("a", "u1", "12")));
    assert_eq!(tell(&mut index, row(config_row("a", "u1", "11"))), [Touched::Nothing]);
    assert_eq!(index.answered(config_row("a", "u1", "9")), Touched::Nothing);
    assert_eq!(sighted(&index, "a"), "u1 at 12");
}

#[test]
fn our_own_write_is_known_before_the_watch_tells_it_and_then_is_no_news() {
    let mut index = whole();
    let touched = index.answered(config_row("b", "u2", "11"));
    assert!(matches!(touched, Touched::Object { differs: true, .. }));
    assert_eq!(sighted(&index, "b"), "u2 at 11");
    assert_eq!(tell(&mut index, row(config_row("b", "u2", "11"))), [Touched::Nothing]);
}

#[test]
fn an_answer_that_comes_after_the_deletion_was_told_brings_nothing_back() {
    let mut index = whole();
    tell(&mut index, row(config_row("b", "u2", "11")));
    tell(&mut index, gone("b", "u2", "12"));
    assert_eq!(index.answered(config_row("b", "u2", "11")), Touched::Nothing);
    assert_eq!(sighted(&index, "b"), "absent");
}

#[test]
fn an_object_that_came_and_went_while_nobody_watched_is_not_kept_for_good() {
    let mut index = whole();
    index.answered(config_row("b", "u2", "11"));
    tell(&mut index, WatchEvent::Started);
    tell(&mut index, row(config_row("a", "u1", "7")));
    tell(&mut index, WatchEvent::Synced);
    assert_eq!(sighted(&index, "b"), "u2 at 11");
    let touched = tell(&mut index, WatchEvent::Progress("15".into()));
    assert!(matches!(&touched[..], [Touched::Object { key, .. }] if *key == config_key("b")));
    assert_eq!(sighted(&index, "b"), "absent");
}

#[test]
fn the_past_of_a_key_says_nothing_of_an_answer_that_is_ahead_of_the_watch() {
    let mut index = whole();
    index.answered(config_row("b", "u3", "14"));
    tell(&mut index, row(config_row("b", "u2", "12")));
    tell(&mut index, gone("b", "u2", "13"));
    assert_eq!(sighted(&index, "b"), "u3 at 14");
    tell(&mut index, WatchEvent::Started);
    tell(&mut index, WatchEvent::Synced);
    tell(&mut index, WatchEvent::Progress("15".into()));
    assert_eq!(sighted(&index, "b"), "absent");
}

#[test]
fn an_answer_newer_than_the_listing_survives_it() {
    let mut index = whole();
    index.answered(config_row("b", "u2", "16"));
    tell(&mut index, WatchEvent::Started);
    tell(&mut index, WatchEvent::Synced);
    tell(&mut index, WatchEvent::Progress("15".into()));
    assert_eq!(sighted(&index, "b"), "u2 at 16");
}

#[test]
fn a_late_deletion_does_not_remove_the_next_incarnation() {
    let mut index = whole();
    index.answered(config_row("a", "u2", "13"));
    assert_eq!(tell(&mut index, gone("a", "u1", "12")), [Touched::Nothing]);
    assert_eq!(sighted(&index, "a"), "u2 at 13");
}

#[test]
fn owners_find_their_objects_and_both_hear_of_a_change_of_hands() {
    let mut index = whole();
    assert_eq!(index.owned_by(&shop()), [config_key("a")]);
    let mut object = config("a", "u1", "11", "1");
    object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] =
        json!("cafe:/ConfigMap:shop/a");
    let touched = tell(&mut index, row(row_of(&config_kind(), &object)));
    let [Touched::Object { claims, differs: true, .. }] = &touched[..] else {
        panic!("{touched:?}");
    };
    assert_eq!(claims.iter().map(ToString::to_string).collect::<Vec<_>>(), ["cafe", "shop"]);
    assert!(index.owned_by(&shop()).is_empty());
    assert_eq!(index.claims().count(), 1);
}

#[test]
fn a_change_of_what_nobody_decides_by_is_told_as_such() {
    let mut index = whole();
    let mut object = config("a", "u1", "11", "1");
    object["data"]["theirs"] = json!("x");
    let touched = tell(&mut index, row(row_of(&config_kind(), &object)));
    assert!(matches!(&touched[..], [Touched::Object { differs: false, .. }]));
}

#[test]
fn children_are_found_by_the_uid_of_their_owner() {
    let mut index = whole();
    let mut object = config("child", "u5", "11", "1");
    object["metadata"]["ownerReferences"] = json!([{"uid": "u1"}]);
    tell(&mut index, row(row_of(&config_kind(), &object)));
    assert_eq!(index.children(&"u1".into()), [config_key("child")]);
    tell(&mut index, gone("child", "u5", "12"));
    assert!(index.children(&"u1".into()).is_empty());
}

#[test]
fn a_watch_of_one_namespace_says_nothing_of_the_others() {
    let mut index = Index::default();
    let shop = "shop".into();
    index.observe(&kind(), Some(&shop), WatchEvent::Started);
    index.observe(&kind(), Some(&shop), WatchEvent::Synced);
    let elsewhere = ObjectKey::namespaced(&kind(), "elsewhere", "a");
    assert_eq!(sighted(&index, "a"), "absent");
    assert!(matches!(index.sighting(&elsewhere), Sighting::Unknown(_)));
}

#[test]
fn what_is_forgotten_takes_no_bytes() {
    let mut index = whole();
    assert!(index.size().objects == 1 && index.size().bytes > 300);
    index.forget(&kind(), None);
    assert_eq!((index.size().objects, index.size().bytes), (0, 0));
    assert!(index.owned_by(&shop()).is_empty());
}
