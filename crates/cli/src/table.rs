//! Columns, aligned as kubectl aligns them: three spaces between, no lines.

/// Lays out rows under a header. Cells may carry colour, which takes no room.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| width(cell)).collect();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            widths[column] = widths[column].max(width(cell));
        }
    }
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    std::iter::once(&header).chain(rows).map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, &column) in row.iter().zip(widths) {
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

    #[test]
    fn columns_align_whatever_the_colour() {
        let rows = [
            vec!["a".to_owned(), "\u{1b}[32mSynced\u{1b}[0m".to_owned(), "x".to_owned()],
            vec!["longer".to_owned(), "OutOfSync".to_owned(), String::new()],
        ];
        let text = table(&["NAME", "STATUS", "MORE"], &rows);
        let plain = text.replace("\u{1b}[32m", "").replace("\u{1b}[0m", "");
        assert_eq!(
            plain,
            "NAME     STATUS      MORE\na        Synced      x\nlonger   OutOfSync\n"
        );
    }
}
