//! What calls of the control face end with before their operation is looked at: bodies that are late, too large or of
//! another kind, and a server that stops.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::tour::Tour;
use crate::server::Server;

/// Sends the beginnings of calls of all operations that promise a status, each with this announced length and type, and
/// reads how each is answered.
fn refuse(tour: &mut Tour, server: &Server, status: u16, length: usize, kind: &str) {
    let address = server.url.trim_start_matches("http://");
    let begin = |name: String| {
        let request = tour.call(server, &name, "").build().expect("a request");
        let (method, path) = (request.method(), request.url().path());
        let mut stream = TcpStream::connect(address).expect("a connection");
        let head = format!("host: {address}\r\ncontent-type: {kind}\r\ncontent-length: {length}");
        // At once: piece by piece, the head itself may come late.
        stream.write_all(format!("{method} {path} HTTP/1.1\r\n{head}\r\n\r\n{{").as_bytes()).expect("it is sent");
        (name, stream)
    };
    let reads_a_body = |name: &String| name != "wait_for";
    let begun: Vec<_> = tour.promising(status).into_iter().filter(reads_a_body).map(begin).collect();
    for (name, mut stream) in begun {
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(String::from_utf8_lossy(&answer), format!("HTTP/1.1 {status}"), "{name}");
        tour.reached.insert((name, status));
    }
}

/// Bodies that begin and do not end.
pub fn late_bodies_are_refused(tour: &mut Tour, server: &Server) {
    refuse(tour, server, 408, 9, "application/json");
}

/// Bodies that are too large, as they say, and bodies that are no document, as they say.
pub async fn bodies_of_another_kind_are_refused(tour: &mut Tour, server: &Server) {
    // A JSON document of a whole account may be of any size.
    refuse(tour, server, 413, 1_000_000_000, "application/yaml");
    for name in tour.promising(415) {
        let request = tour.call(server, &name, "").header("content-type", "text/plain");
        tour.reach(&name, 415, request.body("{}")).await;
    }
}

/// A wait that the server's end cuts short.
pub fn a_wait_ends_with_the_server(tour: &mut Tour, mut server: Server) {
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).expect("a connection");
    let path = "/_sandbox/accounts/DEMO0001/wait?for=booking&timeout=5m";
    let call = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    // Both at once: when the first is answered, the second has begun.
    stream.write_all((call("/livez") + &call(path)).as_bytes()).expect("it is sent");
    stream.read_exact(&mut [0; 12]).expect("an answer");
    server.signal("TERM");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).expect("an answer");
    assert!(answers.contains("HTTP/1.1 503") && answers.contains("the server stops"), "{answers}");
    tour.reached.insert(("wait_for".to_owned(), 503));
    assert_eq!(server.wait_for_end(), Some(0));
}
