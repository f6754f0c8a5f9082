//! An event for people, as both families post them.

/// What an event says; the object that it is about is the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whether it is bad news.
    pub warning: bool,
    /// The reason, in the family's words.
    pub reason: &'static str,
    /// The sentence.
    pub message: String,
    /// The component that the family's events come from.
    pub component: &'static str,
    /// Annotations of the event, name and value.
    pub annotations: Vec<(String, String)>,
}
