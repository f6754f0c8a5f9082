//! What is known of each application, and the lines that tell it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use trimtab_cli::printable;

use super::status::Status;
use super::watch::Event;

/// Colour on a terminal, unless `NO_COLOR` is set.
#[derive(Debug, Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// Whether to paint on this standard output.
    pub fn of(is_terminal: bool) -> Self {
        Self(is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
    }

    /// A word of a status, padded, in the colour that fits it.
    fn word(self, word: &str, width: usize) -> String {
        let code = match word {
            "Synced" | "Healthy" => 32,
            "Degraded" | "deleted" => 31,
            _ => 33,
        };
        let text = format!("{word:<width$}");
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text }
    }
}

/// What is known of each application.
pub struct Board {
    /// By name; `None` before the first event.
    statuses: BTreeMap<String, Option<Status>>,
    /// Those that have to be well.
    wanted: Vec<String>,
    paint: Paint,
}

impl Board {
    /// Nothing is known yet of those that are wanted.
    pub fn new(wanted: &[String], paint: Paint) -> Self {
        let statuses = wanted.iter().map(|name| (name.clone(), None)).collect();
        Self { statuses, wanted: wanted.to_vec(), paint }
    }

    /// Takes what happened, and prints a line if a person would see a difference.
    pub fn print_change(&mut self, event: Event, time: Duration) {
        if let Some(line) = self.change(event, time) {
            println!("{line}");
        }
    }

    fn change(&mut self, event: Event, time: Duration) -> Option<String> {
        let (name, status) = match event {
            Event::Is { name, status } => (name, Some(status)),
            Event::Gone { name } => (name, None),
        };
        let before = self.statuses.insert(name.clone(), status.clone()).flatten();
        let line = match (&before, &status) {
            (None, None) => return None,
            (Some(_), None) => self.paint.word("deleted", 0),
            (_, Some(now)) if before.as_ref().map(shown) == Some(shown(now)) => return None,
            // Nothing was said about it yet.
            (None, Some(now)) if now.sync.is_empty() && now.health.is_empty() => return None,
            (_, Some(now)) => self.line(now, before.as_ref()),
        };
        let width = self.statuses.keys().map(|name| name.chars().count()).max().unwrap_or_default();
        Some(format!("{:>6.1} s  {name:<width$}  {line}", time.as_secs_f64()).trim_end().to_owned())
    }

    /// A condition is told in full once, and by its type while it lasts.
    fn line(&self, now: &Status, before: Option<&Status>) -> String {
        let [sync, health] = [(&now.sync, 9), (&now.health, 11)]
            .map(|(word, width)| self.paint.word(if word.is_empty() { "-" } else { word }, width));
        let first = now.conditions.first().map(String::as_str).unwrap_or_default();
        let is_told = before.is_some_and(|before| before.conditions.iter().any(|one| one == first));
        let first = if is_told { first.split(": ").next().unwrap_or_default() } else { first };
        let mut condition = printable(first);
        if now.conditions.len() > 1 {
            let _ = write!(condition, " (and {} more)", now.conditions.len() - 1);
        }
        format!("{sync}  {health}  {:<7}  {condition}", now.revision)
    }

    /// Whether all that are wanted are Synced and Healthy.
    pub fn is_well(&self) -> bool {
        self.troubled().next().is_none()
    }

    fn troubled(&self) -> impl Iterator<Item = (&str, Option<&Status>)> {
        let known = |name: &String| self.statuses.get(name).and_then(Option::as_ref);
        let all = self.wanted.iter().map(move |name| (name.as_str(), known(name)));
        all.filter(|(_, status)| !status.is_some_and(Status::is_well))
    }

    /// Says that all is well.
    pub fn all_well(&self, time: Duration) -> String {
        let count = self.wanted.len();
        let all = if count == 1 {
            "The application is".into()
        } else {
            format!("All {count} applications are")
        };
        let mut text = format!("{all} Synced and Healthy after {:.1} s.", time.as_secs_f64());
        for name in self.empty() {
            let _ = write!(text, "\nBut {name} has no objects: its directory holds no manifests.");
        }
        text
    }

    /// Those that are well and have nothing.
    fn empty(&self) -> impl Iterator<Item = &String> {
        let known = |name: &String| self.statuses.get(name).and_then(Option::as_ref);
        self.wanted.iter().filter(move |name| known(name).is_some_and(|status| status.count == 0))
    }

    /// Says what is not well, and why.
    pub fn what_is_wrong(&self, time: Duration) -> String {
        let are = match (self.troubled().count(), self.wanted.len()) {
            (1, 1) => "the application is".to_owned(),
            (1, all) => format!("1 of {all} applications is"),
            (count, all) => format!("{count} of {all} applications are"),
        };
        let mut text = format!("after {} s, {are} not Synced and Healthy:", time.as_secs());
        for (name, status) in self.troubled() {
            let _ = match status {
                None => write!(text, "\n  {name}: not there"),
                Some(status) => write!(text, "\n  {name}: {}", reasons(status)),
            };
        }
        text
    }
}

/// What makes a new line when it changes. A commit that changes nothing of an application has none.
fn shown(status: &Status) -> (&str, &str, &str, Option<&String>) {
    (&status.sync, &status.health, &status.began, status.conditions.first())
}

fn reasons(status: &Status) -> String {
    let state = [&status.sync, &status.health]
        .map(|word| if word.is_empty() { "not judged yet" } else { word });
    let mut text = state.join(", ");
    let operation = (!status.operation.is_empty()).then(|| format!("sync: {}", status.operation));
    for line in status.conditions.iter().chain(&operation).chain(&status.objects) {
        let _ = write!(text, "\n    {}", printable(line));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(name: &str, sync: &str, health: &str) -> Event {
        let status = json!({"status": {"sync": {"status": sync}, "health": {"status": health}}});
        Event::Is { name: name.into(), status: Status::of(&status) }
    }

    #[test]
    fn a_line_for_each_change_that_a_person_sees() {
        let mut board = Board::new(&["web".into(), "database".into()], Paint(false));
        let time = Duration::from_millis(1234);
        let mut say = |event| board.change(event, time);
        assert_eq!(say(event("web", "", "")), None);
        let line = "   1.2 s  web       OutOfSync  Missing";
        assert_eq!(say(event("web", "OutOfSync", "Missing")).as_deref(), Some(line));
        assert_eq!(say(event("web", "OutOfSync", "Missing")), None);
        let gone = Event::Gone { name: "web".into() };
        assert_eq!(say(gone).as_deref(), Some("   1.2 s  web       deleted"));
    }

    #[test]
    fn a_condition_that_lasts_is_told_in_full_once() {
        let mut board = Board::new(&["web".into()], Paint(false));
        let mut say = |sync: &str| {
            let conditions = json!([{"type": "SyncError", "message": "no: not now"}]);
            let status = json!({"sync": {"status": sync}, "conditions": conditions});
            let status = json!({"status": status});
            let event = Event::Is { name: "web".into(), status: Status::of(&status) };
            board.change(event, Duration::ZERO).expect("a line")
        };
        assert!(say("OutOfSync").ends_with("  SyncError: no: not now"));
        assert!(say("Synced").ends_with("  SyncError"));
    }

    #[test]
    fn all_is_well_when_each_that_is_wanted_is() {
        let mut board = Board::new(&["web".into()], Paint(false));
        assert!(!board.is_well());
        board.change(event("other", "OutOfSync", "Degraded"), Duration::ZERO);
        board.change(event("web", "Synced", "Progressing"), Duration::ZERO);
        assert!(!board.is_well());
        let wrong = board.what_is_wrong(Duration::from_secs(90));
        assert!(
            wrong.ends_with(
                "the application is not Synced and Healthy:\n  web: Synced, Progressing"
            ),
            "{wrong}"
        );
        board.change(event("web", "Synced", "Healthy"), Duration::ZERO);
        assert!(board.is_well());
    }

    #[test]
    fn an_application_without_objects_is_not_only_well() {
        let mut board = Board::new(&["web".into()], Paint(false));
        let is = |resources: serde_json::Value| {
            let status = json!({"sync": {"status": "Synced"}, "health": {"status": "Healthy"},
                                "resources": resources});
            Event::Is { name: "web".into(), status: Status::of(&json!({"status": status})) }
        };
        board.change(is(json!([])), Duration::ZERO);
        let said = board.all_well(Duration::ZERO);
        assert!(
            said.ends_with("\nBut web has no objects: its directory holds no manifests."),
            "{said}"
        );
        board.change(
            is(json!([{"kind": "Service", "name": "a", "status": "Synced"}])),
            Duration::ZERO,
        );
        assert_eq!(board.all_well(Duration::ZERO).lines().count(), 1);
    }

    #[test]
    fn a_condition_cannot_draw_on_the_terminal() {
        let mut board = Board::new(&["web".into()], Paint(false));
        let conditions = json!([{"type": "SyncError", "message": "a\n\u{1b}[2Jb"}]);
        let status = json!({"status": {"sync": {"status": "Synced"}, "conditions": conditions}});
        let event = Event::Is { name: "web".into(), status: Status::of(&status) };
        let line = board.change(event, Duration::ZERO).expect("a line");
        assert!(line.ends_with("SyncError: a; \u{fffd}[2Jb"), "{line:?}");
    }
}
