//! One pack, from the request to the spool.

use std::path::Path;
use std::sync::Arc;

use reqwest::Response;
use trimtab_ports::git::Error;

use crate::blocking::{self, in_time};
use crate::edge::World;
use crate::protocol::{Answer, Dialect, Request, ShallowUpdate};
use crate::session::Session;
use crate::spool::{MEMORY_BYTES_MAX, Spool};

/// A pack that has arrived.
pub(super) struct Download {
    pub(super) spool: Spool,
    pub(super) update: ShallowUpdate,
}

/// Asks for commits and receives the pack, within the access's time.
pub(super) async fn download(
    world: &Arc<World>,
    session: &Session,
    request: &Request,
    spill_to: &Path,
) -> Result<Download, Error> {
    let limit = session.http.access().timeout;
    let receiving = async {
        let (response, dialect) = session.fetch(world, request).await?;
        let answer = match &*dialect {
            Dialect::V2 { .. } => Answer::version_2(),
            Dialect::V0(_) => Answer::version_0(request.is_cut(&dialect)),
        };
        let receiver = Receiver { world, session, spool: Spool::new(spill_to), answer, bytes: 0 };
        receiver.receive(response, request).await
    };
    in_time(&world.clock, session.http.remote(), limit, receiving).await
}

struct Receiver<'a> {
    world: &'a Arc<World>,
    session: &'a Session,
    spool: Spool,
    answer: Answer,
    /// Received so far.
    bytes: u64,
}

impl Receiver<'_> {
    async fn receive(
        mut self,
        mut response: Response,
        request: &Request,
    ) -> Result<Download, Error> {
        let wanted = request.wants.first().map(ToString::to_string).unwrap_or_default();
        let http = &self.session.http;
        while let Some(chunk) = response.chunk().await.map_err(|error| http.failed(error))? {
            self.bytes += chunk.len() as u64;
            self.check_size()?;
            let fed = self.answer.feed(&chunk, self.spool.memory());
            fed.map_err(|fault| self.session.fault(fault, &wanted))?;
            if self.spool.memory().len() > MEMORY_BYTES_MAX {
                self = self.spill().await?;
            }
        }
        let finished = self.answer.finish();
        let update = finished.map_err(|fault| self.session.fault(fault, &wanted))?;
        Ok(Download { spool: self.spool, update })
    }

    fn check_size(&self) -> Result<(), Error> {
        let limit = self.world.config.pack_bytes_max;
        if self.bytes <= limit {
            return Ok(());
        }
        let remote = self.session.http.remote().clone();
        Err(Error::TooLarge { remote, what: "the history", limit })
    }

    async fn spill(self) -> Result<Self, Error> {
        let Self { world, session, mut spool, answer, bytes } = self;
        let remote = session.http.remote();
        let spilled = blocking::run(&world.tasks, remote, move || spool.spill().map(|()| spool));
        let spool = spilled
            .await?
            .map_err(|error| Error::Cache { remote: remote.clone(), source: Arc::new(error) })?;
        Ok(Self { world, session, spool, answer, bytes })
    }
}
