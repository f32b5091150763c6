//! The processes that a run starts: servers of a test's own and shared ones, and how few they are.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_atlas-sandbox");

/// One run of all tests starts fewer servers and receivers than this. They are what a run waits for: share one.
const SERVING: usize = 100;

/// And fewer processes of the binary in all, with the command lines that print something and end.
const ALL: usize = 240;

/// Reads "process id, folder" from lines of its input. At its end, which is that of the test binary whatever ended it,
/// the processes and the folders go.
const KEEPER: &str = r#"
    trap '' INT TERM HUP
    while read -r pid folder; do pids="$pids $pid"; set -- "$@" "$folder"; done
    kill -KILL $pids
    rm -rf -- "$@"
"#;

/// A running server.
pub struct Process {
    pub child: Child,
    pub url: String,
    folder: PathBuf,
}

/// A folder of the test's own, below the target folder.
pub fn folder(name: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{number}", std::process::id()));
    // A failed test leaves its folder behind, and process ids come again.
    let _stale = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// How many processes were started, and where.
struct Started {
    serving: usize,
    all: usize,
    places: BTreeMap<String, usize>,
}

/// Counts a process that starts, so that the one that is too many fails. What is counted is every start of the binary
/// under test, whether it serves or ends by itself, and nothing else (`kill`, `curl`, Python); `target/tmp/processes`
/// tells how many there were in the last run, and where.
fn count(serving: bool, place: &Location<'_>) {
    static STARTED: Mutex<Started> = Mutex::new(Started { serving: 0, all: 0, places: BTreeMap::new() });
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    started.serving += usize::from(serving);
    started.all += 1;
    *started.places.entry(place.to_string()).or_default() += 1;
    let places: Vec<_> = started.places.iter().map(|(place, count)| format!("{count} {place}")).collect();
    let told = format!("{} serve, {} in all\n{}\n", started.serving, started.all, places.join("\n"));
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("processes"), &told).expect("the target folder");
    assert!(started.serving < SERVING, "too many servers: {told}");
    assert!(started.all < ALL, "too many processes: {told}");
}

/// The binary, to be started by another program.
#[track_caller]
pub fn binary() -> &'static str {
    count(false, Location::caller());
    BINARY
}

/// A command of the binary that ends by itself, without settings of the machine's environment.
#[track_caller]
pub fn command(arguments: &[&str]) -> Command {
    count(false, Location::caller());
    bare(arguments)
}

/// A command of the binary that serves until it is stopped, without settings of the machine's environment.
#[track_caller]
pub fn serving(arguments: &[&str]) -> Command {
    count(true, Location::caller());
    bare(arguments)
}

#[allow(clippy::disallowed_methods, reason = "the machine's settings are no business of a test")]
fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ATLAS_SANDBOX_")) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// Sends a process a signal: `TERM`, `INT`.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status();
    assert!(sent.expect("kill can be run").success(), "the signal was not sent");
}

/// The server with these flags of `serve` that all tests share; the first one that asks starts it.
pub fn shared(flags: &[&str]) -> Arc<Process> {
    type Cell = Arc<OnceLock<Arc<Process>>>;
    static SHARED: Mutex<BTreeMap<Vec<String>, Cell>> = Mutex::new(BTreeMap::new());
    let key = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let cell = Arc::clone(SHARED.lock().expect("the shared servers").entry(key).or_default());
    let process = cell.get_or_init(|| {
        let process = Process::spawn(flags, &[]);
        keep(process.child.id(), &process.folder);
        Arc::new(process.ready())
    });
    Arc::clone(process)
}

/// What is static is never dropped: has somebody else stop the process and sweep its folder.
fn keep(pid: u32, folder: &Path) {
    static INPUT: LazyLock<Mutex<ChildStdin>> = LazyLock::new(|| {
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Mutex::new(keeper.spawn().expect("sh can be run").stdin.take().expect("its input"))
    });
    let mut input = INPUT.lock().expect("the keeper's input");
    writeln!(input, "{pid} {}", folder.display()).expect("the keeper listens");
}

impl Process {
    /// Starts a server with more flags of `serve`, in an environment with these variables, and waits for its port.
    #[track_caller]
    pub fn start(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::spawn(flags, variables).ready()
    }

    #[track_caller]
    fn spawn(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = folder("server");
        let port_file = folder.join("port");
        let log = std::fs::File::create(folder.join("log")).expect("a log file");
        let child = serving(&["serve", "--listen", "127.0.0.1:0", "--workers", "2", "--port-file"])
            .arg(&port_file)
            .args(flags)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        Self { child, url: String::new(), folder }
    }

    fn ready(mut self) -> Self {
        self.url = format!("http://127.0.0.1:{}", self.port());
        self
    }

    /// Waits for the port.
    fn port(&mut self) -> u16 {
        let began = Instant::now();
        loop {
            let written = std::fs::read_to_string(self.port_file()).ok();
            if let Some(port) = written.and_then(|text| text.trim().parse().ok()) {
                return port;
            }
            if let Some(status) = self.child.try_wait().expect("the child can be asked") {
                panic!("the server ended with {status}: {}", self.log());
            }
            assert!(began.elapsed() < Duration::from_secs(30), "the server did not start");
            std::thread::yield_now();
        }
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// The file that holds the port while the server runs.
    pub fn port_file(&self) -> PathBuf {
        self.folder.join("port")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
        if !std::thread::panicking() {
            let _gone = std::fs::remove_dir_all(&self.folder);
        }
    }
}
