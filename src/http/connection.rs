//! A client's connection: how long it may leave unread what is written to it, and whether the client is still there.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::HttpRequest;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};

use crate::service::Sandbox;

/// A stream whose peer has to go on reading: one that takes nothing for as long as the patience lasts is cut off.
///
/// The HTTP server has no such limit of its own; without one, callers that never read keep their connections for ever.
#[derive(Debug)]
pub struct PatientStream<S> {
    stream: S,
    patience: Duration,
    /// Runs while the peer takes nothing.
    unread: Option<Pin<Box<Sleep>>>,
    client: Client,
}

impl<S> PatientStream<S> {
    /// A stream whose peer may take nothing for this long.
    pub fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, unread: None, client: Client::default() }
    }

    /// The client at its other end.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// What a write came to, or that the patience is over.
    fn wait<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.unread = None;
            return written;
        }
        let patience = self.patience;
        let unread = self.unread.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(unread.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PatientStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        if read.is_err() || buffer.filled().len() == before {
            self.client.leave();
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PatientStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.client.0.is_cut.get() {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::ConnectionAborted)));
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wait(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.wait(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.wait(cx, ended)
    }
}

/// The client of a connection, who may go away.
#[derive(Debug, Clone, Default)]
pub struct Client(Rc<Presence>);

#[derive(Debug, Default)]
struct Presence {
    has_left: Cell<bool>,
    is_cut: Cell<bool>,
    left: Notify,
}

impl Client {
    /// Has nothing more be written to it: the connection is closed instead.
    pub fn cut(&self) {
        self.0.is_cut.set(true);
    }

    fn leave(&self) {
        self.0.has_left.set(true);
        self.0.left.notify_waiters();
    }

    /// Resolves once the client has closed its side. It may still read an answer, but waits for nothing.
    pub async fn left(&self) {
        let left = self.0.left.notified();
        tokio::pin!(left);
        // Registered before the look, so that nothing in between is missed.
        left.as_mut().enable();
        if !self.0.has_left.get() {
            left.await;
        }
    }
}

/// What every request knows of its connection.
#[derive(Debug)]
pub struct Connection {
    /// Whether it is HTTPS.
    pub is_secure: bool,
    /// The address that the server listens at.
    pub local: SocketAddr,
    /// The client at its other end.
    pub client: Client,
}

impl Connection {
    /// The connection of a request; `None` where the request came without one, in a test.
    pub fn of(request: &HttpRequest) -> Option<&Self> {
        request.conn_data()
    }
}

/// Resolves once the caller has gone.
pub async fn caller_left(request: &HttpRequest) {
    match Connection::of(request) {
        Some(connection) => connection.client.left().await,
        None => std::future::pending().await,
    }
}

/// Waits, unless the caller goes or the server stops meanwhile.
pub async fn pause(sandbox: &Sandbox, request: &HttpRequest, pause: Duration) {
    if pause.is_zero() {
        return;
    }
    tokio::select! {
        () = sleep(pause) => {}
        () = caller_left(request) => {}
        () = sandbox.stopping() => {}
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_cut_off() {
        let (ours, mut theirs) = duplex(4);
        let mut stream = PatientStream::new(ours, Duration::from_millis(50));
        stream.write_all(&[0; 4]).await.expect("there is room");
        let error = stream.write_all(&[0; 4]).await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        // Once it reads again, the patience begins anew.
        theirs.read_exact(&mut [0; 4]).await.expect("four bytes");
        stream.write_all(&[0; 4]).await.expect("there is room");
        assert!(stream.unread.is_none());
    }

    #[tokio::test]
    async fn a_client_that_closes_has_left_and_one_that_is_silent_has_not() {
        let (ours, theirs) = duplex(4);
        let mut stream = PatientStream::new(ours, Duration::from_secs(10));
        let client = stream.client();
        assert!(stream.read(&mut [0; 4]).now_or_never().is_none() && client.left().now_or_never().is_none());
        let watch = client.left();
        drop(theirs);
        let mut buffer = [0; 4];
        let (read, ()) = tokio::join!(stream.read(&mut buffer), watch);
        assert_eq!(read.expect("the end"), 0);
        assert!(client.left().now_or_never().is_some(), "it stays away");
    }
}
