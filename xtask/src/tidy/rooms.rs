//! The table of rooms and of the arrows between them.

use Layer::{
    Api, Binary, Cli, Controller, Door, Edge, Index, Ports, Pure, Server, Wire, Workbench,
};

/// What a room is, which decides whom it may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The quiet house: no async, clock, disk, net.
    Pure,
    /// The traits that the shell needs from the edges.
    Ports,
    /// Live state as rows: pure, in the words that ports use.
    Index,
    /// Kubernetes wire types.
    Wire,
    /// A family's resources ↔ the domain.
    Door,
    /// HTTP wire types.
    Api,
    /// Does as told, and reports.
    Edge,
    /// The loop.
    Controller,
    /// HTTP.
    Server,
    /// All terminal output.
    Cli,
    /// Puts everything together.
    Binary,
    /// For developers.
    Workbench,
}

impl Layer {
    /// Whether it takes values and returns values, and nothing else.
    pub fn is_pure(self) -> bool {
        matches!(self, Pure | Door | Index)
    }
}

/// Every room. A pure room may use those above it.
const ROOMS: [(&str, Layer); 36] = [
    ("model", Pure),
    ("yaml", Pure),
    ("template", Pure),
    ("helm", Pure),
    ("kustomize", Pure),
    ("jsonnet", Pure),
    ("render", Pure),
    ("merge", Pure),
    ("diff", Pure),
    ("health", Pure),
    ("inventory", Pure),
    ("project", Pure),
    ("plan", Pure),
    ("sync", Pure),
    ("rollout", Pure),
    ("fleet", Pure),
    ("images", Pure),
    ("secrets", Pure),
    ("ports", Ports),
    ("index", Index),
    ("crd", Wire),
    ("argoproj", Door),
    ("fluxcd", Door),
    ("api", Api),
    ("git", Edge),
    ("registry", Edge),
    ("cluster", Edge),
    ("store", Edge),
    ("sandbox", Edge),
    ("controller", Controller),
    ("server", Server),
    ("cli", Cli),
    ("trimtab", Binary),
    ("testkit", Workbench),
    ("simulator", Workbench),
    ("xtask", Workbench),
];

/// Whom a layer may use, and the rule in words.
const ARROWS: [(Layer, &[Layer], &str); 12] = [
    (Pure, &[Pure], "a pure room uses pure rooms above it"),
    (Ports, &[Pure], "ports speak of pure rooms' values"),
    (Index, &[Pure, Ports], "the index is values for what ports ask"),
    (Wire, &[Pure], "wire types know pure rooms at most"),
    (
        Door,
        &[Pure, Ports, Wire],
        "a door stands between the wire types and the pure rooms, and speaks the words of ports",
    ),
    (Api, &[Pure], "wire types know pure rooms at most"),
    (
        Edge,
        &[Pure, Ports, Index, Wire],
        "an edge carries out what ports say, and never names another",
    ),
    (Controller, &[Pure, Ports, Index, Wire, Door, Api], "the loop knows edges as ports"),
    (Server, &[Pure, Ports, Api, Controller], "the server knows edges as ports"),
    (Cli, &[Pure, Api, Controller], "the CLI prints what others say"),
    (
        Binary,
        &[Pure, Ports, Index, Wire, Door, Api, Edge, Controller, Server, Cli],
        "the product does without the workbench",
    ),
    (
        Workbench,
        &[Pure, Ports, Index, Wire, Door, Api, Edge, Controller, Server, Cli, Binary, Workbench],
        "the workbench may use everything",
    ),
];

/// The room's name in a package's.
pub fn of_package(package: &str) -> &str {
    package.strip_prefix("trimtab-").unwrap_or(package)
}

/// What the room is; `None` for one that is not in the table.
pub fn layer(room: &str) -> Option<Layer> {
    ROOMS.iter().find(|(name, _)| *name == room).map(|(_, layer)| *layer)
}

/// Why `room` must not use `used`, if so. In tests everyone may use `testkit`, and the shell, which
/// is tested as a whole, may use everything.
pub fn objection(room: &str, used: &str, is_for_tests: bool) -> Option<&'static str> {
    let (Some(from), Some(to)) = (layer(room), layer(used)) else {
        return Some("both must be in the table");
    };
    let is_shell = matches!(from, Controller | Server | Cli | Binary);
    if is_for_tests && (used == "testkit" || is_shell) {
        return None;
    }
    let (_, allowed, rule) = ARROWS.iter().find(|(layer, ..)| *layer == from)?;
    let is_upward = from != Pure || to != Pure || position(used) < position(room);
    (!allowed.contains(&to) || !is_upward).then_some(rule)
}

fn position(room: &str) -> Option<usize> {
    ROOMS.iter().position(|(name, _)| *name == room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_has_a_rule() {
        for (room, layer) in ROOMS {
            assert!(ARROWS.iter().any(|(from, ..)| *from == layer), "{room}");
        }
    }

    #[test]
    fn core_never_names_an_edge_and_edges_never_name_each_other() {
        let of = |wanted: Layer| ROOMS.into_iter().filter(move |(_, layer)| *layer == wanted);
        for (edge, _) in of(Edge) {
            for (room, _) in of(Pure).chain(of(Door)).chain(of(Ports)).chain(of(Edge)) {
                assert!(objection(room, edge, false).is_some(), "{room} → {edge}");
            }
            assert_eq!(objection("trimtab", edge, false), None);
        }
    }

    #[test]
    fn pure_rooms_point_up_the_list_only() {
        assert_eq!(objection("sync", "plan", false), None);
        assert!(objection("plan", "sync", false).is_some());
    }

    #[test]
    fn the_workbench_is_for_tests_only() {
        assert_eq!(objection("yaml", "testkit", true), None);
        assert!(objection("yaml", "testkit", false).is_some());
        assert!(objection("trimtab", "testkit", false).is_some());
        assert_eq!(objection("controller", "sandbox", true), None);
    }
}
