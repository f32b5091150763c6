//! `healthcheck`: asks whether the server with the same settings is ready; for containers without a shell.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::failure::Failure;
use crate::config::flags::Flags;
use crate::config::layer;
use crate::config::server::Config;
use crate::domain::value::span::Span;

/// The pause between two requests.
const PAUSE: Duration = Duration::from_millis(20);

/// The arguments of `healthcheck`.
#[derive(Debug, clap::Args)]
pub struct HealthcheckArguments {
    #[command(flatten)]
    flags: Flags,
    /// The server to ask, like `http://127.0.0.1:8080`; the one that the same settings describe where absent
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Ask again until it is ready, or the timeout is over
    #[arg(long)]
    wait: bool,
    /// How long to wait
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    timeout: Span,
}

/// Asks `/readyz`.
pub async fn run(arguments: HealthcheckArguments) -> Result<(), Failure> {
    let config = arguments.flags.resolve().map_err(Failure::Usage)?;
    let named = arguments.url.as_deref().map(address).transpose()?;
    let deadline = Instant::now() + arguments.timeout.0;
    // If the timeout cuts off the last request, the answer before it says more.
    let mut earlier = None;
    loop {
        let limit = if arguments.wait { deadline } else { Instant::now() + Duration::from_secs(5) };
        let answer = match named.as_ref().map_or_else(|| target(&config).map(|at| at.to_string()), |at| Ok(at.clone()))
        {
            Ok(target) => check(&target, limit).await,
            Err(failure) => Err(failure),
        };
        let again = Instant::now() + PAUSE;
        match answer {
            Err(failure @ (Failure::Checks(_) | Failure::Environment(_))) if arguments.wait && again < deadline => {
                earlier = Some(failure);
                sleep_until(again).await;
            }
            Err(cut_off @ Failure::Environment(_)) => return Err(earlier.unwrap_or(cut_off)),
            answer => return answer,
        }
    }
}

/// The address of the server with these settings.
pub fn target(config: &Config) -> Result<SocketAddr, Failure> {
    let mut target = config.listen;
    if target.ip().is_unspecified() {
        // A number, because a static binary in an empty root cannot resolve names.
        let loopback: IpAddr = if target.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        target.set_ip(loopback);
    }
    match &config.port_file {
        // The file has the port that was bound: without it, no server has started.
        Some(path) => {
            let shown = path.display();
            let text = std::fs::read_to_string(path).map_err(|error| unreadable(&shown.to_string(), &error))?;
            let port = text.trim().parse();
            let none = |_| format!("{}: there is no port in {shown}", layer::origin("port-file"));
            target.set_port(port.map_err(none).map_err(Failure::Environment)?);
        }
        None if target.port() == 0 => {
            let wrong = "listen: port 0 names no server; give --port-file as well";
            return Err(Failure::Usage(layer::with_origin(wrong, None)));
        }
        None => {}
    }
    Ok(target)
}

fn unreadable(file: &str, error: &std::io::Error) -> Failure {
    let setting = layer::origin("port-file");
    Failure::Environment(match error.kind() {
        ErrorKind::NotFound => format!("{setting}: {file} is not there: no server was started with this --port-file"),
        _ => format!("{setting}: cannot read {file}: {error}"),
    })
}

/// The host and port of a URL.
fn address(url: &str) -> Result<String, Failure> {
    let expected = || Failure::Usage(format!("url: expected a URL like http://127.0.0.1:8080, got {url:?}"));
    let host = url.strip_prefix("http://").ok_or_else(expected)?;
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || host.contains('@') {
        return Err(expected());
    }
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(if has_port { host.to_owned() } else { format!("{host}:80") })
}

async fn check(target: &str, limit: Instant) -> Result<(), Failure> {
    let answer = timeout_at(limit, ask(target)).await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
    match answer {
        Ok(200) => Ok(()),
        Ok(status) => Err(Failure::Checks(format!("{target} is not ready: /readyz answered {status}"))),
        Err(reason) => Err(Failure::Environment(format!("{target} does not answer: {reason}"))),
    }
}

/// Sends one request without a client library, and returns the status of its answer.
async fn ask(target: &str) -> Result<u16, String> {
    let mut stream = TcpStream::connect(target).await.map_err(|error| error.to_string())?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.map_err(|error| error.to_string())?;
    std::str::from_utf8(&head)
        .ok()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| "no HTTP answer".to_owned())
}
