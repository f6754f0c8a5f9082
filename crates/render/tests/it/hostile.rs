//! Trees that someone made to harm.

use crate::rules::{
    application, config_map, kustomization, names, problems, recursive, rendered, tree,
};
use trimtab_model::limit;
use trimtab_render::{Entry, FileTree, Id, Kind, MemoryTree, ProblemKind, Unreadable};

#[test]
fn a_link_that_leaves_the_source_is_a_problem_that_names_it() {
    for target in ["/etc/passwd", "../../etc/passwd", "../apps/../../x", "a/../../.."] {
        for name in ["apps/link.yaml", "apps/any"] {
            let tree = MemoryTree::default()
                .with("apps/a.yaml", config_map("a"))
                .with("apps/a/b", "")
                .with_link(name, target);
            let rendered = rendered(&tree, &application());
            assert!(!rendered.complete, "{target}");
            assert_eq!(names(&rendered), ["a"], "{target}");
            assert_eq!(
                (&*rendered.problems[0].file, rendered.problems[0].kind),
                (name, ProblemKind::Link)
            );
        }
    }
}

#[test]
fn a_path_cannot_leave_the_source() {
    let rules = trimtab_model::Renderer::Directory(application());
    let tree = MemoryTree::default().with("a.yaml", config_map("a")).with_link("out", "..");
    for path in ["..", "../x", "out", "out/etc", "a/../../b"] {
        let inputs = trimtab_render::TreeInputs::new(&tree);
        let rendered = trimtab_render::render(path, &rules, &inputs);
        assert!(!rendered.complete && rendered.objects.is_empty(), "{path}");
    }
}

#[test]
fn circles_of_links_end() {
    let tree = MemoryTree::default()
        .with_link("apps/a.yaml", "b.yaml")
        .with_link("apps/b.yaml", "a.yaml")
        .with_link("apps/self", "self")
        .with_link("apps/up", "../apps");
    let rendered = rendered(&tree, &recursive(None, None));
    let kinds: Vec<_> = rendered.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::LinkLoop; 2]);
    let long = (0..40).fold(MemoryTree::default(), |tree, n| {
        tree.with_link(&format!("apps/l{n}.yaml"), &format!("l{}.yaml", n + 1))
    });
    assert!(!crate::rules::rendered(&long, &application()).complete);
}

#[test]
fn names_cannot_forge_lines() {
    let tree = tree(&[(
        "a\n\u{1b}[31mb: all is well\u{202E}.yaml",
        "apiVersion: v1\nkind: A\nmetadata: [\n",
    )]);
    let shown = problems(&rendered(&tree, &application())).concat();
    assert!(!shown.contains(['\n', '\u{1b}', '\u{202E}']), "{shown}");
    let link = MemoryTree::default().with_link("apps/a.yaml", "/x\nforged: line");
    assert!(!problems(&rendered(&link, &application())).concat().contains('\n'));
}

#[test]
fn a_name_that_reaches_a_subresource_is_a_problem_with_its_line() {
    for name in ["default/token", "evil/proxy/some/path", "a%2Ftoken", "..", "."] {
        let token =
            format!("# x\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: \"{name}\"}}\n");
        let rendered = rendered(&tree(&[("a.yaml", &token)]), &application());
        assert!(!rendered.complete && rendered.objects.is_empty(), "{name}");
        let found = problems(&rendered);
        assert!(found[0].starts_with("apps/a.yaml:2: ServiceAccount/"), "{found:?}");
        assert!(found[0].contains("must not be `.` or `..`, or contain `/` or `%`"), "{found:?}");
    }
}

#[test]
fn a_pattern_may_not_take_all_the_time() {
    let many = |pattern: &str| {
        let files = (0..300).map(|n| (format!("{n}{}.yaml", "a".repeat(200)), config_map("x")));
        let files: Vec<_> = files.collect();
        let files: Vec<_> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        rendered(&tree(&files), &recursive(Some(pattern), None))
    };
    let long = many(&"*a".repeat(100_000));
    assert_eq!(long.problems[0].kind, ProblemKind::Rule);
    assert!(problems(&long)[0].len() < 300, "{}", problems(&long)[0].len());
    assert!(many(&"*a".repeat(2_000)).complete);
    let deep = format!("apps/{}a.yaml", "d/".repeat(150));
    let tree = (0..1_500).fold(MemoryTree::default(), |tree, n| {
        tree.with(&deep.replace("a.yaml", &format!("{n}{}.yaml", "a".repeat(200))), "")
    });
    let rendered = rendered(&tree, &recursive(Some(&"*a".repeat(2_000)), None));
    assert_eq!((rendered.complete, rendered.problems[0].kind), (false, ProblemKind::Limit));
}

#[test]
fn an_alias_bomb_stops_only_its_file() {
    let level =
        |n: usize| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "));
    let levels: Vec<String> = (1..20).map(level).collect();
    let bomb = format!("{}x: &a0 [1]\n{}", config_map("bomb"), levels.concat());
    let rendered =
        rendered(&tree(&[("a.yaml", &bomb), ("b.yaml", &config_map("b"))]), &application());
    assert_eq!(problems(&rendered).len(), 1);
    assert_eq!(names(&rendered), ["b"]);
}

/// A tree that says that one file is huge, and cannot be made to read it.
struct Huge(MemoryTree, u64);

impl FileTree for Huge {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        self.0.entry(path)
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        self.0.list(path)
    }

    fn size(&self, path: &str) -> Result<u64, Unreadable> {
        if path.contains("huge") { Ok(self.1) } else { self.0.size(path) }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        assert!(!path.contains("huge"), "a file that is too large was read");
        self.0.read(path)
    }
}

#[test]
fn a_huge_file_is_told_by_its_size_and_stops_only_itself() {
    for rules in [application(), kustomization()] {
        let tree = tree(&[("huge.yaml", ""), ("z.yaml", &config_map("z"))]);
        let rendered = rendered(&Huge(tree, 104_857_600), &rules);
        assert_eq!(
            problems(&rendered),
            ["apps/huge.yaml: the file has 104857600 bytes, more than the 10485760 of a manifest"]
        );
        assert_eq!(names(&rendered), ["z"]);
    }
}

#[test]
fn a_link_with_a_huge_target_is_told_by_its_size() {
    let tree = MemoryTree::default().with_link("apps/huge.yaml", "x");
    let rendered = rendered(&Huge(tree, limit::GIT_LINK_BYTES_MAX + 1), &application());
    assert_eq!(rendered.problems[0].kind, ProblemKind::Link);
}

/// A few objects of Git can make a tree like this: ten names in each directory, without an end.
struct Endless {
    wide: usize,
}

impl Endless {
    fn directory(name: &str) -> Entry {
        Entry { name: name.to_owned(), kind: Kind::Directory, id: Id::new(b"endless") }
    }
}

impl FileTree for Endless {
    fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
        let name = path.rsplit('/').next().unwrap_or_default();
        Ok((name == "apps" || name.starts_with('d')).then(|| Self::directory(name)))
    }

    fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
        let deep = path.split('/').count() > 100;
        let wide = if deep && self.wide > 1 { 0 } else { self.wide };
        Ok(Some((0..wide).map(|n| Self::directory(&format!("d{n}"))).collect()))
    }

    fn size(&self, _: &str) -> Result<u64, Unreadable> {
        Ok(0)
    }

    fn read(&self, _: &str) -> Result<Vec<u8>, Unreadable> {
        Ok(Vec::new())
    }
}

#[test]
fn trees_without_an_end_are_refused() {
    for (wide, message) in
        [(1, "is nested deeper than 200 levels"), (10_000, "has more than 1000000 entries")]
    {
        let rendered = rendered(&Endless { wide }, &recursive(None, None));
        assert!(!rendered.complete);
        assert!(problems(&rendered)[0].ends_with(message), "{:?}", rendered.problems);
    }
}

#[test]
fn problems_beyond_the_limit_are_counted() {
    let documents = "a: [\n---\n".repeat(1_500);
    let text = format!("{}---\n{documents}", config_map("a"));
    let rendered = rendered(&tree(&[("a.yaml", &text)]), &application());
    assert_eq!(rendered.problems.len() as u64, limit::RENDER_PROBLEMS_MAX + 1);
    assert!(problems(&rendered).contains(&"500 more problems are not shown".to_owned()));
}

/// A submodule is a directory whose files are elsewhere.
#[test]
fn a_submodule_that_would_be_read_is_not_taken_for_an_empty_directory() {
    struct Submodule(MemoryTree);
    impl FileTree for Submodule {
        fn entry(&self, path: &str) -> Result<Option<Entry>, Unreadable> {
            self.0.entry(path)
        }

        fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, Unreadable> {
            let sub = Entry { name: "sub".to_owned(), kind: Kind::Other, id: Id::new(b"sub") };
            let entries = self.0.list(path)?;
            Ok(entries.map(|entries| entries.into_iter().chain([sub]).collect()))
        }

        fn size(&self, path: &str) -> Result<u64, Unreadable> {
            self.0.size(path)
        }

        fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
            self.0.read(path)
        }
    }
    let tree = Submodule(tree(&[("a.yaml", &config_map("a"))]));
    assert!(!rendered(&tree, &recursive(None, None)).complete);
    assert!(rendered(&tree, &application()).complete);
    assert!(rendered(&tree, &kustomization()).complete);
}

#[test]
fn many_files_have_no_more_nodes_in_all_than_a_source_may() {
    // Each is within what one file may have.
    let list = "- [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\n".repeat(40_000);
    let file = |name: &str| format!("{}data:\n  # many\nlist:\n{list}", config_map(name));
    let files: Vec<(String, String)> =
        (0..14).map(|n| (format!("{n:02}.yaml"), file(&format!("n{n}")))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let rendered = rendered(&tree(&files), &application());
    assert!(!rendered.complete);
    let said = problems(&rendered);
    let limit = format!("the source's files have more than {} nodes", limit::RENDER_NODES_MAX);
    assert!(said.iter().any(|said| said.contains(&limit)), "{said:?}");
    let remedy = ": split it over several applications, each with a directory of its own";
    assert!(said.iter().any(|said| said.ends_with(remedy)), "{said:?}");
    assert!(rendered.objects.len() < 13, "what comes after it is not read");
}

#[test]
fn aliases_copy_no_more_in_all_than_a_source_may_have() {
    // Each is within what one file may have: 13 kB that stand for 10 MB.
    let text = "x".repeat(6_400);
    let bomb = format!("a: &a {text}\nb: [{}]\n", "*a,".repeat(1_600));
    let files: Vec<(String, &str)> = (0..40).map(|n| (format!("{n:02}.yaml"), &*bomb)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, *text)).collect();
    let rendered = rendered(&tree(&files), &application());
    let said = problems(&rendered);
    let limit = format!("the source's files have more than {} bytes", limit::RENDER_BYTES_MAX);
    assert!(said.iter().any(|said| said.contains(&limit)), "{said:?}");
    let last = said.iter().find(|said| said.starts_with("apps/39.yaml"));
    assert_eq!(last, None, "what comes after it is not read");
}
