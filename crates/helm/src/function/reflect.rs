//! Types, kinds and equality.

use trimtab_template::{Functions, Signature, Type, Value};

use super::equal::deep_equal;
use super::of_any;

pub(super) fn add(functions: &mut Functions) {
    let question = || Signature::new([Type::String, Type::Any], Type::Bool);
    functions
        .add_native("typeOf", of_any(1, Type::String), |_, a| Ok(Value::from(a.at(0).type_name())));
    functions
        .add_native("kindOf", of_any(1, Type::String), |_, a| Ok(Value::from(a.at(0).kind_name())));
    functions.add_native("typeIs", question(), |_, a| {
        Ok(Value::Bool(a.text(0)?.as_bytes() == a.at(1).type_name().as_bytes()))
    });
    functions.add_native("typeIsLike", question(), |_, a| {
        let name = a.at(1).type_name();
        let wanted = a.text(0)?.as_bytes();
        let pointee = name.strip_prefix('*').unwrap_or(&name);
        Ok(Value::Bool(wanted == name.as_bytes() || wanted == pointee.as_bytes()))
    });
    functions.add_native("kindIs", question(), |_, a| {
        Ok(Value::Bool(a.text(0)?.as_bytes() == a.at(1).kind_name().as_bytes()))
    });
    functions.add_native("deepEqual", of_any(2, Type::Bool), |run, a| {
        deep_equal(run, a.at(0), a.at(1)).map(Value::Bool)
    });
}
