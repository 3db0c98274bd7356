//! The server under test as a child of the examiner: `--start` says how it is
//! started. Each filling of the maildrop is a start in an empty directory and
//! on another port.

use super::refill::{Refill, write_new};
use super::target::Unused;
use std::cell::{Cell, RefCell};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(10);

/// Between two checks whether it does.
const POLL: Duration = Duration::from_millis(2);

/// How long a server that closed a connection may take to end; a crash is seen within this time.
const END: Duration = Duration::from_millis(50);

/// Octets of the end of its output that are shown.
const OUTPUT: u64 = 400;

/// The command runs in a process group of its own. All of the group is killed
/// when the examiner closes its end of the pipe, or is killed itself. No file of
/// it grows beyond 32 MB.
const WRAPPER: &str = "ulimit -f 65536; exec 3<&0 </dev/null
{ read -r _ <&3; kill -KILL 0; } & exec 3<&-
";

pub struct StartedServer {
    command: String,
    user: String,
    password: String,
    directory: PathBuf,
    address: Cell<SocketAddr>,
    child: RefCell<Option<Child>>,
    unused: Unused,
}

impl StartedServer {
    pub fn new(command: &str, user: &str, password: &str) -> StartedServer {
        let directory = std::env::temp_dir().join(format!("pop1081-grade-{}", std::process::id()));
        StartedServer {
            command: command.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
            directory,
            address: Cell::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            child: RefCell::new(None),
            unused: Unused::default(),
        }
    }

    fn start(&self, mbox: &[u8]) -> io::Result<()> {
        let (work, mail) = (self.directory.join("work"), self.directory.join("mbox"));
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&self.directory)?;
        fs::create_dir(&work)?;
        write_new(&mail, mbox)?;
        let output = File::create(self.output())?;
        // The port is free now; nothing keeps another program from taking it meanwhile.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        self.address.set(port);
        let child = Command::new("/bin/sh")
            .args(["-c", &format!("{WRAPPER}{}", self.command)])
            .env("POP_PORT", port.port().to_string())
            .env("POP_USER", &self.user)
            .env("POP_PASSWORD", &self.password)
            .env("POP_MBOX", &mail)
            .current_dir(&work)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        *self.child.borrow_mut() = Some(child);
        Ok(())
    }

    fn wait_until_it_listens(&self) -> Result<(), String> {
        let until = Instant::now() + START;
        loop {
            if let Ok(stream) = TcpStream::connect(self.address.get()) {
                self.unused.set(Some(stream));
                return Ok(());
            } else if let Some(status) = self.status() {
                return Err(format!("the server {} before it listened{}", ended(status), self.said()));
            } else if Instant::now() > until {
                let port = self.address.get().port();
                let seconds = START.as_secs();
                return Err(format!(
                    "the server does not listen on port {port} ($POP_PORT) after {seconds} s{}",
                    self.said()
                ));
            }
            thread::sleep(POLL);
        }
    }

    fn status(&self) -> Option<ExitStatus> {
        self.child.borrow_mut().as_mut().and_then(|child| child.try_wait().ok().flatten())
    }

    fn stop(&self) {
        self.unused.take();
        if let Some(mut child) = self.child.borrow_mut().take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }

    fn output(&self) -> PathBuf {
        self.directory.join("output")
    }

    /// The end of what it has written, as part of a sentence.
    fn said(&self) -> String {
        match last_line(&self.output()) {
            Ok(line) if !line.is_empty() => format!("; its output ends in: {line}"),
            _ => String::new(),
        }
    }
}

impl Refill for StartedServer {
    fn refill(&self, mbox: &[u8]) -> Result<(), String> {
        self.stop();
        self.start(mbox).map_err(|error| format!("the --start command: {error}"))?;
        self.wait_until_it_listens()
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
                Some(status) => return Some(format!("the server {}{}", ended(status), self.said())),
                None if Instant::now() > until => return None,
                None => thread::sleep(POLL),
            }
        }
    }
}

impl Drop for StartedServer {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// A shell reports a signal as an exit code above 128.
fn ended(status: ExitStatus) -> String {
    let code = status.code().unwrap_or_default();
    match status.signal().or((code > 128).then_some(code - 128)) {
        Some(signal) => format!("was ended by signal {signal}"),
        None => format!("ended with exit code {code}"),
    }
}

fn last_line(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(OUTPUT)))?;
    let mut end = Vec::new();
    file.take(OUTPUT).read_to_end(&mut end)?;
    let text = String::from_utf8_lossy(&end).into_owned();
    Ok(super::escape::show(text.trim_end().lines().last().unwrap_or_default().as_bytes()))
}
