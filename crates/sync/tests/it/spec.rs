//! Runs specs: Markdown as the planner's, where a block `life app=A …` says what A's life does with
//! the render and the cluster of its case, line by line, each with its second.
//!
//! - `refuse=NAME`: the server refuses every try of that object's, for good or `until=SECOND`.
//! - `retries=N`, `first=SECONDS`, `factor=N`, `longest=SECONDS`: how a failed sync is tried again. A
//!   life in stages is tried again every minute.
//! - `for=SECONDS`: how long it is watched; ten minutes by default.
//!
//! The last line is how its last sync stands then.

use crate::markdown::{Block, document, setting, specs};
use crate::model::{Fate, Life, Model, empty_record};
use crate::world::Setting;
use std::collections::BTreeMap;
use std::time::Duration;
use trimtab_model::{ObjectKey, Order, Timestamp};
use trimtab_plan::{Action, DryRun};
use trimtab_sync::{Effect, Event, Habits, Record};

specs! {
    lives;
    retries: "retries.md",
    validation: "validation.md",
}

fn lives(blocks: &[Block]) -> Result<(), String> {
    let mut lives = blocks.iter().filter(|block| block.has("life")).peekable();
    lives.peek().ok_or("the case expects nothing")?;
    lives.try_for_each(|block| {
        let found = Run::of(setting(blocks)?, block).lines();
        let expected: Vec<&str> = block.lines.iter().map(|line| line.trim()).collect();
        if found == expected { Ok(()) } else { Err(format!("found\n{}", found.join("\n"))) }
    })
}

/// One application's life under the terms of a block.
struct Run {
    model: Model,
    name: String,
    begin: Timestamp,
    end: Timestamp,
    refused: Option<(String, Timestamp)>,
    lines: Vec<String>,
}

impl Run {
    fn of(mut setting: Setting, block: &Block) -> Self {
        let name = block.value("app").expect("a life names its application").to_owned();
        let number = |field| block.value(field).map(|text| text.parse().expect("a number"));
        let application = setting.apps.get_mut(&name).expect("it is there");
        let retry = &mut application.app.policy.retry;
        retry.limit = number("retries").map(|limit| u32::try_from(limit).expect("a few"));
        retry.backoff.first = Duration::from_secs(number("first").unwrap_or(5));
        let factor = number("factor").unwrap_or(2);
        retry.backoff.factor = u32::try_from(factor).expect("a few");
        retry.backoff.longest = number("longest").map(Duration::from_secs);
        let stages = application.app.policy.order == Order::Stages;
        let habits = Habits {
            finalizer: false,
            retry_after: stages.then_some(Duration::from_mins(1)),
            runs_on_change: stages,
        };
        let record = Record { inventory: application.inventory.clone(), ..empty_record() };
        let lives = BTreeMap::from([(name.clone(), Life::new(record, habits))]);
        let model = Model::new(setting, lives);
        let begin = model.now;
        let after = |seconds: Option<u64>| seconds.map(|s| begin + Duration::from_secs(s));
        let until = after(number("until")).unwrap_or(Timestamp::MAX);
        Self {
            refused: block.value("refuse").map(|name| (name.to_owned(), until)),
            end: after(Some(number("for").unwrap_or(600))).expect("given"),
            lines: Vec::new(),
            begin,
            model,
            name,
        }
    }

    fn lines(mut self) -> Vec<String> {
        loop {
            while self.settle() {}
            let next = self.model.lives[&self.name].wakes.first().copied();
            if next.is_none_or(|next| next > self.end) || !self.model.pass_time() {
                break;
            }
        }
        let operation = self.model.lives[&self.name].record.operation.as_ref();
        self.lines.extend(operation.map(|it| format!("{:?}: {}", it.phase, it.message)));
        self.lines
    }

    /// Carries out what is asked for and takes the answers in. Returns whether anything moved.
    fn settle(&mut self) -> bool {
        let mut moved = false;
        while self.model.watch_one() {
            moved = true;
        }
        while let Some(effect) = self.model.lives[&self.name].flight.front().cloned() {
            self.carry_out(effect);
            moved = true;
        }
        while self.model.answer(&self.name) {
            moved = true;
        }
        self.model.look(&self.name, Event::Look);
        moved || !self.model.lives[&self.name].flight.is_empty()
    }

    fn carry_out(&mut self, effect: Effect) {
        let fate = match effect {
            Effect::Carry(step) => {
                let verb = match step.action {
                    Action::Create(_) => "create",
                    Action::Update { .. } => "update",
                    Action::Prune { .. } => "prune",
                };
                if self.told(verb, &step.key) { Fate::Refused } else { Fate::Good }
            }
            Effect::DryRun { key, desired, against, .. } => {
                if self.told("try", &key) {
                    let answer = DryRun { desired, against, changes: Err("refused".to_owned()) };
                    self.model.setting.dry_runs.insert(key, answer);
                    let life = self.model.lives.get_mut(&self.name).expect("it is there");
                    life.flight.pop_front();
                    life.inbox.push_back(Event::Look);
                    return;
                }
                Fate::Good
            }
            Effect::LookAtSources
            | Effect::Withdraw
            | Effect::WriteStatus(_)
            | Effect::RemoveFinalizer
            | Effect::AddFinalizer
            | Effect::Announce(_)
            | Effect::Park(_)
            | Effect::Wake(_) => Fate::Good,
        };
        self.model.carry_out(&self.name, 0, fate);
    }

    /// Notes one try of an object's. Returns whether it is refused.
    fn told(&mut self, verb: &str, key: &ObjectKey) -> bool {
        let is_refused = self
            .refused
            .as_ref()
            .is_some_and(|(name, until)| key.name.as_str() == name && self.model.now < *until);
        let second = self.model.now.as_second() - self.begin.as_second();
        let end = if is_refused { ": refused" } else { "" };
        let line = format!("{second}s {verb} {key}{end}");
        // A try that is asked for again before it was answered is one try: the engine makes it once.
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
        is_refused
    }
}
