//! Real files: opening, sharing, full disks, and what an operating system makes of it all.

mod disk_full;
mod full_tmpfs;
mod hazards;
mod large_files;
mod open;
mod sharing;
