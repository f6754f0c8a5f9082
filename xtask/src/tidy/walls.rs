//! What clippy cannot see of the walls: pure rooms name nothing of the machine, and no choice between
//! futures is a matter of luck.

use super::rooms;
use super::texts::{self, Text};

/// What gives the disk, the net, the environment, threads, time or chance to whoever names it.
const MACHINE: [&str; 9] = [
    "std::env",
    "std::fs",
    "std::io::stdin",
    "std::net",
    "std::process",
    "std::thread",
    "Instant",
    "RandomState",
    "SystemTime",
];

/// Each place where a wall has a hole.
pub fn problems() -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for Text { name, text } in texts::all()? {
        let Some((room, file)) = name.strip_prefix("crates/").and_then(|n| n.split_once('/'))
        else {
            continue;
        };
        if !file.starts_with("src/") {
            continue;
        }
        let lucky = by_luck(&text).map(|line| format!("{name}:{line}: `select!` is not `biased;`"));
        problems.extend(lucky);
        if rooms::layer(room).is_some_and(rooms::Layer::is_pure) {
            let of_machine = of_machine(&text);
            problems.extend(of_machine.map(|(line, what)| {
                format!("{name}:{line}: {room} is pure and must not use {what}")
            }));
        }
    }
    Ok(problems)
}

/// The lines of choices that do not say which future goes first.
fn by_luck(text: &str) -> impl Iterator<Item = usize> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let lucky = move |at: &usize| {
        let says = |line: &&str| !line.is_empty() && !line.starts_with("//");
        let next = lines[at + 1..].iter().copied().find(says);
        !lines[*at].starts_with("//") && lines[*at].contains("select! {") && next != Some("biased;")
    };
    (0..text.lines().count()).filter(lucky).map(|at| at + 1).collect::<Vec<_>>().into_iter()
}

/// What code names of the machine, and in which line. Tests of pure rooms may read their cases.
fn of_machine(text: &str) -> impl Iterator<Item = (usize, &'static str)> {
    let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    code.enumerate().filter(|(_, line)| !line.trim().starts_with("//")).flat_map(|(at, line)| {
        let named = move |what: &&str| {
            line.match_indices(*what).any(|(start, _)| {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                !line[..start].ends_with(is_part)
                    && !line[start + what.len()..].starts_with(is_part)
            })
        };
        MACHINE.into_iter().filter(named).map(move |what| (at + 1, what))
    })
}

#[cfg(test)]
mod tests {
    use super::{by_luck, of_machine, problems};

    #[test]
    fn the_walls_have_no_hole() {
        assert_eq!(problems().expect("texts"), [""; 0]);
    }

    #[test]
    fn a_choice_by_luck_is_found() {
        let text =
            "tokio::select! {\n    biased;\n    a => b,\n}\ntokio::select! {\n    a => b,\n}\n";
        assert_eq!(by_luck(text).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn the_machine_is_found_by_its_names() {
        let text = "use std::fs::read;\n// std::fs\nlet a = InstantMap;\nInstant::now();\n#[cfg(test)]\nuse std::fs;";
        assert_eq!(of_machine(text).collect::<Vec<_>>(), [(1, "std::fs"), (4, "Instant")]);
    }
}
