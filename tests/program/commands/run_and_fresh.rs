//! `make run` and `make fresh`: the scripts behind them, in a copy of the project without git.

use crate::common::pop::Pop;
use crate::common::program::{Ended, finish, run};
use crate::player::users::TestUsers;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pop1081");

/// The shipped Users and the scripts, in a directory of their own.
struct Project {
    users: TestUsers,
    place: PathBuf,
}

impl Project {
    fn new() -> Project {
        let users = TestUsers::copy_of_shipped().expect("a copy");
        let place = users.directory().parent().expect("a directory").to_owned();
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
        fs::create_dir(place.join("scripts")).expect("a directory");
        for script in ["serve", "fresh"] {
            // A copy could not be run while another test starts a process, which has it open until
            // its exec.
            symlink(scripts.join(script), place.join("scripts").join(script)).expect("a link");
        }
        Project { users, place }
    }

    fn script(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.place.join("scripts").join(name));
        command.arg(PROGRAM).args(arguments).current_dir(&self.place).env_remove("RUST_LOG");
        command
    }

    fn fresh(&self) -> Ended {
        run(&mut self.script("fresh", &[]), b"")
    }

    /// `scripts/serve`, and where it listens.
    fn serve(&self) -> (Child, String) {
        let mut command = self.script("serve", &["Users", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a shell");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let listening = lines.find_map(|line| line.ok()?.strip_prefix("listening on ").map(str::to_owned));
        (child, listening.expect("an address"))
    }

    fn shipped(&self) -> bool {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("Users");
        let same =
            |name| fs::read(shipped.join(name)).ok() == fs::read(self.users.directory().join(name)).ok();
        ["dotty", "hermit", "mrose", "stef"].into_iter().all(same)
    }
}

fn stop(mut server: Child) {
    let id = server.id().to_string();
    let killed = Command::new("kill").arg(id).status().expect("kill");
    assert!(killed.success());
    assert_eq!(finish(&mut server).code, Some(0));
}

#[test]
fn the_shipped_mail_comes_back_beside_the_server() {
    let project = Project::new();
    let (server, address) = project.serve();
    let mut pop = Pop::greeted(TcpStream::connect(&address).expect("a connection"));
    pop.log_in("mrose", "secret");
    pop.ask("DELE 1");
    let refused = project.fresh();
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(75), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("mrose: the maildrop is in use"), "{}", refused.stderr);
    assert!(refused.stderr.ends_with("send QUIT in the session, then: make fresh\n"), "{}", refused.stderr);
    pop.quit();
    fs::remove_file(project.users.directory().join("hermit")).expect("a file");
    fs::write(project.users.directory().join("stef"), "other\n").expect("a file");
    assert!(!project.shipped());
    let done = project.fresh();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert!(project.shipped());
    let mut pop = Pop::greeted(TcpStream::connect(&address).expect("a connection"));
    assert_eq!(pop.log_in("mrose", "secret"), "+OK mrose's maildrop has 2 messages (320 octets)");
    pop.quit();
    stop(server);
}

#[test]
fn a_taken_port_is_told_with_another_one() {
    let project = Project::new();
    let (server, address) = project.serve();
    let ended = run(&mut project.script("serve", &["Users", &address]), b"");
    let port: u16 = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let hint = format!("another server has it; try make run LISTEN=127.0.0.1:{}\n", u32::from(port) + 1);
    assert_eq!(ended.code, Some(69));
    assert!(ended.stderr.ends_with(&hint), "{}", ended.stderr);
    stop(server);
}

#[test]
fn without_a_shipped_copy_nothing_is_touched() {
    let project = Project::new();
    fs::write(project.users.directory().join("mrose"), "other\n").expect("a file");
    let ended = project.fresh();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("fresh: no shipped mail"), "{}", ended.stderr);
    assert_eq!(fs::read(project.users.directory().join("mrose")).expect("a file"), b"other\n");
}
