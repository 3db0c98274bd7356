//! Unit tests of `src/transcript/destination.rs`.

use super::*;

/// A destination whose file can't be written to.
fn full(told: &Arc<AtomicBool>) -> Destination {
    let mut destination = Destination::new(String::new(), None, Arc::clone(told));
    let path = Path::new("/dev/null");
    destination.file = Some((File::open(path).unwrap(), path.to_owned()));
    destination
}

#[test]
fn a_full_disk_is_told_of_once_and_left_alone() {
    let told = Arc::default();
    for _ in 0..2 {
        let mut destination = full(&told);
        destination.write("a line\n");
        assert!(destination.file.is_none() && told.load(Ordering::Relaxed));
        destination.write("another line\n");
    }
}
