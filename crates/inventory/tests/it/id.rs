//! Objects in one word.

use proptest::prelude::*;
use trimtab_inventory::{id, parse_id};
use trimtab_model::{GroupKind, ObjectKey};

#[test]
fn objects_are_written_as_flux_writes_them() {
    let kind = |group, kind| GroupKind::new(group, kind);
    let cases = [
        (
            ObjectKey::namespaced(&kind("apps", "Deployment"), "shop", "web"),
            "shop_web_apps_Deployment",
        ),
        (ObjectKey::namespaced(&kind("", "Service"), "shop", "web"), "shop_web__Service"),
        (ObjectKey::cluster(&kind("", "Namespace"), "shop"), "_shop__Namespace"),
        (
            ObjectKey::cluster(&kind("rbac.authorization.k8s.io", "ClusterRole"), "system:a:b"),
            "_system__a__b_rbac.authorization.k8s.io_ClusterRole",
        ),
        (
            ObjectKey::namespaced(&kind("rbac.authorization.k8s.io", "Role"), "shop", ":x"),
            "shop___x_rbac.authorization.k8s.io_Role",
        ),
    ];
    for (key, word) in cases {
        assert_eq!(id(&key), word);
        assert_eq!(parse_id(word).as_ref(), Ok(&key));
    }
}

#[test]
fn what_names_no_object_is_an_error() {
    for word in ["", "_", "__", "a_b_c", "___", "shop__apps_Deployment", "shop_web_apps_"] {
        let error = parse_id(word).expect_err("it names nothing").to_string();
        assert_eq!(error, format!("unable to parse stored object metadata: {word}"));
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        group in "|apps|[a-z]{1,8}\\.[a-z]{2,5}", kind in "[A-Z][A-Za-z]{0,12}",
        namespace in proptest::option::of("[a-z][a-z0-9-]{0,10}"), name in "[a-z0-9]([a-z0-9.-]{0,12}[a-z0-9])?",
    ) {
        let kind = GroupKind::new(group, kind);
        let key = match namespace {
            Some(namespace) => ObjectKey::namespaced(&kind, &namespace, &name),
            None => ObjectKey::cluster(&kind, &name),
        };
        prop_assert_eq!(parse_id(&id(&key)), Ok(key));
    }

    #[test]
    fn rbac_names_with_colons_are_read_back(
        name in "[a-z]{1,4}(:[a-z_]?[a-z]{1,4}){0,3}", kind in "Role|ClusterRole|RoleBinding|ClusterRoleBinding",
    ) {
        prop_assume!(!name.contains(":_") && !name.contains("__"));
        let key = ObjectKey::cluster(&GroupKind::new("rbac.authorization.k8s.io", kind), &name);
        prop_assert_eq!(parse_id(&id(&key)), Ok(key));
    }

    #[test]
    fn no_text_is_too_odd(text in ".{0,24}") {
        if let Ok(key) = parse_id(&text) {
            prop_assert!(!key.name.is_empty() && !key.kind.is_empty());
        }
    }
}
