//! Real files: opening, sharing, full disks, and what an operating system makes of it all.

#[cfg(target_os = "linux")]
#[path = "../common/small_disk.rs"]
mod small_disk;

mod disk_full;
mod from_file;
mod full_tmpfs;
mod hazards;
mod large_files;
mod open;
mod sharing;
