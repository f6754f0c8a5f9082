//! Values that must not be seen.

/// A value that never reaches a log, an event, a status, a diff or an error text (P17): it has no
/// `Debug`, no `Display` and no `Serialize`, so that whoever prints it must first ask for it by name.
/// Equality is for noticing a change; what a stranger sent is compared by its MAC instead.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that must send it or compute with it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_changed_secret_is_noticed() {
        let secret = Secret::new("correct horse");
        assert!(secret == Secret::new("correct horse"));
        assert!(secret != Secret::new("correct horsf"));
    }
}
