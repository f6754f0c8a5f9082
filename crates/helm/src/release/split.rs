//! A text into its documents, as helm splits it. Source: helm `manifest.go` (`SplitManifests`).

use memchr::memmem;

const SEPARATOR: &[u8] = b"---";

/// The documents of a text without those that are blank, each without what is blank before it. A
/// separator begins a line; what follows it in its line belongs to the document.
pub(crate) fn documents(text: &[u8]) -> Vec<&[u8]> {
    let text = without_leading_blanks(text);
    let mut documents = Vec::new();
    let mut begin = 0;
    for at in memmem::find_iter(text, SEPARATOR) {
        let is_at_line = at == 0 || text[at - 1] == b'\n';
        if at < begin || !is_at_line {
            continue;
        }
        documents.push(&text[begin..at]);
        let behind = &text[at + SEPARATOR.len()..];
        let blanks = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        begin = at + SEPARATOR.len() + blanks;
    }
    documents.push(&text[begin..]);
    let documents = documents.into_iter().map(without_leading_blanks);
    documents.filter(|document| !document.is_empty()).collect()
}

/// What follows the blanks of Unicode at the beginning.
fn without_leading_blanks(text: &[u8]) -> &[u8] {
    let valid = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    &text[valid.len() - valid.trim_start().len()..]
}
