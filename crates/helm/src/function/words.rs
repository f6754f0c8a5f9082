//! Words joined by case or by signs. Source: huandu/xstrings 1.5.0.

use trimtab_template::{Functions, Value};

use super::letters::{characters, is_upper, lower, upper};
use super::of_texts;

pub(super) fn add(functions: &mut Functions) {
    functions
        .add_native("camelcase", of_texts(1), |_, a| Ok(Value::from(pascal(&letters(a.text(0)?)))));
    functions.add_native("snakecase", of_texts(1), |_, a| {
        Ok(Value::from(joined(&letters(a.text(0)?), '_')))
    });
    functions.add_native("kebabcase", of_texts(1), |_, a| {
        Ok(Value::from(joined(&letters(a.text(0)?), '-')))
    });
}

fn letters(text: &[u8]) -> Vec<char> {
    characters(text).map(|(_, letter)| letter).collect()
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || c.is_whitespace()
}

/// `http_server` as `HttpServer`; connectors at the beginning stay.
fn pascal(text: &[char]) -> String {
    let begin = text.iter().take_while(|c| is_connector(**c)).count();
    let mut out: String = text[..begin].iter().collect();
    let Some((first, rest)) = text[begin..].split_first() else {
        // The last connector of a text of connectors is there once more in the end.
        out.extend(text.last());
        return out;
    };
    let mut in_upper = is_upper(*first);
    let mut next = upper(*first);
    for c in rest {
        let before = std::mem::replace(&mut next, *c);
        if is_connector(*c) && is_connector(before) {
            out.push(before);
            continue;
        }
        if is_connector(before) {
            in_upper = is_upper(*c);
            next = upper(*c);
            continue;
        }
        if in_upper {
            if is_upper(*c) {
                next = lower(*c);
            } else {
                in_upper = false;
            }
        }
        out.push(before);
    }
    out.push(next);
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Invalid,
    Number,
    UpperCase,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

/// The first word of a text, and what follows.
fn first_word(text: &[char]) -> (Sort, &[char], &[char]) {
    let Some(first) = text.first() else {
        return (Sort::Invalid, &[], &[]);
    };
    let run = |holds: &dyn Fn(char) -> bool, from: usize| {
        from + text[from..].iter().take_while(|c| holds(**c)).count()
    };
    let is_small = |c: char| is_alphabet(c) && !is_upper(c);
    let (sort, length) = if is_connector(*first) {
        (Sort::Connector, run(&is_connector, 1))
    } else if is_punctuation(*first) {
        (Sort::Punctuation, run(&is_punctuation, 1))
    } else if is_upper(*first) {
        let length = match text.get(1) {
            Some(second) if is_upper(*second) => {
                let end = run(&is_upper, 1);
                // The last upper-case letter belongs to the word that begins there.
                if text.get(end).is_some_and(|c| is_alphabet(*c)) { end - 1 } else { end }
            }
            Some(second) if is_alphabet(*second) => run(&is_small, 1),
            _ => 1,
        };
        (Sort::UpperCase, length)
    } else if is_alphabet(*first) {
        (Sort::Alphabet, run(&is_small, 1))
    } else if first.is_numeric() {
        (Sort::Number, run(&char::is_numeric, 1))
    } else {
        let is_other =
            |c: char| !(is_connector(c) || is_alphabet(c) || c.is_numeric() || is_punctuation(c));
        (Sort::Other, run(&is_other, 1))
    };
    (sort, &text[..length], &text[length..])
}

/// A letter that is no Chinese character.
fn is_alphabet(c: char) -> bool {
    let is_chinese =
        matches!(c, '\u{3400}'..='\u{4D85}' | '\u{4E00}'..='\u{9FCC}' | '\u{20000}'..='\u{2B81D}');
    c.is_alphabetic() && !is_chinese
}

/// Unicode's punctuation (P): that of ASCII without `$+<=>^`, backquote, `|` and `~`.
fn is_punctuation(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_punctuation()
            && !matches!(c, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~');
    }
    matches!(c, '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' | '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{2043}' | '\u{2045}'..='\u{2051}' | '\u{2053}'..='\u{205E}'
        | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}')
}

/// `HTTPServer2` as `http_server2`. Source: xstrings `camelCaseToLowerCase`.
fn joined(text: &[char], connector: char) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let (mut sort, mut word, mut rest) = first_word(text);
    while !rest.is_empty() {
        if sort != Sort::Connector {
            push(&mut out, sort, word, connector);
        }
        let (before, last) = (sort, word);
        (sort, word, rest) = first_word(rest);
        match before {
            Sort::Number => {
                while matches!(sort, Sort::Alphabet | Sort::Number) {
                    push(&mut out, sort, word, connector);
                    (sort, word, rest) = first_word(rest);
                }
                if !matches!(sort, Sort::Invalid | Sort::Punctuation | Sort::Connector) {
                    out.push(connector);
                }
            }
            Sort::Connector => push(&mut out, before, last, connector),
            Sort::Punctuation => {}
            _ => {
                if sort != Sort::Number {
                    if !matches!(sort, Sort::Connector | Sort::Punctuation) {
                        out.push(connector);
                    }
                    continue;
                }
                if rest.is_empty() {
                    continue;
                }
                let number = word;
                (sort, word, rest) = first_word(rest);
                if sort != Sort::Alphabet {
                    push(&mut out, Sort::Number, number, connector);
                    if !matches!(sort, Sort::Connector | Sort::Punctuation) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                push(&mut out, Sort::Number, number, connector);
                while matches!(sort, Sort::Alphabet | Sort::Number) {
                    push(&mut out, sort, word, connector);
                    (sort, word, rest) = first_word(rest);
                }
                if !matches!(sort, Sort::Invalid | Sort::Connector | Sort::Punctuation) {
                    out.push(connector);
                }
            }
        }
    }
    push(&mut out, sort, word, connector);
    out
}

fn push(out: &mut String, sort: Sort, word: &[char], connector: char) {
    if !matches!(sort, Sort::UpperCase | Sort::Connector) {
        return out.extend(word);
    }
    out.extend(word.iter().map(|c| match c {
        c if is_connector(*c) => connector,
        c if is_upper(*c) => lower(*c),
        c => *c,
    }));
}
