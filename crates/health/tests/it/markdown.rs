//! Reading the specs: headings, and fenced blocks under them.

/// One heading with its blocks, as (language, text).
pub struct Case {
    pub title: String,
    pub blocks: Vec<(String, String)>,
}

impl Case {
    pub fn block(&self, language: &str) -> &str {
        let block = self.blocks.iter().find(|(name, _)| name == language);
        &block.expect("each case has the block").1
    }
}

pub fn cases(text: &str) -> Vec<Case> {
    let (mut cases, mut inside) = (Vec::<Case>::new(), false);
    for line in text.lines() {
        match (line.strip_prefix("```"), line.strip_prefix("## "), cases.last_mut()) {
            (Some(_), _, _) if inside => inside = false,
            (Some(language), _, Some(case)) => {
                inside = true;
                case.blocks.push((language.to_owned(), String::new()));
            }
            (None, _, Some(Case { blocks, .. })) if inside => {
                if let Some((_, text)) = blocks.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            (None, Some(title), _) => {
                cases.push(Case { title: title.to_owned(), blocks: Vec::new() });
            }
            _ => {}
        }
    }
    cases
}
