//! What stands in the way of a resource, as its conditions say it.

/// Something for which a resource, or a part of it, is not brought into effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The reason under which people are told, in the family's words.
    pub reason: &'static str,
    /// The sentence.
    pub message: String,
}

impl Obstacle {
    /// What of `now` was not said `before`: one for each reason, with its first sentence and how many
    /// more there are.
    pub fn news(before: &[Self], now: Vec<Self>) -> Vec<Self> {
        let mut news: Vec<(Self, usize)> = Vec::new();
        for obstacle in now.into_iter().filter(|obstacle| !before.contains(obstacle)) {
            match news.iter_mut().find(|(first, _)| first.reason == obstacle.reason) {
                Some((_, more)) => *more += 1,
                None => news.push((obstacle, 0)),
            }
        }
        let counted = |(first, more): (Self, usize)| match more {
            0 => first,
            more => Self { message: format!("{}; and {more} more", first.message), ..first },
        };
        news.into_iter().map(counted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Obstacle;

    fn all(said: &[(&'static str, &str)]) -> Vec<Obstacle> {
        let obstacle = |(reason, message): &(&'static str, &str)| Obstacle {
            reason,
            message: (*message).to_owned(),
        };
        said.iter().map(obstacle).collect()
    }

    #[test]
    fn only_what_was_not_said_before_is_news_once_for_each_reason() {
        let before = all(&[("A", "one"), ("A", "two"), ("B", "three")]);
        assert_eq!(Obstacle::news(&before, before.clone()), []);
        assert_eq!(Obstacle::news(&before, all(&[("A", "two")])), [], "less is no news");
        let now = all(&[("A", "one"), ("A", "four"), ("A", "five"), ("B", "six"), ("C", "one")]);
        let expected = all(&[("A", "four; and 1 more"), ("B", "six"), ("C", "one")]);
        assert_eq!(Obstacle::news(&before, now), expected);
    }
}
