//! Real files, sound and broken, are walked as they should be, and as other programs do.

#[path = "../../examples/riff_tree.rs"]
#[allow(dead_code)]
mod riff_tree;

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use mmio_file::MmioFile;
use mmio_file::riff::{Chunk, Find, FourCc, RiffRead};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The files of `tests/data` that are RIFF, or something like it.
fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(data(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end != "md" && end != "txt"))
        .collect();
    names.sort();
    names
}

/// What a program prints; `None`, and a word about it, if it is not installed.
fn output(program: &str, arguments: &[&str], path: &Path) -> Option<String> {
    let Ok(output) = Command::new(program).args(arguments).arg(path).output() else {
        println!("skipped: {program} is not installed");
        return None;
    };
    assert!(output.status.success(), "{program} {}: {output:?}", path.display());
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The listing of a file, with the error that ended it.
fn tree(path: &Path, capacity: usize) -> String {
    let mut out = Vec::new();
    let mut file = MmioFile::options().read(true).capacity(capacity).open(path).unwrap();
    let end = riff_tree::print_tree(&mut file, &mut out);
    if let Err(error) = end {
        writeln!(out, "{error}").unwrap();
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn every_file_is_walked_as_the_listing_says() {
    let mut found = String::new();
    for name in names() {
        found += &[&name, "\n", &tree(&data(&name), 4096)].concat();
    }
    if std::env::var_os("MMIO_FILE_WRITE_LISTING").is_some() {
        fs::write(data("riff_trees.txt"), &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(data("riff_trees.txt")).unwrap());
}

#[test]
fn every_file_is_walked_alike_at_every_capacity() {
    for name in names() {
        let expected = tree(&data(&name), 1 << 20);
        for capacity in [0, 1, 7, 32, 100] {
            assert_eq!(tree(&data(&name), capacity), expected, "{name}, {capacity} bytes");
        }
    }
}

fn open(name: &str) -> (MmioFile, Chunk) {
    let mut file = MmioFile::open(data(name)).unwrap();
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    (file, riff)
}

fn id(id: &str) -> Find {
    Find::Id(id.parse().unwrap())
}

/// Where a program finds packets of data, and how long they are.
fn packets(name: &str) -> Option<Vec<(u64, u64)>> {
    let arguments = ["-v", "error", "-show_entries", "packet=size,pos", "-of", "csv=p=0"];
    let parse = |line: &str| {
        let (len, offset) = line.split_once(',').unwrap();
        (offset.parse().unwrap(), len.parse().unwrap())
    };
    let text = output("ffprobe", &arguments, &data(name))?;
    Some(text.lines().map(parse).collect())
}

#[test]
fn the_audio_is_where_ffprobe_finds_it_even_in_broken_files() {
    let names = names().into_iter().filter(|name| name.contains(".wav") && name != "rifx.wav");
    for name in names {
        let (mut file, riff) = open(&name);
        let Some(audio) = file.find_chunk(Some(&riff), id("data")).unwrap() else { continue };
        let Some(packets) = packets(&name) else { return };
        assert_eq!(packets[0].0, audio.data_offset(), "{name}");
        let len: u64 = packets.iter().map(|(_, len)| len).sum();
        assert_eq!(len, audio.data_len(), "{name}");
    }
}

#[test]
fn the_chunks_of_a_movie_are_where_ffprobe_finds_them() {
    let (mut file, riff) = open("movie.avi");
    let movi = Find::List(Some(FourCc::new(*b"movi")));
    let movi = file.find_chunk(Some(&riff), movi).unwrap().unwrap();
    let mut found = Vec::new();
    while let Some(chunk) = file.next_chunk(Some(&movi)).unwrap() {
        found.push((chunk.data_offset(), chunk.data_len()));
        file.ascend(&chunk).unwrap();
    }
    if let Some(mut packets) = packets("movie.avi") {
        packets.sort_unstable();
        assert_eq!(packets, found);
    }
}

#[test]
fn the_audio_is_as_long_as_soxi_says() {
    for name in ["u8.wav", "s16.wav", "s24.wav", "info.wav", "bext.wav", "rf64.wav", "no_pad.wav"] {
        let (mut file, riff) = open(name);
        let format = file.find_chunk(Some(&riff), id("fmt")).unwrap().unwrap();
        let mut bytes = Vec::new();
        file.chunk_reader(&format).read_to_end(&mut bytes).unwrap();
        let audio = file.find_chunk(Some(&riff), id("data")).unwrap().unwrap();
        let frames = audio.data_len() / u64::from(u16::from_le_bytes([bytes[12], bytes[13]]));
        let Some(text) = output("soxi", &["-s"], &data(name)) else { return };
        assert_eq!(text.trim(), frames.to_string(), "{name}");
    }
}

#[test]
fn the_chunks_of_a_picture_are_where_webpinfo_finds_them() {
    for name in ["lossy.webp", "lossless.webp", "anim.webp"] {
        let (mut file, riff) = open(name);
        let mut found = Vec::new();
        while let Some(chunk) = file.next_chunk(Some(&riff)).unwrap() {
            let start = chunk.data_offset() - 8;
            file.ascend(&chunk).unwrap();
            let len = file.stream_position().unwrap() - start;
            found.push(format!("Chunk {} at offset {start:>6}, length {len:>6}", chunk.id()));
            if chunk.id() == FourCc::new(*b"ANMF") {
                // The picture in it, after what says where it is shown.
                file.seek(SeekFrom::Start(start + 24)).unwrap();
                let inner = file.next_chunk(Some(&chunk)).unwrap().unwrap();
                let (start, len) = (start + 24, inner.data_len() + 8);
                found.push(format!("Chunk {} at offset {start:>6}, length {len:>6}", inner.id()));
                file.ascend(&chunk).unwrap();
            }
        }
        let Some(text) = output("webpinfo", &[], &data(name)) else { return };
        let chunks: Vec<_> = text.lines().filter(|line| line.starts_with("Chunk ")).collect();
        assert_eq!(chunks, found, "{name}");
    }
}
