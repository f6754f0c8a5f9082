//! Small stories in which a process dies at each of its effects in turn.

use crate::checks::Violation;
use crate::life::Moment;
use crate::model::{Door, Model, Wanted};
use crate::objects::{Item, Sort};
use crate::run::in_time;
use crate::world::World;
use crate::{end, people};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What happens in a story after its application has been installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Story {
    /// Nothing more: the installation itself.
    Install,
    /// A commit changes objects.
    Upgrade,
    /// A commit removes objects.
    Prune,
    /// A commit changes objects of three waves.
    Wave,
    /// Objects are there already, and a commit adds them.
    Adopt,
    /// An object moves to another application.
    HandOver,
    /// A commit goes back to the first.
    Revert,
    /// The application is deleted with its objects.
    Delete,
}

impl Story {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Install,
        Self::Upgrade,
        Self::Prune,
        Self::Wave,
        Self::Adopt,
        Self::HandOver,
        Self::Revert,
        Self::Delete,
    ];
}

/// What came of a story that was told again and again, with a death at each effect.
#[derive(Clone, Debug, Default)]
pub struct Deaths {
    /// How many deaths there were: one before and one after each effect.
    pub count: u64,
    /// What was wrong, with the effect at which the process died, and when.
    pub violations: Vec<(u64, Moment, Violation)>,
}

/// Tells a story once without a death, then with one before and one after each effect of its act.
pub fn deaths(story: Story, second: bool) -> Deaths {
    let (quiet, first, last) = tell(story, second, None);
    let mut deaths = Deaths::default();
    deaths.violations.extend(quiet.into_iter().map(|violation| (0, Moment::Before, violation)));
    for effect in first + 1..=last {
        for moment in [Moment::Before, Moment::After] {
            let (wrong, ..) = tell(story, second, Some((effect, moment)));
            deaths.count += 1;
            deaths.violations.extend(wrong.into_iter().map(|wrong| (effect, moment, wrong)));
        }
    }
    deaths
}

/// Tells a story. Returns what was wrong, and how many effects there were before its act and until its
/// end.
fn tell(story: Story, second: bool, death: Option<(u64, Moment)>) -> (Vec<Violation>, u64, u64) {
    in_time(async move {
        let model = model(second);
        let world = World::new(7, model, None).await;
        let kill = || world.mortality.appoint(death);
        if story == Story::Install {
            kill();
        }
        world.start("a");
        let mut before = 0;
        if story != Story::Install {
            end::converge_quickly(&world).await;
            world.pause(20_000).await;
            before = world.mortality.effects();
            kill();
            act(&world, story).await;
        }
        let good = end::converge_quickly(&world).await;
        world.pause(5_000).await;
        let last = world.mortality.effects();
        if good && death.is_none() {
            end::rest(&world).await;
        } else if good {
            end::rest_briefly(&world).await;
        }
        let wrong = world.violations();
        world.end();
        (wrong, before, last)
    })
}

async fn act(world: &Arc<World>, story: Story) {
    let url = {
        let mut model = world.model();
        let first: BTreeMap<String, Item> = model.apps[0].files.clone();
        let files = &mut model.apps[0].files;
        match story {
            Story::Install => {}
            Story::Upgrade | Story::Wave => {
                for item in files.values_mut() {
                    item.data += 1;
                }
            }
            Story::Prune => files.retain(|file, _| file.ends_with("0.yaml")),
            Story::Adopt => {
                let item = plain(Sort::ConfigMap, "made-by-hand", 3);
                files.insert("made-by-hand.yaml".to_owned(), item);
            }
            Story::HandOver => {
                if let Some(item) = files.remove("one-1.yaml") {
                    model.apps[1].files.insert("one-1.yaml".to_owned(), item);
                }
            }
            Story::Revert => {
                for item in files.values_mut() {
                    item.data += 1;
                }
                files.insert("new.yaml".to_owned(), plain(Sort::Service, "new", 2));
            }
            Story::Delete => model.apps[0].exists = false,
        }
        let url = model.apps[0].url.clone();
        if story == Story::Revert {
            model.commit(&url, "forward");
            model.apps[0].files = first;
        }
        url
    };
    match story {
        Story::Delete => {
            let owner = world.model().apps[0].owner();
            world.person.delete(&owner).await;
            return;
        }
        Story::Adopt => people::make_by_hand(world, "alpha", "made-by-hand").await,
        Story::Revert => {
            world.push(&url);
            world.pause(10_000).await;
        }
        _ => {}
    }
    world.model().commit(&url, "the act");
    world.push(&url);
}

fn plain(sort: Sort, name: &str, data: u64) -> Item {
    Item { sort, name: name.to_owned(), data, wave: 0, kept: false, finalizer: false }
}

fn model(second: bool) -> Model {
    let mut model = Model::default();
    let url: Arc<str> = "https://git.example/stories.git".into();
    let door = if second { Door::Second } else { Door::First };
    let mut app = |name: &str, sorts: &[Sort]| {
        let item = |(number, sort): (usize, &Sort)| {
            let wave = i32::try_from(number % 3).unwrap_or(0);
            let item = Item { wave, ..plain(*sort, &format!("{name}-{number}"), 1) };
            (format!("{name}-{number}.yaml"), item)
        };
        model.apps.push(Wanted {
            name: name.to_owned(),
            door,
            url: url.clone(),
            namespace: "alpha".to_owned(),
            automated: true,
            prune: true,
            self_heal: true,
            cascade: true,
            exists: true,
            files: sorts.iter().enumerate().map(item).collect(),
            broken: None,
            creates_namespace: false,
            keeps_directory: true,
        });
    };
    app("one", &[Sort::ConfigMap, Sort::Secret, Sort::Deployment, Sort::Service]);
    app("two", &[Sort::ConfigMap]);
    model.commit(&url, "the first");
    model
}
