//! Errors as people read them.

use std::error::Error;

/// An error with its causes, as one sentence. A cause that the sentence says already is left out:
/// wrappers often repeat what they wrap.
pub fn chain(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !sentence.contains(&text) {
            sentence.push_str(": ");
            sentence.push_str(&text);
        }
        source = cause.source();
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::chain;
    use std::error::Error;
    use std::fmt;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|layer| layer as &dyn Error)
        }
    }

    #[test]
    fn causes_follow_and_nothing_is_said_twice() {
        let lowest = Layer("connection refused", None);
        let wrapper = Layer("connection refused", Some(Box::new(lowest)));
        let error = Layer("the server cannot be reached", Some(Box::new(wrapper)));
        assert_eq!(chain(&error), "the server cannot be reached: connection refused");
    }
}
