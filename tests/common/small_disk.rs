//! A file system that is really full. Linux only, and only where one can be mounted.
#![allow(dead_code, reason = "no test binary uses all of it")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// A file system of 64 KiB in memory, and a file that fills most of it until room is needed.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// With a ballast of `len` bytes. `None` where a file system can't be mounted.
    pub(crate) fn with_ballast(len: usize) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
            .arg(folder.path())
            .output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            println!("skipped: a file system can't be mounted here");
            return None;
        }
        let disk = Self { folder };
        fs::write(disk.ballast(), vec![0; len]).unwrap();
        Some(disk)
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    /// Makes the ballast longer until nothing fits any more.
    pub(crate) fn fill(&self) {
        let mut ballast = OpenOptions::new().append(true).open(self.ballast()).unwrap();
        while ballast.write_all(&[0; 4096]).is_ok() {}
    }

    /// Makes room for a page or two more.
    pub(crate) fn make_room(&self) {
        let ballast = OpenOptions::new().write(true).open(self.ballast()).unwrap();
        let len = ballast.metadata().unwrap().len();
        assert!(len > 0, "there was room enough");
        ballast.set_len(len.saturating_sub(8192)).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, since a failed test may still have a file open.
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

/// Bytes of which no two stretches of some length are alike.
pub(crate) fn words(len: usize) -> Vec<u8> {
    (0_u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(len).collect()
}
