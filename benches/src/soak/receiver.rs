//! The receivers of the soak: real sockets that take, refuse, stall and break off as the plan says, and note all of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use anyhow::{Context, Result};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::inbound::{Inbound, OK};
use crate::soak::plan::{CallBehaviour, TIMEOUT};

const REFUSED: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\nsoak";

/// One call that came in full.
#[derive(Debug, Clone)]
pub struct SeenCall {
    /// Its place among all calls to all receivers.
    pub order: u64,
    /// When it came, in milliseconds of wall time.
    pub came: i64,
    /// How it was treated.
    pub behaviour: CallBehaviour,
    /// When a 200 had been written in full.
    pub taken: Option<i64>,
}

/// What the receivers have seen, by `webhook-id`.
pub struct SeenCalls {
    seed: u64,
    calls: Mutex<Calls>,
}

/// Calls by delivery.
#[derive(Default)]
pub struct Calls {
    /// The calls of each, in order.
    pub by_id: HashMap<String, Vec<SeenCall>>,
    /// How many came.
    pub count: u64,
}

impl SeenCalls {
    /// Nothing yet.
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self { seed, calls: Mutex::default() })
    }

    /// What came so far.
    pub fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, id: &str) -> (usize, CallBehaviour) {
        let mut calls = self.calls();
        calls.count += 1;
        let order = calls.count;
        let of_id = calls.by_id.entry(id.to_owned()).or_default();
        let behaviour = CallBehaviour::of(self.seed, id, of_id.len());
        of_id.push(SeenCall { order, came: wall(), behaviour, taken: None });
        (of_id.len() - 1, behaviour)
    }

    fn took(&self, id: &str, number: usize) {
        if let Some(call) = self.calls().by_id.get_mut(id).and_then(|calls| calls.get_mut(number)) {
            call.taken = Some(wall());
        }
    }
}

fn wall() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// One receiver, that can go down and come back on its port.
pub struct SoakReceiver {
    /// Where it listens.
    pub port: u16,
    seen: Arc<SeenCalls>,
    task: Option<JoinHandle<()>>,
}

impl SoakReceiver {
    /// Starts one on a free port.
    pub fn start(seen: &Arc<SeenCalls>) -> Result<Self> {
        let mut receiver = Self { port: 0, seen: Arc::clone(seen), task: None };
        receiver.revive()?;
        Ok(receiver)
    }

    /// Listens, again.
    pub fn revive(&mut self) -> Result<()> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(([127, 0, 0, 1], self.port).into()).with_context(|| format!("port {}", self.port))?;
        let listener = socket.listen(4096)?;
        self.port = listener.local_addr()?.port();
        let seen = Arc::clone(&self.seen);
        self.task = Some(tokio::spawn(async move {
            // Dropped with the task, and every connection with it.
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                        connections.spawn(serve(stream, Arc::clone(&seen)));
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        }));
        Ok(())
    }

    /// Goes down in mid-flight: the port is closed, and every connection with the call that it carries.
    pub fn kill(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Drop for SoakReceiver {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn serve(stream: TcpStream, seen: Arc<SeenCalls>) -> Result<()> {
    let mut connection = Inbound::new(stream)?;
    while let Some(request) = connection.next().await? {
        let id = request.header("webhook-id").context("no webhook-id")?.to_owned();
        let (number, behaviour) = seen.note(&id);
        match behaviour {
            CallBehaviour::Take => {}
            CallBehaviour::Slow => tokio::time::sleep(TIMEOUT.mul_f64(0.2)).await,
            CallBehaviour::Late => tokio::time::sleep(TIMEOUT.mul_f64(1.2)).await,
            CallBehaviour::Refuse => {
                connection.answer(REFUSED).await?;
                continue;
            }
            CallBehaviour::Hang => {
                connection.hold().await;
                return Ok(());
            }
            CallBehaviour::Reset => {
                connection.reset();
                return Ok(());
            }
        }
        connection.answer(OK).await?;
        seen.took(&id, number);
    }
    Ok(())
}
