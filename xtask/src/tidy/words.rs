//! Documents that are cited are in the repository: what somebody else keeps, nobody here can read.

use super::texts::{self, Text};

/// Names under which documents of nobody's repository were cited, each in two halves, so that this
/// file does not have them.
const NOWHERE: [[&str; 2]; 3] = [["DES", "IGN"], ["HOU", "SE"], ["GO", "ALS"]];

/// Each citation of a document that is not there.
pub fn problems() -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for Text { name, text } in texts::all()? {
        problems.extend(
            cited(&text).map(|line| {
                format!("{name}:{line} cites a document that is not in the repository")
            }),
        );
    }
    Ok(problems)
}

/// The lines that cite one.
fn cited(text: &str) -> impl Iterator<Item = usize> {
    let nowhere = NOWHERE.map(|halves| halves.concat());
    let is_cited = move |line: &str| {
        let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.any(|word| nowhere.iter().any(|name| name == word))
    };
    let lines = text.lines().enumerate().filter(move |(_, line)| is_cited(line));
    lines.map(|(number, _)| number + 1)
}

#[cfg(test)]
mod tests {
    use super::{NOWHERE, cited, problems};

    #[test]
    fn every_document_that_is_cited_is_in_the_repository() {
        assert_eq!(problems().expect("texts"), [""; 0]);
    }

    #[test]
    fn a_name_counts_as_a_word_of_its_own() {
        let name = NOWHERE[0].concat();
        let text = format!("fine\n// as ({name} 2.4) says\n{name}ED by\nREDE{name}\n`{name}.md`\n");
        assert_eq!(cited(&text).collect::<Vec<_>>(), [2, 5]);
    }
}
