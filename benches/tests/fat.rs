//! A file system in a file, by `fatfs`: its calls on the stream, and the example of it.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::io::{Read, Seek, Write};

use common::counted::{file_of, flush};
use common::example::example;

#[test]
fn a_fat_image_of_200_files() {
    let (mut file, stream) = file_of(4 << 20);
    fatfs::format_volume(&mut file, fatfs::FormatVolumeOptions::new()).unwrap();
    file.rewind().unwrap();
    let volume = fatfs::FileSystem::new(&mut file, fatfs::FsOptions::new()).unwrap();
    let root = volume.root_dir();
    for index in 0..200 {
        let mut made = root.create_file(&format!("file-{index}.txt")).unwrap();
        made.write_all(&[b'x'; 1000]).unwrap();
    }
    for index in 0..200 {
        let mut content = Vec::new();
        root.open_file(&format!("file-{index}.txt")).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content.len(), 1000);
    }
    for index in (0..200).step_by(2) {
        root.remove(&format!("file-{index}.txt")).unwrap();
    }
    drop(root);
    volume.unmount().unwrap();
    flush(&mut file);
    let (reads, writes, seeks) = stream.calls();
    println!("a FAT image: {reads} reads, {writes} writes, {seeks} seeks");
    // Without a buffer, the same work takes hundreds of thousands.
    assert!(reads + writes + seeks < 7000, "{reads} reads, {writes} writes, {seeks} seeks");
}

#[test]
fn fat_image_makes_the_same_image_with_few_calls() {
    let text = String::from_utf8(example("fat_image").output().unwrap().stdout).unwrap();
    let calls = |line: &str| -> u64 {
        assert!(line.ends_with("100 files in the image"), "{line}");
        line.split([':', ' ']).find_map(|word| word.parse().ok()).unwrap()
    };
    let [with, without] = text.lines().map(calls).collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert!(with * 100 < without, "{text}");
}
