//! The questions of one render, and their answers as far as they may be kept.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::inputs::{Answer, Inputs, Lookup, Question, Reply};
use crate::kubernetes::KubernetesVersion;

/// Asks for the templates of one render, and remembers what was asked.
pub(crate) struct Questions {
    inputs: Rc<dyn Inputs>,
    answered: RefCell<BTreeMap<Question, Reply>>,
    unanswered: RefCell<BTreeSet<Question>>,
}

impl Questions {
    pub(crate) fn new(inputs: Rc<dyn Inputs>) -> Self {
        Self { inputs, answered: RefCell::default(), unanswered: RefCell::default() }
    }

    /// What was asked so far: with its answers, and without one. Both in order.
    pub(crate) fn told(&self) -> (Vec<(Question, Reply)>, Vec<Question>) {
        let answered = self.answered.take().into_iter().collect();
        (answered, self.unanswered.take().into_iter().collect())
    }

    pub(crate) fn lookup(&self, lookup: Lookup) -> Answer {
        let answer = self.inputs.lookup(&lookup);
        let reply = match answer {
            Answer::Unanswered => None,
            Answer::Absent => Some(Reply::Absent),
            Answer::Found(_) | Answer::Refused(_) => Some(Reply::Unkept),
        };
        self.remember(Question::Lookup(lookup), reply);
        answer
    }

    /// Whether the cluster has an API; not, until it is known.
    pub(crate) fn has_api(&self, api: &str) -> bool {
        let has = self.inputs.has_api(api);
        let reply = has.map(|has| if has { Reply::Present } else { Reply::Absent });
        self.remember(Question::Api(api.to_owned()), reply);
        has.unwrap_or_default()
    }

    /// All APIs; none, until they are known.
    pub(crate) fn apis(&self) -> Vec<String> {
        let apis = self.inputs.apis();
        self.remember(Question::Apis, apis.as_deref().map(digest));
        apis.unwrap_or_default()
    }

    /// The version of Kubernetes; a usual one, until it is known.
    pub(crate) fn kubernetes(&self) -> KubernetesVersion {
        let version = self.inputs.kubernetes();
        let reply = version.as_ref().map(|version| Reply::Version(version.version.clone()));
        self.remember(Question::Kubernetes, reply);
        version.unwrap_or_default()
    }

    fn remember(&self, question: Question, reply: Option<Reply>) {
        match reply {
            Some(reply) => {
                self.answered.borrow_mut().insert(question, reply);
            }
            None => {
                self.unanswered.borrow_mut().insert(question);
            }
        }
    }
}

fn digest(apis: &[String]) -> Reply {
    let mut hash = Sha256::new();
    for api in apis {
        hash.update(api.as_bytes());
        hash.update(b"\n");
    }
    Reply::Apis(hash.finalize().into())
}
