//! Child processes: started with a log of their own, read through /proc, and stopped when dropped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};

/// Kernel ticks a second in `/proc/PID/stat` (fixed for user space on Linux).
const TICKS: f64 = 100.0;

/// A folder for port files, bodies and logs that goes away with the run.
pub struct Scratch {
    path: PathBuf,
    made: AtomicUsize,
}

impl Scratch {
    /// Makes the folder.
    pub fn new() -> Result<Self> {
        let name = format!("atlas-sandbox-benches-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self { path, made: AtomicUsize::new(0) })
    }

    /// A path below the folder that was not handed out before.
    pub fn file(&self, name: &str) -> PathBuf {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        self.path.join(format!("{number}-{name}"))
    }

    /// Writes bytes to a new file.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.file(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left behind at worst; the system cleans its temporary folder.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A running child.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the command; its output goes to a file of the scratch folder.
    pub fn spawn(name: &str, command: &mut Command, scratch: &Scratch) -> Result<Self> {
        let log = scratch.file(&format!("{name}.log"));
        let output = File::create(&log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// The exit code's success, once the process has ended.
    pub fn ended(&mut self) -> Result<Option<bool>> {
        Ok(self.child.try_wait()?.map(|status| status.success()))
    }

    /// Fails with the end of the log when the process is gone.
    pub fn check_alive(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}); its output:\n{}", self.name, self.log_tail()),
        }
    }

    /// All that the process wrote so far.
    pub fn log(&self) -> String {
        fs::read(&self.log)
            .map_or_else(|error| format!("(no log: {error})"), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The last lines of the log.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// CPU seconds, user and system, that the process has used.
    pub fn cpu(&self) -> Result<f64> {
        cpu_of(&self.child.id().to_string())
    }

    /// How many files and sockets the process has open.
    pub fn open_files(&self) -> Result<usize> {
        let path = format!("/proc/{}/fd", self.child.id());
        Ok(fs::read_dir(&path).with_context(|| format!("cannot read {path}"))?.count())
    }

    /// Resident memory in KiB.
    pub fn rss(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse().ok())
            .with_context(|| format!("{path} holds no VmRSS"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU seconds of the process with this name below `/proc` (an id, or `self`).
pub fn cpu_of(process: &str) -> Result<f64> {
    let path = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    // The second field is the program's name in brackets and may hold blanks.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<f64> = fields.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
    match ticks[..] {
        [user, system] => Ok((user + system) / TICKS),
        _ => bail!("cannot read the times in {path}"),
    }
}

/// Writes a port for the parent to find; a rename, so that it is never read half-written.
#[cfg_attr(not(feature = "bare"), allow(dead_code, reason = "for the bare programs"))]
pub fn write_port(file: &Path, port: u16) -> Result<()> {
    let draft = file.with_extension("draft");
    fs::write(&draft, port.to_string())?;
    fs::rename(&draft, file).with_context(|| format!("cannot write {}", file.display()))
}

/// Ends this process soon after the one that started it, so that a killed run leaves nothing behind.
#[cfg_attr(not(feature = "bare"), allow(dead_code, reason = "for the bare programs"))]
pub fn end_with_parent() {
    let parent = std::os::unix::process::parent_id();
    std::thread::spawn(move || {
        while std::os::unix::process::parent_id() == parent {
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        std::process::exit(1);
    });
}
