//! Real files: killed processes, a full file system, links, owners and permissions. Unix.
#![cfg(unix)]

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mmio_file::journal::{discard, edit, recover};
use mmio_file::{FlushFlags, MmioError, MmioFile};

use crate::disk::Random;
use crate::edit::{file, journal_of};

const CHILD: &str = "MMIO_JOURNAL_TEST_CHILD";
// So many that applying them takes a good part of an edit.
const RECORDS: u64 = 2000;
const APART: u64 = 4999;

/// Sets every record to the same number.
fn set_all<W: Write + Seek>(file: &mut W, number: u64) -> io::Result<()> {
    for record in 0..RECORDS {
        file.seek(SeekFrom::Start(record * APART))?;
        file.write_all(&number.to_le_bytes())?;
    }
    Ok(())
}

/// Whether every record has the same number.
fn is_whole(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    let mut records = bytes.chunks(APART as usize).map(|record| &record[..8]);
    let first = records.next().unwrap();
    records.all(|record| record == first)
}

#[test]
#[ignore = "is a part of the other tests, which run it as a process"]
fn the_child() {
    let how = std::env::var(CHILD).unwrap();
    let (how, path) = how.split_once(':').unwrap();
    match how {
        "plain" => {
            for number in 1.. {
                let mut file = MmioFile::open_rw(path).unwrap();
                set_all(&mut file, number).unwrap();
                file.flush(FlushFlags::empty()).unwrap();
            }
        }
        "journaled" => {
            for number in 1.. {
                edit(path, |file| set_all(file, number)).unwrap();
            }
        }
        "count" => (0..COUNTS).for_each(|_| count(Path::new(path))),
        "append" => edit(path, |file| {
            file.seek(SeekFrom::End(0))?;
            file.write_all(b", and more")
        })
        .unwrap(),
        // Run as a user without the permission.
        "refused" => {
            let error = edit(path, |_| Ok::<_, MmioError>(())).unwrap_err();
            let MmioError::CannotOpen { path: named, source, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!(named.as_path(), journal_of(Path::new(path)));
            assert_eq!(source.kind(), io::ErrorKind::PermissionDenied, "{error}");
        }
        _ => unreachable!("{how}"),
    }
}

/// A process that runs [`the_child`].
fn child(how: &str, path: &Path) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["real::the_child", "--exact", "--ignored"])
        .env(CHILD, format!("{how}:{}", path.display()))
        .stdout(Stdio::null());
    child
}

/// How often each of several processes counts.
const COUNTS: u64 = 15;

/// Adds one to two numbers that are far apart.
fn count(path: &Path) {
    loop {
        let counted = edit(path, |file| -> io::Result<()> {
            for at in [0, 100_000] {
                let mut number = [0; 8];
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(&mut number)?;
                file.seek_relative(-8)?;
                file.write_all(&(u64::from_le_bytes(number) + 1).to_le_bytes())?;
            }
            Ok(())
        });
        match counted {
            Ok(()) => return,
            Err(error) => {
                let error = MmioError::from_io(&error).expect("an error of ours");
                assert!(matches!(error, MmioError::SharingViolation { .. }), "{error}");
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

#[test]
fn processes_that_edit_at_once_take_turns() {
    let (_folder, path) = file(&vec![0; 100_008]);
    let children: Vec<_> = (0..4).map(|_| child("count", &path).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let bytes = fs::read(&path).unwrap();
    let numbers = [&bytes[..8], &bytes[100_000..]];
    assert_eq!(numbers, [(4 * COUNTS).to_le_bytes(); 2]);
    assert!(!journal_of(&path).exists());
}

/// Makes the folder, the file and what must lie above them accessible to a user without any rights.
fn as_nobody(folder: &Path, path: &Path, owner: Option<u32>) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
    chown(path, owner, None).unwrap();
}

const NOBODY: u32 = 65534;

/// Whether a process can be run as another user; only root can, and where the program may be read.
fn can_run_as_nobody() -> bool {
    let ran = Command::new(std::env::current_exe().unwrap()).arg("--list").uid(NOBODY).output();
    let can = ran.is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: a process can't be run as another user here");
    }
    can
}

#[test]
fn in_a_folder_that_cannot_be_written_the_file_is_untouched() {
    if !can_run_as_nobody() {
        return;
    }
    let (folder, path) = file(b"old");
    as_nobody(folder.path(), &path, Some(NOBODY));
    assert!(child("refused", &path).uid(NOBODY).status().unwrap().success());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_edit_that_cannot_give_the_journal_to_the_files_owner_is_refused() {
    if !can_run_as_nobody() {
        return;
    }
    let (folder, path) = file(b"old");
    as_nobody(folder.path(), &path, None);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(child("refused", &path).uid(NOBODY).status().unwrap().success());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the journal is gone again");
}

#[test]
fn a_journal_that_somebody_else_owns_is_refused() {
    let (_folder, path) = file(b"old");
    fs::write(journal_of(&path), []).unwrap();
    if chown(journal_of(&path), Some(NOBODY), None).is_err() {
        println!("skipped: files can't be given away here");
        return;
    }
    let error = recover(&path).unwrap_err();
    assert!(matches!(error, MmioError::JournalForeign { .. }), "{error}");
    let error = edit(&path, |_| Ok::<_, MmioError>(())).unwrap_err();
    assert!(matches!(error, MmioError::JournalForeign { .. }), "{error}");
    assert_eq!(fs::read(journal_of(&path)).unwrap(), []);
    discard(&path).unwrap();
    edit(&path, |file| file.write_all(b"new")).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn the_system_is_called_in_the_order_of_the_protocol() {
    let (folder, path) = file(b"old");
    let trace = folder.path().join("trace");
    let test = child("append", &path);
    let traced = Command::new("strace")
        .args(["-f", "-y", "-o"])
        .arg(&trace)
        .args(["-e", "trace=flock,openat,ftruncate,pwrite64,write,fsync,fdatasync,unlink,unlinkat"])
        .arg(test.get_program())
        .args(test.get_args())
        .envs(test.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdout(Stdio::null())
        .status();
    if !traced.is_ok_and(|status| status.success()) {
        println!("skipped: there is no strace here");
        return;
    }
    let trace = fs::read_to_string(trace).unwrap();
    let path = fs::canonicalize(path).unwrap();
    let folder = path.parent().unwrap().to_str().unwrap();
    let calls = trace.lines().filter_map(|line| {
        // `123 fsync(4</tmp/folder/file>) = 0`
        let (_, call) = line.split_once(' ')?;
        let (call, arguments) = call.trim().split_once('(')?;
        let is_made = call != "openat" || arguments.contains("O_CREAT");
        let of = arguments.split_once(folder)?.1;
        let of = if of.starts_with("/file.mmio-journal") {
            "journal"
        } else if of.starts_with("/file") {
            "file"
        } else if of.starts_with('>') {
            "folder"
        } else {
            return None;
        };
        is_made.then(|| format!("{call} {of}"))
    });
    let calls: Vec<String> = calls.collect();
    let expected = [
        "flock file",
        "openat journal",
        // A header without a commit, before anything else is written.
        "ftruncate journal",
        "fdatasync journal",
        "fsync folder",
        // The payload.
        "pwrite64 journal",
        "fdatasync file",
        // The index, the header; and it is decided.
        "pwrite64 journal",
        "pwrite64 journal",
        "fdatasync journal",
        "pwrite64 file",
        "fsync file",
        // Blanked; and once more where that is reported.
        "pwrite64 journal",
        "pwrite64 journal",
        "fdatasync journal",
        "unlink journal",
        // Unlocked, even if a process that is being started has the file open, too.
        "flock file",
    ];
    assert_eq!(calls, expected, "{trace}");
}

#[test]
fn a_killed_process_leaves_no_half_edited_file() {
    let kills = std::env::var("MMIO_JOURNAL_KILLS").map_or(15, |kills| kills.parse().unwrap());
    let mut random = Random(0x0DD);
    for how in ["plain", "journaled"] {
        let (_folder, path) = file(&vec![0; (RECORDS * APART) as usize]);
        // At any moment of an edit, the first or a later one.
        let begun = Instant::now();
        edit(&path, |file| set_all(file, 0)).unwrap();
        let longest = 3 * begun.elapsed().as_micros() as usize;
        let (mut before, mut after) = (0, 0);
        for _ in 0..kills {
            let mut child = child(how, &path).spawn().unwrap();
            thread::sleep(Duration::from_micros(4000 + random.below(longest) as u64));
            child.kill().unwrap();
            child.wait().unwrap();
            before += u32::from(!is_whole(&path));
            recover(&path).unwrap();
            after += u32::from(!is_whole(&path));
            assert!(!journal_of(&path).exists());
        }
        println!(
            "{how}: of {kills} killed, half edited before and after recovery: {before}, {after}"
        );
        assert!(how == "plain" || after == 0);
    }
}

#[test]
fn the_file_keeps_its_links_and_permissions_and_the_journal_has_them() {
    let (folder, path) = file(b"old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(&path).unwrap();
    let (soft, hard) = (folder.path().join("soft"), folder.path().join("hard"));
    symlink(&path, &soft).unwrap();
    fs::hard_link(&path, &hard).unwrap();
    for (name, journal) in [(&soft, &path), (&hard, &hard)] {
        edit(name, |file| {
            let journal = fs::metadata(journal_of(journal))?;
            assert_eq!(journal.mode() & 0o777, 0o640);
            assert_eq!((journal.uid(), journal.gid()), (before.uid(), before.gid()));
            // The other names are the same file.
            for other in [&path, &soft, &hard] {
                let error = edit(other, |_| Ok::<_, MmioError>(())).unwrap_err();
                assert!(matches!(error, MmioError::SharingViolation { .. }), "{error}");
            }
            file.write_all(b"new")
        })
        .unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!((after.ino(), after.nlink(), after.mode()), (before.ino(), 2, before.mode()));
        assert!(fs::symlink_metadata(&soft).unwrap().is_symlink());
        assert_eq!(fs::read(&hard).unwrap(), b"new");
        fs::write(&path, b"old").unwrap();
    }
}

#[test]
fn a_link_at_the_journals_name_is_refused_and_not_followed() {
    let (folder, path) = file(b"old");
    let target = folder.path().join("target");
    for make in [|a: &Path, b: &Path| symlink(a, b), |a: &Path, b: &Path| fs::hard_link(a, b)] {
        fs::write(&target, []).unwrap();
        make(&target, &journal_of(&path)).unwrap();
        let error = edit(&path, |file| file.write_all(b"new").map_err(Into::into)).unwrap_err();
        let error: Box<dyn std::error::Error> = error;
        assert!(matches!(error.downcast_ref(), Some(MmioError::JournalForeign { .. })), "{error}");
        assert_eq!((fs::read(&path).unwrap(), fs::read(&target).unwrap()), (b"old".into(), vec![]));
        fs::remove_file(journal_of(&path)).unwrap();
    }
}

#[test]
fn where_no_journal_can_be_made_the_file_is_untouched() {
    let (folder, path) = file(b"old");
    // Root may write in every folder, so the name is made impossible as well.
    let long = folder.path().join("n".repeat(250));
    fs::write(&long, b"old").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let is_root = fs::write(folder.path().join("probe"), b"").is_ok();
    let paths = if is_root { vec![&long] } else { vec![&long, &path] };
    for path in paths {
        let error = edit(path, |_| Ok::<_, MmioError>(())).unwrap_err();
        let MmioError::CannotOpen { path: named, .. } = &error else { panic!("{error}") };
        assert!(named.as_os_str().to_str().unwrap().ends_with(".mmio-journal"));
        assert_eq!(fs::read(path).unwrap(), b"old");
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_file_whose_journal_would_have_too_long_a_name_has_none_to_recover() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("n".repeat(250));
    fs::write(&path, b"old").unwrap();
    assert_eq!(recover(&path).unwrap(), mmio_file::journal::Recovered::Nothing);
    discard(&path).unwrap();
    let error = edit(&path, |_| Ok::<_, MmioError>(())).unwrap_err();
    let MmioError::CannotOpen { path: named, .. } = &error else { panic!("{error}") };
    assert!(named.as_os_str().to_str().unwrap().ends_with(".mmio-journal"));
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn a_full_file_system_leaves_the_old_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
        .arg(folder.path())
        .output();
    if !mount.is_ok_and(|output| output.status.success()) {
        println!("skipped: a file system can't be mounted here");
        return;
    }
    let path = folder.path().join("file");
    let old = vec![7; 100_000];
    fs::write(&path, &old).unwrap();
    // No room for what the buffer holds at the commit.
    let filler = folder.path().join("filler");
    fs::write(&filler, vec![1; 130_000]).unwrap();
    let commit_full = edit(&path, |file| file.write_all(&vec![8; 60_000]));
    let after_commit_full = fs::read(&path).unwrap();
    fs::remove_file(&filler).unwrap();
    // No room for the payload; then for the payload, and not for the file that grows.
    let journal_full = edit(&path, |file| file.write_all(&vec![8; 200_000]));
    let after_journal_full = fs::read(&path).unwrap();
    let applied_full = edit(&path, |file| {
        file.seek(SeekFrom::End(0))?;
        file.write_all(&vec![9; 90_000])
    });
    let is_kept = journal_of(&path).exists();
    let again = recover(&path);
    // Room, by a larger file system.
    let more = Command::new("mount").args(["-o", "remount,size=1m"]).arg(folder.path()).status();
    let recovered = recover(&path);
    let new = fs::read(&path).unwrap();
    Command::new("umount").arg(folder.path()).status().unwrap();

    let error = commit_full.unwrap_err();
    let error = MmioError::from_io(&error).unwrap();
    assert!(matches!(error, MmioError::CannotWrite { unwritten: 0, .. }), "{error}");
    assert_eq!(after_commit_full, old);
    assert_eq!(journal_full.unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(after_journal_full, old);
    let error = applied_full.unwrap_err();
    let error = MmioError::from_io(&error).unwrap();
    assert!(matches!(error, MmioError::CommitUnapplied { .. }), "{error}");
    assert!(is_kept && matches!(again, Err(MmioError::CommitUnapplied { .. })));
    assert!(more.unwrap().success());
    assert_eq!(recovered.unwrap(), mmio_file::journal::Recovered::Applied);
    assert_eq!(new, [old, vec![9; 90_000]].concat());
}
