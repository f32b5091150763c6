//! From exec to the first 200 on `/readyz`.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::compare::median;
use crate::options::Effort;
use crate::process::Process;
use crate::report::{ResultRow, millis};
use crate::server::{Bench, sandbox_command};
use crate::wire;

/// Between two looks: short against the bar, long enough to leave the sandbox its cores.
const LOOK: Duration = Duration::from_micros(100);

/// The median of several starts.
pub async fn row(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let mut times = Vec::new();
    for _ in 0..effort.starts {
        times.push(time(bench)?.as_secs_f64());
        // Lets a signal in between two starts.
        tokio::task::yield_now().await;
    }
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    let most = times.iter().copied().fold(0.0, f64::max);
    let middle = median(times);
    Ok(vec![ResultRow {
        work: format!("exec to the first 200 on /readyz, median of {}", effort.starts),
        ours: format!("{} to {}", millis(least), millis(most)),
        beside: String::new(),
        measured: format!("**{}**", millis(middle)),
        bar: "at most 20 ms".to_owned(),
        met: middle <= 0.020,
    }])
}

fn time(bench: &Bench<'_>) -> Result<Duration> {
    let port = free_port()?;
    let mut command = sandbox_command(bench.sandbox, &format!("127.0.0.1:{port}"));
    let began = Instant::now();
    let mut process = Process::spawn("sandbox", &mut command, bench.scratch)?;
    loop {
        if ready(port) {
            return Ok(began.elapsed());
        }
        if began.elapsed() > Duration::from_secs(10) {
            bail!("/readyz did not answer 200 within 10 s:\n{}", process.log_tail());
        }
        process.check_alive()?;
        std::thread::sleep(LOOK);
    }
}

/// A port that was free a moment ago, so that nothing but the answer itself has to be watched.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn ready(port: u16) -> bool {
    let ask = || -> std::io::Result<[u8; 12]> {
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start)
    };
    // No connection yet is the usual answer here, not a fault.
    ask().is_ok_and(|start| wire::status(&start).is_ok_and(|status| status == 200))
}
