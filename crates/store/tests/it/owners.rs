//! Whose file it is, and who may read it.

use crate::fixtures::{installation, kept, load, place, save, store, store_of, written};
use redb::{Database, TableDefinition};
use std::os::unix::fs::PermissionsExt;
use trimtab_model::GroupKind;
use trimtab_ports::store::{Change, Kept};
use trimtab_store::Installation;

#[test]
fn a_file_of_another_cluster_or_namespace_is_thrown_away() {
    let of = |cluster: &str, namespace: &str| Installation {
        cluster: cluster.into(),
        namespace: namespace.into(),
    };
    for other in [of("cluster-2", "trimtab"), of("cluster-1", "other")] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        written(&path, 3);
        assert_eq!(load(&store_of(&path, &other)), []);
        assert_eq!(
            load(&store_of(&path, &installation())),
            [],
            "nor is anything left for the first"
        );
    }
}

#[test]
fn a_file_of_another_format_is_thrown_away() {
    const OWNER: TableDefinition<'_, &str, &str> = TableDefinition::new("owner");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let entries = written(&path, 3);
    assert_eq!(load(&store(&path)), entries);
    let database = Database::open(&path).expect("a database");
    let write = database.begin_write().expect("a transaction");
    let owner = "format 999, cluster cluster-1, namespace trimtab";
    write.open_table(OWNER).expect("a table").insert("owner", owner).expect("inserted");
    write.commit().expect("committed");
    drop(database);
    assert_eq!(load(&store(&path)), []);
}

#[test]
fn a_file_in_use_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let first = store(&path);
    load(&first);
    save(&first, vec![Change::Keep(kept("a"))]).expect("saved");
    let second = store(&path);
    assert_eq!(load(&second), []);
    save(&second, vec![Change::Keep(kept("b"))]).expect("it keeps nothing");
    save(&first, vec![Change::Keep(kept("c"))]).expect("saved");
    drop((first, second));
    assert_eq!(load(&store(&path)), [kept("a"), kept("c")]);
}

#[test]
fn only_its_owner_may_read_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    std::fs::write(&path, "").expect("a file");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("a mode");
    written(&path, 1);
    let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn nothing_of_a_secret_can_be_kept() {
    let baseline = kept("a").baseline().clone();
    let secret = place(&GroupKind::new("", "Secret"), "a");
    assert_eq!(Kept::new(secret, baseline.clone()), None);
    let other = place(&GroupKind::new("bitnami.com", "Secret"), "a");
    assert!(Kept::new(other, baseline).is_some());
}

#[test]
fn a_forged_entry_of_a_secret_is_not_read() {
    const BASELINES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("baselines");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    written(&path, 0);
    let mut key = Vec::new();
    for (text, mark) in [("m", None), ("", None), ("Secret", Some(1)), ("shop", None), ("a", None)]
    {
        key.extend((text.len() as u64).to_le_bytes());
        key.extend(text.as_bytes());
        key.extend(mark);
    }
    let mut value = vec![0; 16];
    value.extend([7; 96]);
    let database = Database::open(&path).expect("a database");
    let write = database.begin_write().expect("a transaction");
    write.open_table(BASELINES).expect("a table").insert(&*key, &*value).expect("inserted");
    write.commit().expect("committed");
    drop(database);
    assert_eq!(load(&store(&path)), []);
}
