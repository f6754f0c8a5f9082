//! The functions of the golden cases, the same as the oracle's.

use std::rc::Rc;

use trimtab_template::{
    Arguments, Error, Functions, Native, Printer, Run, Signature, Sink, Text, Type, UintType,
    Value, quoted,
};

/// What `print` makes of a value.
pub fn printed(value: &Value) -> Text {
    let mut sink = Sink::up_to(1 << 20);
    Printer::new(&mut sink).print(value);
    sink.finish().unwrap()
}

/// All of them.
pub fn functions() -> Functions {
    let mut functions = Functions::default();
    add_simple(&mut functions);
    add_containers(&mut functions);
    add_templates(&mut functions);
    functions
}

fn add_simple(functions: &mut Functions) {
    let same = |_: &mut Run<'_>, a: Arguments<'_>| Ok(a.at(0).clone());
    functions.add_native("upper", Signature::new([Type::String], Type::String), |_, a| {
        Ok(Value::from(a.text(0)?.as_str().to_uppercase()))
    });
    functions.add_native("add1", Signature::new([Type::INT], Type::INT), |_, a| {
        Ok(Value::int(a.int(0)? + 1))
    });
    let small = Type::Int(trimtab_template::IntType::Int8);
    functions.add_native("small", Signature::new([small.clone()], small), same);
    functions.add_native("half", Signature::new([Type::FLOAT64], Type::FLOAT64), |_, a| {
        Ok(Value::float(a.float(0)? / 2.0))
    });
    let byte = Type::Uint(UintType::Uint8);
    functions.add_native("byte", Signature::new([byte.clone()], byte), same);
    functions.add_native("turn", Signature::new([Type::Complex], Type::Complex), |_, a| {
        match a.at(0) {
            Value::Complex(real, imaginary) => Ok(Value::Complex(-imaginary, *real)),
            _ => Err(Error::message("no complex number")),
        }
    });
    functions.add_native("yes", Signature::new([Type::Bool], Type::Bool), same);
    functions.add_native("any", Signature::new([Type::Any], Type::Any), same);
    functions.add_native("nothing", Signature::new([], Type::Any), |_, _| Ok(Value::Nil));
    functions.add_native("fail", Signature::new([Type::String], Type::String), |_, a| {
        Err(Error::message(a.text(0)?.to_string()))
    });
    functions.add_native("two", Signature::new([Type::String, Type::INT], Type::String), |_, a| {
        Ok(Value::from(format!("{}{}", a.text(0)?, a.int(1)?)))
    });
    let least = Signature::new([Type::String], Type::String).and_any_number_of(Type::INT);
    functions.add_native("least", least, |_, a| {
        Ok(Value::from(format!("{}{}", a.text(0)?, a.count() - 1)))
    });
    functions.add_native("typeOf", Signature::new([Type::Any], Type::String), |_, a| {
        Ok(Value::from(a.at(0).type_name()))
    });
    let version = Type::named("*main.Version");
    functions.add_native("major", Signature::new([version], Type::INT), |_, a| match a.at(0) {
        Value::Object(version) => Ok(version.field(b"Major").unwrap()),
        _ => {
            Err(Error::message("runtime error: invalid memory address or nil pointer dereference"))
        }
    });
    functions.add_native(
        "adder",
        Signature::new([], Type::Function("func(int) int".into())),
        |_, _| {
            let signature = Signature::new([Type::INT], Type::INT);
            Ok(Value::Function(Rc::new(Native::new(
                signature,
                |_: &mut Run<'_>, a: Arguments<'_>| Ok(Value::int(a.int(0)? + 1)),
            ))))
        },
    );
    let joiner = Type::Function("func(string, ...string) string".into());
    functions.add_native("joiner", Signature::new([], joiner), |_, _| {
        let signature =
            Signature::new([Type::String], Type::String).and_any_number_of(Type::String);
        Ok(Value::Function(Rc::new(Native::new(signature, |_: &mut Run<'_>, a: Arguments<'_>| {
            let more: Vec<String> = a.from(1).iter().map(|v| printed(v).to_string()).collect();
            Ok(Value::from(format!("{}{}", a.text(0)?, more.join("+"))))
        }))))
    });
}

fn add_containers(functions: &mut Functions) {
    let dict = Signature::new([], Type::map()).and_any_number_of(Type::Any);
    functions.add_native("dict", dict, |run, a| {
        let pairs = a.0.chunks_exact(2).map(|pair| (printed(&pair[0]), pair[1].clone()));
        run.heap().map(pairs)
    });
    let list = Signature::new([], Type::list()).and_any_number_of(Type::Any);
    functions.add_native("list", list, |run, a| match a.count() {
        0 => Ok(Value::NilOf(Type::list())),
        _ => run.heap().list(a.0.to_vec()),
    });
    let set = Signature::new([Type::map(), Type::String, Type::Any], Type::map());
    functions.add_native("set", set, |run, a| {
        let map = a.map(0)?.ok_or_else(|| Error::message("assignment to entry in nil map"))?;
        map.insert(run.heap(), a.text(1)?.clone(), a.at(2).clone())?;
        Ok(a.at(0).clone())
    });
    let keys = Signature::new([Type::map()], Type::list_of(Type::String));
    functions.add_native("keys", keys, |run, a| {
        let keys = match a.map(0)? {
            Some(map) => map.entries().keys().cloned().map(Value::String).collect(),
            None => Vec::new(),
        };
        run.heap().list_of(Type::String, keys)
    });
    let join = Signature::new([Type::String, Type::list_of(Type::String)], Type::String);
    functions.add_native("join", join, |_, a| {
        let items: Vec<String> = a.items(1)?.iter().map(|item| printed(item).to_string()).collect();
        Ok(Value::from(items.join(&*a.text(0)?.as_str())))
    });
}

fn add_templates(functions: &mut Functions) {
    let text = || Signature::new([Type::String, Type::Any], Type::String);
    functions.add_native("include", text(), |run, a| {
        run.execute(a.text(0)?, a.at(1).clone()).map(Value::String)
    });
    functions.add_native("tpl", text(), |run, a| {
        let text = a.text(0)?;
        let result = run.execute_text(&Text::from("gotpl"), text, a.at(1).clone());
        result.map(Value::String).map_err(|error| match error {
            Error::Parse(_) => error.because(format!("cannot parse template {}", quoted(text))),
            _ => error.because(format!("error during tpl function execution for {}", quoted(text))),
        })
    });
}
