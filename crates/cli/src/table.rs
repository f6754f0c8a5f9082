//! Columns, aligned as kubectl aligns them: three spaces between, no lines.

use crate::paint::Cell;

/// Lays out rows under a header. Cells may carry colour, which takes no room.
pub(crate) fn table(header: &[&str], rows: &[Vec<Cell>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| width(cell)).collect();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            widths[column] = widths[column].max(width(cell.as_str()));
        }
    }
    let header: Vec<Cell> = header.iter().map(|&cell| cell.into()).collect();
    std::iter::once(&header).chain(rows).map(|row| line(row, &widths)).collect()
}

fn line(row: &[Cell], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, &column) in row.iter().zip(widths) {
        let cell = cell.as_str();
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', column - width(cell) + 3));
    }
    format!("{}\n", text.trim_end())
}

/// Characters that are seen: escape sequences of colour are not.
fn width(cell: &str) -> usize {
    let mut seen = 0;
    let mut hidden = false;
    for c in cell.chars() {
        match (hidden, c) {
            (false, '\u{1b}') => hidden = true,
            (false, _) => seen += 1,
            (true, 'm') => hidden = false,
            (true, _) => {}
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::{Colour, Paint};

    #[test]
    fn columns_align_whatever_the_colour() {
        let rows = [
            vec!["a".into(), Paint(true).text(Colour::Good, "Synced"), "x".into()],
            vec!["longer".into(), "OutOfSync".into(), "".into()],
        ];
        let text = table(&["NAME", "STATUS", "MORE"], &rows);
        let plain = text.replace("\u{1b}[32m", "").replace("\u{1b}[0m", "");
        assert_eq!(
            plain,
            "NAME     STATUS      MORE\na        Synced      x\nlonger   OutOfSync\n"
        );
    }
}
