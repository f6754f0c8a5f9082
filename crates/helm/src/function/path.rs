//! Paths with slashes. On Linux, Go's `filepath` is the same.

use trimtab_template::{Functions, Signature, Text, Type, Value};

use super::of_texts;

pub(super) fn add(functions: &mut Functions) {
    for name in ["base", "osBase"] {
        functions
            .add_native(name, of_texts(1), |_, a| Ok(Value::from(Text::from(base(a.text(0)?)))));
    }
    for name in ["dir", "osDir"] {
        functions.add_native(name, of_texts(1), |_, a| {
            let path = a.text(0)?;
            let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
            Ok(Value::from(clean(&path[..end])))
        });
    }
    for name in ["clean", "osClean"] {
        functions.add_native(name, of_texts(1), |_, a| Ok(Value::from(clean(a.text(0)?))));
    }
    for name in ["ext", "osExt"] {
        functions.add_native(name, of_texts(1), |_, a| {
            Ok(Value::from(Text::from(extension(a.text(0)?))))
        });
    }
    for name in ["isAbs", "osIsAbs"] {
        functions.add_native(name, Signature::new([Type::String], Type::Bool), |_, a| {
            Ok(Value::Bool(a.text(0)?.starts_with(b"/")))
        });
    }
}

fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    if end == 0 {
        return b"/";
    }
    path[..end].rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

fn extension(path: &[u8]) -> &[u8] {
    let file = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let dot = path[file..].iter().rposition(|byte| *byte == b'.');
    dot.map_or(&[], |at| &path[file + at..])
}

/// The shortest path that means the same, by its text alone.
pub(crate) fn clean(path: &[u8]) -> Text {
    let is_rooted = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => match parts.last() {
                Some(last) if *last != b".." => {
                    parts.pop();
                }
                _ if is_rooted => {}
                _ => parts.push(part),
            },
            _ => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (is_rooted, joined.is_empty()) {
        (true, _) => Text::from([b"/", &*joined].concat()),
        (false, true) => Text::from("."),
        (false, false) => Text::from(joined),
    }
}
