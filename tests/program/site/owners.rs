//! Root goes on as the owner of the Users directory, and a control file that is not the owner's
//! costs as little as it can. Most of this needs root.

use super::{OTHER, OWNER, Running, give, log, server, users, users_of_owner};
use crate::common::fixture::Files;
use crate::common::program::{Session, deliver_command, deliver_to, inetd, program, run};
use crate::player::users::TestUsers;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

fn user_command(users: &TestUsers, task: &str, name: &str) -> Command {
    let mut command = program(["user", task, "--users"]);
    command.arg(users.directory()).arg(name);
    command
}

/// The user and the group of everything below this.
fn owners(path: &Path, seen: &mut Vec<(u32, u32)>) {
    let metadata = fs::symlink_metadata(path).expect("metadata");
    seen.push((metadata.uid(), metadata.gid()));
    if metadata.is_dir() {
        for entry in fs::read_dir(path).expect("a directory") {
            owners(&entry.expect("an entry").path(), seen);
        }
    }
}

#[track_caller]
fn assert_all_of_owner(users: &TestUsers) {
    let mut seen = Vec::new();
    owners(&users.directory(), &mut seen);
    assert!(seen.iter().all(|owner| *owner == (OWNER, OWNER)), "{seen:?}");
    assert!(users.path(".pop1081").exists());
}

/// A session as the owner of the directory.
#[track_caller]
fn assert_served(users: &TestUsers, name: &str, password: &str) {
    let (session, mut pop) = Session::on_pipes(inetd(users).uid(OWNER).gid(OWNER));
    let reply = pop.log_in(name, password);
    assert!(reply.starts_with("+OK"), "{reply}");
    pop.quit();
    session.ends_well();
}

#[test]
fn what_root_adds_delivers_and_changes() {
    let Some(users) = users_of_owner() else { return };
    let added = run(&mut user_command(&users, "add", "alibaba"), b"open sesame\n");
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    deliver_to(&users, "mrose", b"Subject: x\n\nx\n");
    let changed = run(&mut user_command(&users, "passwd", "stef"), b"another one\n");
    assert_eq!(changed.code, Some(0), "{}", changed.stderr);
    assert_all_of_owner(&users);
    for (name, password) in [("alibaba", "open sesame"), ("mrose", "secret"), ("stef", "another one")] {
        assert_served(&users, name, password);
    }
}

/// `make run` as root, once.
#[test]
fn what_sessions_of_root_leave() {
    let Some(users) = users_of_owner() else { return };
    let running = Running::start(&mut server(&users));
    let mut pop = running.log_in("mrose", "secret");
    pop.response("RETR 2");
    pop.ask("DELE 1");
    pop.quit();
    drop(running);
    assert_all_of_owner(&users);
    assert_served(&users, "mrose", "secret");
}

/// All that it makes tells as whom it runs, the transcript outside the directory, too.
#[test]
fn a_server_of_root_is_the_owners() {
    let Some(users) = users_of_owner() else { return };
    let transcripts = users.log().with_file_name("transcripts");
    fs::create_dir(&transcripts).expect("a directory");
    give(&transcripts);
    let running = Running::start(server(&users).arg("--transcript").arg(&transcripts));
    running.log_in("stef", "zaphod").quit();
    let mut seen = Vec::new();
    owners(&transcripts, &mut seen);
    owners(&users.log(), &mut seen);
    assert_eq!(seen, [(OWNER, OWNER); 3]);
}

/// The owner of a directory could have root write into any file.
#[test]
fn a_log_that_leads_elsewhere_is_not_written() {
    let Some(users) = users_of_owner() else { return };
    let of_root = users.path("of-root");
    fs::write(&of_root, "stays\n").expect("a file");
    fs::set_permissions(&of_root, Permissions::from_mode(0o600)).expect("a mode");
    symlink(&of_root, users.log()).expect("a link");
    let ended = run(deliver_command(&users).args(["mrose", "--log"]).arg(users.log()), b"x\n");
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    let helps = "it belongs to user 0, mode 0600: chown it, or run this as its owner";
    assert!(ended.stderr.contains(helps), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(of_root).expect("a file"), "stays\n");
}

/// Their passwords are of root, who gives them on standard input.
#[test]
fn a_list_that_only_root_may_read() {
    let Some(users) = users_of_owner() else { return };
    let list = users.log().with_file_name("list");
    fs::write(&list, "alibaba open sesame\n").expect("a file");
    fs::set_permissions(&list, Permissions::from_mode(0o600)).expect("a mode");
    let ended = run(user_command(&users, "add", "--from").arg(&list), b"");
    assert_eq!(ended.code, Some(66), "{}", ended.stderr);
    assert!(ended.stderr.contains("a list may also come on /dev/stdin"), "{}", ended.stderr);
    let ended = run(user_command(&users, "add", "--from").arg("/dev/stdin"), b"alibaba open sesame\n");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_served(&users, "alibaba", "open sesame");
}

#[test]
fn a_log_of_root() {
    let Some(users) = users_of_owner() else { return };
    let deliver = |user: u32| {
        let mut command = deliver_command(&users);
        let ended = run(command.args(["mrose", "--log"]).arg(users.log()).uid(user).gid(user), b"x\n");
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    };
    deliver(0);
    deliver(OWNER);
    assert_eq!(log(&users).matches("mrose: delivered 2 octets").count(), 2);
}

/// Else whoever may write into the directory could lock its owner out.
#[test]
fn somebody_else_makes_nothing() {
    let Some(users) = users_of_owner() else { return };
    for directory in [users.directory(), users.directory().parent().expect("a place").to_owned()] {
        fs::set_permissions(directory, Permissions::from_mode(0o777)).expect("a mode");
    }
    let mut command = user_command(&users, "add", "alibaba");
    let ended = run(command.uid(OTHER).gid(OTHER), b"open sesame\n");
    assert_eq!(ended.code, Some(73), "{}", ended.stderr);
    let helps = format!("this runs as user {OTHER}; run it as user {OWNER}");
    assert!(ended.stderr.contains(&helps), "{}", ended.stderr);
    assert!(!users.path("alibaba").exists() && !users.path(".pop1081").exists());
    fs::set_permissions(users.path("mrose"), Permissions::from_mode(0o666)).expect("a mode");
    let ended = run(deliver_command(&users).arg("mrose").uid(OTHER).gid(OTHER), b"x\n");
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    assert!(ended.stderr.contains(&helps), "{}", ended.stderr);
    assert!(!users.path(".pop1081").exists());
}

/// A directory of root that is open to a group: root can read whatever others make there.
#[test]
fn in_a_directory_of_root_a_server_of_its_group_makes_its_own() {
    let Some(users) = users_of_owner() else { return };
    chown(users.directory(), Some(0), Some(OWNER)).expect("a new owner");
    fs::set_permissions(users.directory(), Permissions::from_mode(0o770)).expect("a mode");
    assert_served(&users, "mrose", "secret");
    assert_eq!(fs::metadata(users.path(".pop1081")).expect("a directory").uid(), OWNER);
}

/// What an earlier version of root has left.
#[test]
fn control_files_of_root_are_named() {
    let Some(users) = users_of_owner() else { return };
    assert_served(&users, "mrose", "secret");
    chown(users.path(".pop1081"), Some(0), Some(0)).expect("a new owner");
    let refused = |file: &str| {
        let mut command = server(&users);
        let running = Running::start(command.uid(OWNER).gid(OWNER));
        let reply = running.open().log_in("mrose", "secret");
        assert_eq!(
            reply,
            format!("-ERR unable to open mrose's maildrop: {file}: Permission denied (os error 13)")
        );
        let log = log(&users);
        assert!(log.contains(&format!("{file}: Permission denied")), "{log}");
        let mut deliver = deliver_command(&users);
        let ended = run(deliver.arg("mrose").uid(OWNER).gid(OWNER), b"x\n");
        assert_eq!(ended.code, Some(75));
        assert!(
            ended.stderr.contains(&format!("mrose: not delivered: {file}: Permission")),
            "{}",
            ended.stderr
        );
    };
    refused(".pop1081/mrose.lock");
    give(&users.path(".pop1081"));
    chown(users.path(".pop1081/mrose.lock"), Some(0), Some(0)).expect("a new owner");
    refused(".pop1081/mrose.lock");
}

/// It is only a cache: the maildrop is read, and the next QUIT that has something to note replaces
/// it.
#[test]
fn a_sidecar_of_root_locks_nobody_out() {
    let Some(users) = users_of_owner() else { return };
    let visit = || {
        let (session, mut pop) =
            Session::on_pipes(inetd(&users).arg("--log").arg(users.log()).uid(OWNER).gid(OWNER));
        assert_eq!(pop.log_in("mrose", "secret"), "+OK mrose's maildrop has 2 messages (320 octets)");
        let last = pop.ask("LAST");
        pop.response("RETR 2");
        pop.quit();
        session.ends_well();
        last
    };
    visit();
    assert_eq!(visit(), "+OK 2");
    for name in [".pop1081/mrose.state", ".pop1081/mrose.new"] {
        users.write(name, b"of root");
        chown(users.path(name), Some(0), Some(0)).expect("a new owner");
        fs::set_permissions(users.path(name), Permissions::from_mode(0o600)).expect("a mode");
    }
    assert_eq!(visit(), "+OK 0");
    assert!(log(&users).contains("WARN") && log(&users).contains(".pop1081/mrose.state: Permission denied"));
    assert_eq!(visit(), "+OK 2");
    assert_eq!(fs::metadata(users.path(".pop1081/mrose.state")).expect("a sidecar").uid(), OWNER);
}

/// Whoever may write into `.pop1081` could have root write into any file.
#[test]
fn a_link_in_the_place_of_a_control_file_leads_nowhere() {
    let users = users();
    let (session, pop) = Session::logged_in(&users, "mrose", "secret");
    pop.quit();
    session.ends_well();
    for name in ["mrose.new", ".spare"] {
        let (victim, link) = (users.path("victim"), users.path(&format!(".pop1081/{name}")));
        fs::write(&victim, "stays").expect("a file");
        let _ = (fs::remove_file(&link), fs::remove_file(users.path(".pop1081/mrose.state")));
        fs::hard_link(&victim, link).expect("a link");
        let (session, mut pop) = Session::logged_in(&users, "mrose", "secret");
        pop.response("RETR 1");
        pop.quit();
        session.ends_well();
        assert!(users.path(".pop1081/mrose.state").exists());
        deliver_to(&users, "hermit", b"x\n");
        assert_eq!(fs::read_to_string(&victim).expect("a file"), "stays", "{name}");
    }
}

/// What stands beside the Users directory, of root, and must stay as it is.
fn victim(users: &TestUsers) -> std::path::PathBuf {
    let victim = users.directory().with_file_name("victim");
    fs::create_dir(&victim).expect("a directory");
    for name in ["alibaba", "mrose.state"] {
        fs::write(victim.join(name), "stays").expect("a file");
    }
    fs::create_dir(victim.join("directory")).expect("a directory");
    victim
}

#[track_caller]
fn assert_untouched(victim: &Path) {
    let mut names: Vec<_> = fs::read_dir(victim)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["alibaba", "directory", "mrose.state"]);
    let mut seen = Vec::new();
    owners(victim, &mut seen);
    let maker = fs::metadata(victim).expect("metadata").uid();
    assert!(seen.iter().all(|(user, _)| *user == maker), "{seen:?}");
}

/// The owner of the Users directory could have root make, remove and give away any file.
#[test]
fn a_link_in_the_place_of_a_directory_leads_nowhere() {
    for link in [".pop1081", ".pop1081/.added", ".rhosts"] {
        let users = users();
        let victim = victim(&users);
        let _ = (fs::remove_dir_all(users.path(".pop1081")), fs::remove_dir_all(users.path(".rhosts")));
        if link.starts_with(".pop1081/") {
            fs::create_dir(users.path(".pop1081")).expect("a directory");
        }
        symlink(&victim, users.path(link)).expect("a link");
        let master = users.directory().with_file_name("master");
        fs::write(&master, "\n").expect("a file");
        let codes = [
            run(&mut user_command(&users, "add", "alibaba"), b"open sesame\n").code,
            run(&mut user_command(&users, "passwd", "mrose"), b"another\n").code,
            run(deliver_command(&users).arg("mrose"), b"Subject: x\n\nx\n").code,
            run(user_command(&users, "reset", "mrose").arg("--from").arg(&master), b"").code,
            run(user_command(&users, "remove", "mrose").arg("--with-mail"), b"").code,
        ];
        let refused = [Some(73), Some(74), Some(75), Some(74), Some(74)];
        let expected = match link {
            ".pop1081" => refused,
            ".rhosts" => [Some(0); 5],
            _ => [Some(73), Some(0), Some(0), Some(0), Some(0)],
        };
        assert_eq!(codes, expected, "{link}");
        assert_untouched(&victim);
    }
}
