//! The functions of templates, by what they are about.

use std::sync::{Arc, LazyLock};

use trimtab_template::{Error, Functions, Signature, Type};

mod affix;
mod cast;
mod certificate;
mod cipher;
mod clock;
mod codec;
mod copy;
mod date;
mod decimal;
mod der;
mod dict;
mod duration;
mod equal;
mod flow;
mod hash;
pub(crate) mod json;
mod key;
mod layout;
mod letters;
mod list;
mod merge;
mod number;
mod password;
mod path;
mod pem;
mod random;
mod reflect;
pub(crate) mod regex;
pub(crate) mod semver;
pub(crate) mod split;
mod text;
mod toml;
mod url;
mod words;
mod wrap;
pub(crate) mod yaml;

pub(crate) use date::check_rfc3339;
pub(crate) use flow::without_no_value;
pub(crate) use path::clean;
pub(crate) use regex::translated as translated_pattern;
pub(crate) use semver::{is_compatible, is_version};

/// All functions that templates of charts may call.
pub fn functions() -> &'static Arc<Functions> {
    static FUNCTIONS: LazyLock<Arc<Functions>> = LazyLock::new(|| Arc::new(all()));
    &FUNCTIONS
}

fn all() -> Functions {
    let mut functions = Functions::default();
    for add in [
        affix::add,
        certificate::add,
        cipher::add,
        codec::add,
        copy::add,
        date::add,
        dict::add,
        duration::add,
        flow::add,
        hash::add,
        json::add,
        key::add,
        letters::add,
        list::add,
        merge::add,
        number::add,
        password::add,
        path::add,
        random::add,
        reflect::add,
        regex::add,
        semver::add,
        split::add,
        text::add,
        toml::add,
        url::add,
        words::add,
        wrap::add,
        yaml::add,
    ] {
        add(&mut functions);
    }
    functions
}

/// What Go says where a value is asked for its type, and is none.
fn nil_dereference() -> Error {
    Error::message("runtime error: invalid memory address or nil pointer dereference")
}

/// What Go says where no value at all is asked for its type by reflection.
fn no_type() -> Error {
    Error::message("reflect: call of reflect.Value.Type on zero Value")
}

/// A function of texts alone.
fn of_texts(count: usize) -> Signature {
    Signature::new(std::iter::repeat_n(Type::String, count), Type::String)
}

/// A function of values of any type.
fn of_any(count: usize, result: Type) -> Signature {
    Signature::new(std::iter::repeat_n(Type::Any, count), result)
}
