//! Reads specs: Markdown with one behaviour a heading, and blocks that say the input and the result.
//!
//! - `yaml desired app=A [order=stages] [complete=false] [unknown] [create-namespace] [budget=N]
//!   [installation=I]`: the render of application A, one object a line.
//! - `yaml live [inventory=A] [owner=B|none] [uid=U] [installation=I]`: live objects, in whose inventory
//!   they are, and whose mark they carry (by default the inventory's).
//! - `elsewhere app=A [unknown]`: another namespace has an application of that name, or nobody can tell.
//! - `plan app=A [prune] [explicit] [all] [rewritten] [passed-over] [only=NAME] [delete]`: the plan that A's sync (or
//!   deletion) must have.
//!
//! An object is `{apiVersion: …, kind: …, namespace: …, name: …}` and may have `wave`, `options`,
//! `hook`, `value` (its content), `deleting`, `field` (one that no schema has).

use crate::world::{self, Setting};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trimtab_inventory::{Entry, Inventory};
use trimtab_model::{NamespaceCreation, Order, PruneLimit};
use trimtab_plan::{SyncRequest, lint_removal, removal_plan};

/// One fenced block: the words after the fence, and its lines.
pub struct Block {
    pub words: Vec<String>,
    pub lines: Vec<String>,
}

/// What a block may say, by how it begins. A word that nobody reads would be a case that asks for less
/// than it seems to.
const WORDS: [(&[&str], &[&str]); 5] = [
    (
        &["yaml", "desired"],
        &["app=", "order=", "complete=", "unknown", "create-namespace", "budget=", "installation="],
    ),
    (&["yaml", "live"], &["inventory=", "owner=", "uid=", "installation="]),
    (&["elsewhere"], &["app=", "unknown"]),
    (
        &["plan"],
        &["app=", "prune", "explicit", "all", "rewritten", "passed-over", "only=", "delete"],
    ),
    (
        &["life"],
        &["app=", "refuse=", "until=", "retries=", "first=", "factor=", "longest=", "for="],
    ),
];

/// What an object may say.
const FIELDS: [&str; 11] = [
    "apiVersion",
    "kind",
    "namespace",
    "name",
    "wave",
    "options",
    "hook",
    "value",
    "deleting",
    "field",
    "defines",
];

impl Block {
    /// Says which word nobody reads.
    fn check(&self) -> Result<(), String> {
        let begins = |begin: &[&str]| self.words.iter().take(begin.len()).eq(begin);
        let Some((begin, known)) = WORDS.iter().find(|(begin, _)| begins(begin)) else {
            return Err(format!("unknown block {:?}", self.words));
        };
        let is_known = |word: &String| match word.split_once('=') {
            Some((name, _)) => known.contains(&&*format!("{name}=")),
            None => known.contains(&&**word),
        };
        match self.words[begin.len()..].iter().find(|word| !is_known(word)) {
            Some(word) => Err(format!("nobody reads `{word}` of {:?}", self.words)),
            None => Ok(()),
        }
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        let start = format!("{name}=");
        self.words.iter().find_map(|word| word.strip_prefix(&start))
    }

    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }
}

/// Runs every case of a document, and tells of all that fail.
pub fn document(name: &str, text: &str, run: impl Fn(&[Block]) -> Result<(), String>) {
    let cases = cases(text);
    assert!(!cases.is_empty(), "{name} has no case");
    let failures = cases.iter().filter_map(|(heading, blocks)| {
        run(blocks).err().map(|difference| format!("## {heading}\n{difference}\n"))
    });
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{name}\n{}", failures.join("\n"));
}

/// A test for each document of the crate's `tests/specs`.
macro_rules! specs {
    ($run:expr; $($name:ident: $file:literal,)*) => {$(
        #[test]
        fn $name() {
            let text = include_str!(concat!("../specs/", $file));
            document($file, text, $run);
        }
    )*};
}

pub(crate) use specs;

/// The cases of a document: heading, blocks.
pub fn cases(text: &str) -> Vec<(String, Vec<Block>)> {
    let (mut cases, mut open) = (Vec::<(String, Vec<Block>)>::new(), None::<Block>);
    for line in text.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => {
                cases.last_mut().expect("a heading before the first block").1.push(block);
            }
            (Some(words), None) => {
                let words = words.split_whitespace().map(str::to_owned).collect();
                open = Some(Block { words, lines: Vec::new() });
            }
            (None, Some(mut block)) => {
                block.lines.push(line.to_owned());
                open = Some(block);
            }
            (None, None) => {
                if let Some(heading) = line.strip_prefix("## ") {
                    cases.push((heading.to_owned(), Vec::new()));
                }
            }
        }
    }
    assert!(open.is_none(), "the last block has no end");
    cases
}

/// Reads `{a: b, c: d}`.
pub fn fields(line: &str) -> BTreeMap<String, String> {
    let inside = line.trim().trim_start_matches('{').trim_end_matches('}');
    let pairs = inside.split(", ").map(|pair| pair.split_once(": ").expect("a name and a value"));
    let fields = pairs.map(|(name, value)| (name.trim(), value.trim()));
    let fields = fields.inspect(|(name, _)| assert!(FIELDS.contains(name), "nobody reads {name}"));
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn object(line: &str, owner: Option<&str>, installation: Option<&str>) -> Value {
    let fields = fields(line);
    let get = |name: &str| fields.get(name).map(String::as_str);
    let (kind, name) = (get("kind").expect("a kind"), get("name").expect("a name"));
    let api_version = get("apiVersion").unwrap_or("v1");
    let mut body = world::body(api_version, kind, (get("namespace"), name));
    for (field, annotation) in
        [("wave", "test/wave"), ("options", "test/options"), ("hook", "test/hook")]
    {
        if let Some(value) = get(field) {
            body["metadata"]["annotations"][annotation] = value.replace(';', ",").into();
        }
    }
    if let Some(value) = get("value") {
        body["metadata"]["labels"] = json!({"value": value});
    }
    if let Some(field) = get("field") {
        body[field] = true.into();
    }
    if let Some(defines) = get("defines") {
        let (group, kind) = defines.split_once('/').expect("a group and a kind");
        let version = json!({"name": "v1", "served": true, "storage": true,
            "schema": {"openAPIV3Schema": {"type": "object"}}});
        body["spec"] = json!({"group": group, "scope": "Namespaced", "versions": [version],
            "names": {"kind": kind, "plural": format!("{}s", kind.to_lowercase())}});
    }
    if let Some(owner) = owner {
        let key = world::manifest(body.clone()).key;
        let mut tracking = world::tracking(owner);
        tracking.claim.installation = installation.map(Into::into);
        tracking.write(&key, "shop", &mut body);
    }
    body
}

/// Runs one case and says what differs.
pub fn run(blocks: &[Block]) -> Result<(), String> {
    let mut setting = setting(blocks)?;
    let mut plans = blocks.iter().filter(|block| block.has("plan")).peekable();
    plans.peek().ok_or("the case expects nothing")?;
    plans.try_for_each(|block| compare(&mut setting, block))
}

/// What the blocks of a case's input say.
pub fn setting(blocks: &[Block]) -> Result<Setting, String> {
    let mut setting = Setting::default();
    for block in blocks {
        block.check()?;
        if block.has("desired") {
            add_desired(&mut setting, block);
        } else if block.has("live") {
            add_live(&mut setting, block);
        } else if block.has("elsewhere") {
            let name = block.value("app").expect("elsewhere names an application");
            setting.elsewhere.insert(name.to_owned(), !block.has("unknown"));
        }
    }
    Ok(setting)
}

fn add_desired(setting: &mut Setting, block: &Block) {
    let name = block.value("app").expect("desired names its application");
    let order = block.value("order").map_or(Order::Waves, |order| {
        assert_eq!(order, "stages", "the order");
        Order::Stages
    });
    let application =
        setting.apps.entry(name.to_owned()).or_insert_with(|| world::application(name, order));
    application.app.policy.order = order;
    let objects = block.lines.iter().map(|line| world::manifest(object(line, None, None)));
    application.app.tracking.claim.installation = block.value("installation").map(Into::into);
    application.rendered = world::rendered(objects.collect());
    application.rendered.complete = block.value("complete") != Some("false");
    application.known = !block.has("unknown");
    if block.has("create-namespace") {
        application.app.policy.create_namespace = NamespaceCreation::WhenAbsent;
    }
    if let Some(budget) = block.value("budget") {
        let objects = budget.parse().expect("a number");
        application.app.policy.prune_limit = PruneLimit::Budget { objects, percent: 0 };
    }
}

fn add_live(setting: &mut Setting, block: &Block) {
    let inventoried = block.value("inventory");
    let owner = block.value("owner").or(inventoried).filter(|owner| *owner != "none");
    for (number, line) in block.lines.iter().enumerate() {
        let uid = block.value("uid").unwrap_or("u").to_owned() + &number.to_string();
        let (mut live, body) =
            world::live(object(line, owner, block.value("installation")), &uid, 10);
        if fields(line).contains_key("deleting") {
            live.deleting = Some("2026-01-01T00:00:00Z".parse().expect("a time"));
        }
        if let Some(name) = inventoried {
            let application = setting
                .apps
                .entry(name.to_owned())
                .or_insert_with(|| world::application(name, Order::Waves));
            if let Inventory::Known(entries) = &mut application.inventory {
                entries.insert(live.key.clone(), Entry { version: live.version.clone() });
            }
        }
        setting.live.objects.insert(live.key.clone(), (live, body));
    }
}

fn compare(setting: &mut Setting, block: &Block) -> Result<(), String> {
    let name = block.value("app").expect("a plan names its application");
    let shown = if block.has("delete") {
        let application = setting.apps.get_mut(name).expect("the application is there");
        application.app.deleting = Some("2026-01-01T00:00:00Z".parse().expect("a time"));
        setting.with(name, |world| {
            let plan = removal_plan(world);
            lint_removal(&plan, world).expect("the plan keeps the invariants");
            plan.to_string()
        })
    } else {
        let only = block.value("only").map(|only| {
            let objects = setting.live.objects.keys();
            let desired = setting.apps[name].rendered.objects.iter().map(|object| &object.key);
            objects.chain(desired).filter(|key| key.name.as_str() == only).cloned().collect()
        });
        let request = SyncRequest {
            prune: block.has("prune"),
            explicit: block.has("explicit"),
            apply_all: block.has("all"),
            only,
            rewritten: block.has("rewritten"),
            passed_over: block.has("passed-over"),
        };
        setting.plan(name, &request).2.to_string()
    };
    let (expected, found) = (normal(&block.lines.join("\n")), normal(&shown));
    if expected == found {
        return Ok(());
    }
    Err(format!("expected\n{}\nfound\n{}", expected.join("\n"), found.join("\n")))
}

/// Lines without what is only layout; digests of sets are not compared.
fn normal(text: &str) -> Vec<String> {
    let word = |word: &str| match word {
        word if word.len() == 12 && word.chars().all(|c| c.is_ascii_hexdigit()) => "…".to_owned(),
        word => word.to_owned(),
    };
    let lines = text.lines().map(|line| line.split_whitespace().map(word).collect::<Vec<_>>());
    lines.map(|words| words.join(" ")).filter(|line| !line.is_empty()).collect()
}
