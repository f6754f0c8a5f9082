//! Durations as people write them: `90s`, `2m`, `1h30m`, or seconds without a unit.

use std::time::Duration;
use trimtab_model::limit;

/// Reads a duration. Negative ones are refused.
pub fn duration(text: &str) -> Result<Duration, String> {
    let fail = || format!("`{text}` is not a duration; write it as 90s, 2m or 1h30m");
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| fail())?;
    Duration::try_from(parsed).map_err(|_| fail())
}

/// Reads the pause between two looks at a repository: without one the remote would be asked all the time.
pub(crate) fn pause(text: &str) -> Result<Duration, String> {
    let shortest = limit::GIT_POLL_SECONDS_MIN;
    let given = duration(text)?;
    if given < Duration::from_secs(shortest) {
        return Err(format!("`{text}` is too short: give at least {shortest} s"));
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn people_write_units_or_seconds() {
        for (text, seconds) in [("90", 90), ("90s", 90), ("2m", 120), ("1h30m", 5400), ("0", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["", "-1s", "soon", "5 parsecs"] {
            assert!(duration(text).unwrap_err().contains("90s"), "{text}");
        }
    }
}
