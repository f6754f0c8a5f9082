//! What is wrong with a value, as a tree. Source: santhosh-tekuri/jsonschema `output.go`, `kind/kind.go`.

use trimtab_template::quoted;

/// One fault, with those that it comes from.
pub(super) struct Fault {
    /// Where the value stands, as a JSON pointer.
    pub(super) at: String,
    pub(super) kind: Kind,
    pub(super) causes: Vec<Fault>,
}

/// What sort of a fault it is.
pub(super) enum Kind {
    /// One with words of its own.
    Said(String),
    /// Several at one value, which have no words together.
    Group,
    /// What a schema that is referred to says.
    Reference,
}

impl Fault {
    /// All faults of a document, as helm prints them.
    pub(super) fn shown(&self) -> String {
        let mut lines = Vec::new();
        match self.kind {
            Kind::Group => self.causes.iter().for_each(|cause| cause.push(1, &mut lines)),
            Kind::Said(_) | Kind::Reference => self.push(1, &mut lines),
        }
        lines.join("\n")
    }

    /// Those that it is made of, if it has no words; else itself.
    pub(super) fn parts(self) -> Vec<Self> {
        match self.kind {
            Kind::Group => self.causes,
            Kind::Said(_) | Kind::Reference => vec![self],
        }
    }

    fn push(&self, indent: usize, lines: &mut Vec<String>) {
        let words = match &self.kind {
            Kind::Reference if self.causes.len() == 1 => None,
            Kind::Said(words) => Some(words.as_str()),
            Kind::Group | Kind::Reference => Some("validation failed"),
        };
        let mut inner = indent;
        if let Some(words) = words {
            let margin = "  ".repeat(indent - 1);
            lines.push(format!("{margin}- at {}: {words}", quote(&self.at)));
            inner += 1;
        }
        for cause in &self.causes {
            cause.push(inner, lines);
        }
    }
}

/// A text in single quotes.
pub(super) fn quote(text: &str) -> String {
    let quoted = quoted(text.as_bytes());
    let inside = quoted[1..quoted.len() - 1].replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{inside}'")
}

/// Texts in single quotes.
pub(super) fn quotes(texts: &[&str]) -> String {
    texts.iter().map(|text| quote(text)).collect::<Vec<String>>().join(", ")
}

/// A count with commas between groups of three digits.
pub(super) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number as the English of `golang.org/x/text` writes it.
pub(super) fn number(float: f64) -> String {
    let general = format!("{float:e}");
    let (mantissa, exponent) = general.split_once('e').unwrap_or((&general, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) || float == 0.0 {
        let plain = float.to_string();
        let (sign, plain) = match plain.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", plain.as_str()),
        };
        return match plain.split_once('.') {
            Some((whole, fraction)) => format!("{sign}{}.{fraction}", grouped(whole)),
            None => format!("{sign}{}", grouped(plain)),
        };
    }
    let raised = |c: char| match c {
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' => '⁰',
        c => char::from_u32(0x2070 + c.to_digit(10).unwrap_or_default()).unwrap_or(c),
    };
    let sign = if exponent < 0 { "⁻" } else { "" };
    let power: String = format!("{:02}", exponent.abs()).chars().map(raised).collect();
    format!("{mantissa}×10{sign}{power}")
}
