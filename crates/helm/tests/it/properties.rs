//! What holds for any function with any arguments.

use proptest::prelude::*;
use proptest::sample::select;
use trimtab_helm::functions;
use trimtab_template::Limits;

use crate::data::{context, dot};
use crate::render;

/// Arguments: the odd ones of every type.
const ARGUMENTS: [&str; 62] = [
    "nil",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "3",
    "-7",
    "64",
    "4096",
    "9223372036854775807",
    "-9223372036854775807",
    "-9223372036854775808",
    "0.5",
    "-1e308",
    "1e-300",
    "(divf 1 3)",
    "\"\"",
    "\"a\"",
    "\"é日😀\"",
    "\"a b-c_dE fG\"",
    "\"\\xff\\xc3\"",
    "\"\\x00\\n\\t\"",
    "\"9223372036854775808\"",
    "\"0x1F\"",
    "\"1.2.3-a.1+b\"",
    "\"^1.2 || >3\"",
    "\"2006-01-02\"",
    "\"2023-05-06\"",
    "\"Mon Jan _2 15:04:05.000 MST -07:00\"",
    "\"-2562047h47m16.854775807s\"",
    "\"10000000000000h\"",
    "\"Europe/Berlin\"",
    "\"a: [1, {b: c}]\\n\"",
    "\"{\\\"a\\\":[1,null]}\"",
    "\"a = [1]\\n\"",
    "\"(a|b)*c{2,3}[^d-f]\"",
    "\"$1${x}$$\"",
    "\"[-.]*\"",
    "\"https://u:p@[::1]:80/a?b=c#d\"",
    "\"YWJj\"",
    "\"a/../b//c.d\"",
    "(list)",
    "(list 1 2 3)",
    "(list nil \"a\" (list 1) (dict \"a\" nil))",
    "(list \"b\" \"a\" \"é\")",
    "(dict)",
    "(dict \"a\" 1 \"b\" (dict \"c\" (list 1)))",
    "(dict \"host\" \"h\" \"path\" \"p\" \"scheme\" \"s\")",
    "(until 5)",
    "(splitList \",\" \"a,b\")",
    "(split \",\" \"a,b\")",
    "(now)",
    "(toDate \"2006-01-02\" \"2023-05-06\")",
    "((toDate \"2006-01-02\" \"2023-05-06\").AddDate 9223372036854775807 1 1)",
    "(unixEpoch now)",
    "(duration 90)",
    "((toDate \"2006-01-02\" \"2023-05-06\").Sub now)",
    "(semver \"1.2.3-a+b\")",
    ".",
    ".Values",
    ".Release",
];

/// Methods of the values above.
const METHODS: [&str; 35] = [
    "Add",
    "AddDate",
    "After",
    "AppendFormat",
    "Before",
    "Date",
    "Day",
    "Equal",
    "Format",
    "Hour",
    "IsZero",
    "Local",
    "Minute",
    "Month",
    "Nanosecond",
    "Second",
    "String",
    "Sub",
    "UTC",
    "Unix",
    "UnixMilli",
    "UnixMicro",
    "UnixNano",
    "Weekday",
    "Year",
    "YearDay",
    "Round",
    "Truncate",
    "Abs",
    "Hours",
    "Milliseconds",
    "Compare",
    "Major",
    "Prerelease",
    "AsMap",
];

const LIMITS: Limits = Limits {
    nodes: 10_000,
    nesting: 100,
    steps: 20_000,
    output_bytes: 1 << 20,
    memory_bytes: 4 << 20,
    depth: 60,
};

fn carry_out(text: &str) {
    let _may_fail = render::file(LIMITS, context(), &[("t", text)], ("t", dot()));
}

fn arguments() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(&ARGUMENTS[..]), 0..5).prop_map(|parts| parts.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Each case tries every function, so that none is missed.
    #[test]
    fn no_function_panics_on_any_arguments(some in proptest::collection::vec(arguments(), 16)) {
        for (index, name) in functions().names().enumerate() {
            carry_out(&format!("{{{{ {name} {} }}}}", some[index % some.len()]));
        }
    }

    #[test]
    fn no_method_panics_on_any_arguments(
        some in proptest::collection::vec((select(&ARGUMENTS[..]), arguments()), METHODS.len()),
    ) {
        for (method, (value, arguments)) in METHODS.iter().zip(&some) {
            carry_out(&format!("{{{{ ({value}).{method} {arguments} }}}}"));
        }
    }
}
