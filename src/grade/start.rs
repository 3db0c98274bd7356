//! The server under test as a child of the examiner: `--start` says how it is
//! started. Each filling of the maildrop is a start in an empty directory and
//! on another port.

use super::processes::{Footprint, MOST, footprint, kill_strays, watch};
use super::refill::{MARK, POLL, Refill, write_new};
use super::target::Unused;
use socket2::{Domain, Socket, Type};
use std::cell::{Cell, RefCell};
use std::fs::{self, DirBuilder, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(10);

/// How long a server that closed a connection may take to end; a crash is seen within this time.
const END: Duration = Duration::from_millis(50);

/// Octets of the end of its output that are shown.
const OUTPUT: u64 = 400;

/// Lines of the end of its output that are shown.
const LINES: usize = 3;

/// Starts in vain after which it is not tried again.
const IN_VAIN: u32 = 3;

/// Blocks of 512 octets that one file may have; as in `WRAPPER`.
const FILE: u64 = 65536;

/// The command runs in a process group of its own. All of the group is killed
/// when the examiner says so, or is killed itself; then nobody else would remove the directory.
const WRAPPER: &str = "ulimit -f 65536; exec 3<&0 </dev/null
{ read -r _ <&3 || rm -rf \"${POP_MBOX%/*}\"; kill -KILL 0; } & exec 3<&-
";

pub struct StartedServer {
    command: String,
    user: String,
    password: String,
    directory: PathBuf,
    mbox: RefCell<Vec<u8>>,
    address: Cell<SocketAddr>,
    running: RefCell<Option<Running>>,
    unused: Unused,
    /// Starts in a row that were in vain.
    in_vain: Cell<u32>,
}

/// The process group of the server.
struct Running {
    child: Child,
    /// It is killed when this is dropped.
    guard: Sender<()>,
    too_much: Arc<AtomicBool>,
    /// Keeps other examiners from its port.
    _lock: UdpSocket,
}

impl StartedServer {
    pub fn new(command: &str, user: &str, password: &str) -> StartedServer {
        let directory = std::env::temp_dir().join(format!("pop1081-grade-{}", std::process::id()));
        StartedServer {
            command: command.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
            directory,
            mbox: RefCell::default(),
            address: Cell::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            running: RefCell::default(),
            unused: Unused::default(),
            in_vain: Cell::new(0),
        }
    }

    /// An empty directory, and the mbox beside it.
    fn prepare(&self, mbox: &[u8]) -> io::Result<()> {
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&self.directory)?;
        fs::create_dir(self.work())?;
        mbox.clone_into(&mut self.mbox.borrow_mut());
        write_new(&self.mail(), mbox)
    }

    fn start(&self) -> io::Result<()> {
        let output = File::create(self.output())?;
        let lock = (0..99).find_map(|_| lock_port().ok()).ok_or(io::ErrorKind::AddrInUse)?;
        let port = lock.local_addr()?;
        self.address.set(port);
        let mut child = Command::new("/bin/sh")
            .args(["-c", &format!("{WRAPPER}{}", self.command)])
            .env("POP_PORT", port.port().to_string())
            .env("POP_USER", &self.user)
            .env("POP_PASSWORD", &self.password)
            .env("POP_MBOX", self.mail())
            .current_dir(self.work())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        let (guard, dropped) = mpsc::channel();
        let (too_much, directory) = (Arc::<AtomicBool>::default(), self.directory.clone());
        let (pipe, tell) = (child.stdin.take(), Arc::clone(&too_much));
        thread::spawn(move || watch(pipe, &directory, &dropped, &tell));
        *self.running.borrow_mut() = Some(Running { child, guard, too_much, _lock: lock });
        Ok(())
    }

    fn start_and_wait(&self) -> Result<(), String> {
        if self.in_vain.get() >= IN_VAIN {
            return Err(format!("the server did not start {IN_VAIN} times in a row"));
        }
        self.in_vain.set(self.in_vain.get() + 1);
        self.start().map_err(|error| cannot_start(&error))?;
        self.wait_until_it_listens()?;
        self.in_vain.set(0);
        Ok(())
    }

    fn wait_until_it_listens(&self) -> Result<(), String> {
        let until = Instant::now() + START;
        loop {
            if let Ok(stream) = TcpStream::connect(self.address.get()) {
                self.unused.set(Some(stream));
                return Ok(());
            } else if let Some(status) = self.status() {
                return Err(format!("the server {} before it listened{}", self.how(status), self.said()));
            } else if Instant::now() > until {
                let port = self.address.get().port();
                let late = format!("after {} s{}", START.as_secs(), self.said());
                return Err(format!("the server does not listen on port {port} ($POP_PORT) {late}"));
            }
            thread::sleep(POLL);
        }
    }

    fn status(&self) -> Option<ExitStatus> {
        self.running.borrow_mut().as_mut().and_then(|running| running.child.try_wait().ok().flatten())
    }

    fn stop(&self) {
        self.unused.take();
        if let Some(Running { mut child, guard, .. }) = self.running.borrow_mut().take() {
            drop(guard);
            let _ = child.wait();
        }
    }

    fn output(&self) -> PathBuf {
        self.directory.join("output")
    }

    fn work(&self) -> PathBuf {
        self.directory.join("work")
    }

    fn mail(&self) -> PathBuf {
        self.directory.join("mbox")
    }

    /// How it has ended, as part of a sentence.
    fn how(&self, status: ExitStatus) -> String {
        let running = self.running.borrow();
        match running.as_ref().is_some_and(|running| running.too_much.load(Ordering::Relaxed)) {
            true => format!("was ended: it had written more than {} MB", MOST >> 20),
            false => ended(status),
        }
    }

    /// The end of what it has written, as part of a sentence.
    fn said(&self) -> String {
        match last_lines(&self.output()) {
            Ok(line) if !line.is_empty() => format!("; its output ends in: {line}"),
            _ => String::new(),
        }
    }
}

impl Refill for StartedServer {
    fn refill(&self, mbox: &[u8]) -> Result<(), String> {
        self.stop();
        self.prepare(mbox).map_err(|error| cannot_start(&error))?;
        self.start_and_wait()
    }

    fn address(&self) -> Option<SocketAddr> {
        Some(self.address.get())
    }

    fn unused(&self) -> Unused {
        Unused::clone(&self.unused)
    }

    fn ended(&self) -> Option<String> {
        let until = Instant::now() + END;
        loop {
            match self.status() {
                Some(status) => return Some(format!("the server {}{}", self.how(status), self.said())),
                None if Instant::now() > until => return None,
                None => thread::sleep(POLL),
            }
        }
    }

    fn kill_and_start(&self, replaced: bool) -> Result<(), String> {
        self.stop();
        let keeps_it_there = fs::read(self.mail()).map_or(true, |mbox| mbox != *self.mbox.borrow());
        if replaced && !keeps_it_there {
            let mark = format!("From grade@dewey Tue Nov  1 09:00:00 1988\n{MARK}\n\n\n");
            write_new(&self.mail(), mark.as_bytes()).map_err(|error| cannot_start(&error))?;
        }
        self.start_and_wait()
    }

    fn footprint(&self) -> Option<Footprint> {
        self.running.borrow().as_ref().and_then(|running| footprint(running.child.id()))
    }
}

impl Drop for StartedServer {
    fn drop(&mut self) {
        self.stop();
        kill_strays(&format!("POP_MBOX={}", self.mail().display()));
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The number of a TCP port that is free, and one of those that no system gives to a program that
/// names none: no other takes it before the server does.
fn lock_port() -> io::Result<UdpSocket> {
    let number = 20_001 + 2 * (RandomState::new().hash_one(()) % 5_000) as u16;
    let lock = UdpSocket::bind((Ipv4Addr::LOCALHOST, number))?;
    // A listener of std would be given a port that closed connections still have.
    Socket::new(Domain::IPV4, Type::STREAM, None)?.bind(&lock.local_addr()?.into())?;
    Ok(lock)
}

fn cannot_start(error: &io::Error) -> String {
    format!("the --start command: {error}")
}

/// A shell reports a signal as an exit code above 128.
fn ended(status: ExitStatus) -> String {
    let code = status.code().unwrap_or_default();
    match status.signal().or((code > 128).then_some(code - 128)) {
        Some(libc::SIGXFSZ) => format!("was ended: it had written more than {} MB into a file", FILE >> 11),
        Some(signal) => format!("was ended by signal {signal}"),
        None => format!("ended with exit code {code}"),
    }
}

fn last_lines(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(OUTPUT)))?;
    let mut end = Vec::new();
    file.take(OUTPUT).read_to_end(&mut end)?;
    let text = String::from_utf8_lossy(&end).into_owned();
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.drain(..lines.len().saturating_sub(LINES));
    Ok(super::escape::show(lines.join(" | ").as_bytes()))
}
