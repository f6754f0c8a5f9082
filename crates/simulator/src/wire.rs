//! Between a process and the API server: where requests travel, get lost, and are written down.

use crate::api::Api;
use crate::chance::SharedChance;
use crate::facts::{Facts, Verb};
use crate::faults::{Fate, Rates, Way, way};
use crate::journal::Write;
use crate::life::{Life, Moment};
use crate::mutant::Mutant;
use crate::ownership;
use crate::scope::Scope;
use crate::time::VirtualClock;
use crate::trace::Trace;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::channel::{mpsc, oneshot};
use futures::stream::BoxStream;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use kube::client::Body;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tower::BoxError;
use trimtab_ports::clock::{Clock, Monotonic, sleep};
use trimtab_ports::tasks::Tasks;

/// What all wires of a world share.
pub struct Network {
    /// Time.
    pub clock: Arc<VirtualClock>,
    /// Chance of the network.
    pub chance: SharedChance,
    /// Tasks that no process's death ends: what is on its way arrives.
    pub tasks: Arc<Scope>,
    /// What happened.
    pub trace: Trace,
    /// The server, seen past all faults.
    pub judge: Api,
    /// What goes wrong.
    pub rates: Mutex<Rates>,
    /// One write at a time, with the look at what was there before it.
    pub turn: tokio::sync::Mutex<()>,
    /// Who hears of every write that was done or refused by the server.
    pub told: Box<dyn Fn(&Write) + Send + Sync>,
    /// Who hears that a write was done and its answer was lost.
    pub lost: Box<dyn Fn(&str) + Send + Sync>,
    /// Who hears that a write was refused by something in front of the server.
    pub refused: Box<dyn Fn(&str) + Send + Sync>,
    /// Counts the writes of processes, Leases left out.
    pub writes: AtomicU64,
}

/// One process's wire.
pub struct Wire {
    /// What all share.
    pub network: Arc<Network>,
    /// The process's life.
    pub life: Life,
    /// Until when nothing comes through.
    pub stalled_until: Arc<AtomicU64>,
    /// The server as this process's user sees it.
    pub server: kube::Client,
    /// What is wrong with the process.
    pub mutant: Option<Mutant>,
}

type Frames = BoxStream<'static, Result<Frame<Bytes>, BoxError>>;
type Reply = Result<Response<StreamBody<Frames>>, BoxError>;

/// A client whose requests go over a wire.
pub fn client(wire: Arc<Wire>) -> kube::Client {
    let service = tower::service_fn(move |request: Request<Body>| wire.clone().carry(request));
    kube::Client::new(service, "default")
}

impl Wire {
    /// One request from its sender to the server and back. It goes on when its sender dies.
    async fn carry(self: Arc<Self>, request: Request<Body>) -> Reply {
        let (answer, wait) = oneshot::channel();
        let network = self.network.clone();
        let task = async move { drop(answer.send(self.travel(request).await)) };
        network.tasks.spawn("request", Box::pin(task));
        wait.await.unwrap_or_else(|_| Err("the connection was reset".into()))
    }

    async fn travel(&self, request: Request<Body>) -> Reply {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let header = |name| head.headers.get(name).and_then(|v| v.to_str().ok());
        let content_type = header(http::header::CONTENT_TYPE).unwrap_or_default().to_owned();
        let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
        let facts = Facts::read(&head.method, path, query, &content_type);
        let sent = self.network.clock.elapsed();
        let way = self.way(&facts);
        self.sleep(way.there).await;
        let request = Request::from_parts(head, Body::from(body.to_vec()));
        let stalled = Duration::from_millis(self.stalled_until.load(Ordering::SeqCst));
        if stalled > sent {
            return self.stall(&facts, stalled).await;
        }
        let reply = self.arrive(sent, (&facts, &way), request, &body).await;
        self.sleep(way.back).await;
        reply
    }

    fn way(&self, facts: &Facts) -> Way {
        let network = &self.network;
        let rates = *network.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let mut way = network.chance.draw(|chance| way(facts, &rates, chance));
        if facts.is_lease() {
            return way;
        }
        if facts.verb.is_write() {
            network.writes.fetch_add(1, Ordering::SeqCst);
        }
        match self.life.effect() {
            Some(Moment::Before) => way.fate = Fate::KilledBefore,
            Some(Moment::After) => way.fate = Fate::KilledAfter,
            None => {}
        }
        way
    }

    async fn stall(&self, facts: &Facts, until: Duration) -> Reply {
        self.network.trace.line(&self.life.process, format_args!("{facts} -> stalled"));
        let until = Monotonic::since_start(until);
        self.network.clock.sleep_until(until).await;
        Err("the connection was reset".into())
    }

    async fn arrive(
        &self,
        sent: Duration,
        (facts, way): (&Facts, &Way),
        request: Request<Body>,
        body: &Bytes,
    ) -> Reply {
        match way.fate {
            Fate::Unsent => return self.lose(facts, "lost on the way"),
            Fate::KilledBefore => {
                self.life.die();
                return self.lose(facts, "killed before");
            }
            Fate::Refused(code, after) => return self.refuse(facts, code, after),
            Fate::Pass | Fate::Unanswered | Fate::KilledAfter => {}
        }
        let reply = if facts.verb == Verb::Watch {
            self.watch(facts, request).await?
        } else if facts.verb.is_write() {
            self.write(sent, facts, request, body).await?
        } else {
            self.read(facts, request).await?
        };
        match way.fate {
            Fate::Unanswered => {
                (self.network.lost)(&facts.object);
                self.lose(facts, "done, and its answer lost")
            }
            Fate::KilledAfter => {
                self.life.die();
                self.lose(facts, "killed after")
            }
            _ => Ok(reply),
        }
    }

    fn lose(&self, facts: &Facts, how: &str) -> Reply {
        self.network.trace.line(&self.life.process, format_args!("{facts} -> {how}"));
        Err("the connection was reset".into())
    }

    fn refuse(&self, facts: &Facts, code: u16, after: Option<u64>) -> Reply {
        self.network.trace.line(&self.life.process, format_args!("{facts} -> refused {code}"));
        (self.network.refused)(&facts.object);
        let reason = match code {
            409 => "Conflict",
            410 => "Expired",
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            _ => "InternalError",
        };
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "a fault of the simulation", "reason": reason, "code": code,
        });
        let mut response = Response::builder().status(code);
        if let Some(seconds) = after {
            response = response.header("Retry-After", seconds.to_string());
        }
        let response = response.header("Content-Type", "application/json");
        Ok(response.body(StreamBody::new(one(body.to_string().into())))?)
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        self.server.send(request).await.map_err(Into::into)
    }

    async fn read(&self, facts: &Facts, request: Request<Body>) -> Reply {
        let (head, body) = self.send(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        if facts.verb != Verb::Get || !facts.is_lease() {
            let code = head.status.as_u16();
            self.network.trace.line(&self.life.process, format_args!("{facts} -> {code}"));
        }
        Ok(Response::from_parts(head, StreamBody::new(one(body))))
    }

    async fn write(
        &self,
        sent: Duration,
        facts: &Facts,
        request: Request<Body>,
        body: &Bytes,
    ) -> Reply {
        let network = &self.network;
        let turn = network.turn.lock().await;
        let planned: Value = serde_json::from_slice(body).unwrap_or_default();
        let before = match facts.verb {
            Verb::Create => None,
            _ => network.judge.get(&facts.object).await,
        };
        let (request, body) = match (self.mutant, &before) {
            (Some(Mutant::StalePlan), Some(before)) => {
                brought_up_to_date(request, &planned, before)
            }
            _ => (request, planned.clone()),
        };
        let (owner, lease) = if facts.is_lease() {
            (None, None)
        } else {
            (
                ownership::resource(&network.judge, facts, &body, before.as_ref()).await,
                network.judge.get(crate::world::LEASE).await,
            )
        };
        let arrived = network.clock.elapsed();
        let (head, answer) = self.send(request).await?.into_parts();
        let answer = answer.collect().await?.to_bytes();
        let write = Write {
            sent,
            arrived,
            process: self.life.process.clone(),
            facts: facts.clone(),
            planned,
            body,
            before,
            owner,
            lease,
            code: head.status.as_u16(),
            answer: serde_json::from_slice(&answer).unwrap_or_default(),
        };
        self.note(&write);
        (network.told)(&write);
        drop(turn);
        Ok(Response::from_parts(head, StreamBody::new(one(answer))))
    }

    fn note(&self, write: &Write) {
        let quiet = write.facts.is_lease() && write.is_done();
        if !quiet {
            let version = write.answer["metadata"]["resourceVersion"].as_str().unwrap_or_default();
            let message = write.answer["message"].as_str().unwrap_or_default();
            let line = format_args!("{} -> {} {version}{message}", write.facts, write.code);
            self.network.trace.line(&self.life.process, line);
        }
    }

    async fn watch(&self, facts: &Facts, request: Request<Body>) -> Reply {
        let (head, body) = self.send(request).await?.into_parts();
        let network = &self.network;
        network.trace.line(&self.life.process, format_args!("{facts} -> {}", head.status.as_u16()));
        if head.status != StatusCode::OK {
            let body = body.collect().await?.to_bytes();
            return Ok(Response::from_parts(head, StreamBody::new(one(body))));
        }
        let rates = *network.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let (late, cut) = network.chance.draw(|chance| {
            let late = if chance.per_mille(rates.late_watch) { 4000 } else { 40 };
            let cut = chance.per_mille(rates.cut_watch).then(|| chance.pause(500, 60_000));
            (chance.pause(0, late), cut)
        });
        let frames = late_frames(network, body, late);
        let frames = match cut {
            None => frames,
            Some(after) => {
                let end = sleep(&*network.clock, after);
                frames.take_until(end).boxed()
            }
        };
        Ok(Response::from_parts(head, StreamBody::new(frames)))
    }

    async fn sleep(&self, pause: Duration) {
        sleep(&*self.network.clock, pause).await;
    }
}

/// A write that names the state that is there now in the place of the one that its plan saw.
fn brought_up_to_date(
    request: Request<Body>,
    planned: &Value,
    before: &Value,
) -> (Request<Body>, Value) {
    let mut body = planned.clone();
    for (map, name) in
        [("metadata", "uid"), ("preconditions", "uid"), ("preconditions", "resourceVersion")]
    {
        if let Some(named) = body.get_mut(map).and_then(|map| map.get_mut(name)) {
            *named = before["metadata"][name].clone();
        }
    }
    let (mut head, _) = request.into_parts();
    head.headers.remove(http::header::CONTENT_LENGTH);
    (Request::from_parts(head, Body::from(body.to_string().into_bytes())), body)
}

/// The frames of a body, each that much later than it was sent, in their order.
fn late_frames(network: &Arc<Network>, body: Body, late: Duration) -> Frames {
    let (tell, told) = mpsc::unbounded::<(Duration, Result<Bytes, BoxError>)>();
    let clock = network.clock.clone();
    let mut data = body.into_data_stream();
    let pump = async move {
        while let Some(frame) = data.next().await {
            let due = clock.elapsed() + late;
            if tell.unbounded_send((due, frame.map_err(Into::into))).is_err() {
                return;
            }
        }
    };
    network.tasks.spawn("watch", Box::pin(pump));
    let clock = network.clock.clone();
    let frames = told.then(move |(due, frame)| {
        let wait = clock.sleep_until(Monotonic::since_start(due));
        async move {
            wait.await;
            frame.map(Frame::data)
        }
    });
    frames.boxed()
}

fn one(bytes: Bytes) -> Frames {
    futures::stream::iter([Ok(Frame::data(bytes))]).boxed()
}
