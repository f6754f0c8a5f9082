//! What the nouns promise from outside.

mod glob;
