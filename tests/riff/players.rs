//! Files that were written or edited here are taken by `ffprobe` and `soxi` without a warning, and
//! the audio in them is what it was, byte for byte.
//!
//! `MMIO_RIFF_SOXI=1` has `soxi` look at a file of more than 4 GiB too.

#[path = "../../examples/wav_record.rs"]
#[allow(dead_code)]
mod wav_record;
#[path = "../../examples/wav_tags.rs"]
#[allow(dead_code)]
mod wav_tags;

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use mmio_file::MmioFile;
use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
use wav_record::Format;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A file of `tests/data`, to be edited.
fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::copy(data(name), &path).unwrap();
    (folder, path)
}

/// What a program prints, if it does not complain; `None`, and a word, if it is not installed.
fn output(program: &str, arguments: &[&str], path: &Path) -> Option<Vec<u8>> {
    let command = Command::new(program).args(arguments).arg(path).output();
    let Ok(output) = command else {
        println!("skipped: {program} is not installed");
        return None;
    };
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{program}: {complaints}");
    Some(output.stdout)
}

/// Has both programs look at a file, and compares the number of samples.
fn is_accepted(path: &Path, samples: u64) {
    is_accepted_by_ffprobe(path, samples);
    if let Some(text) = output("soxi", &["-s"], path) {
        assert_eq!(String::from_utf8(text).unwrap().trim(), samples.to_string());
    }
}

fn is_accepted_by_ffprobe(path: &Path, samples: u64) {
    let arguments = ["-v", "warning", "-show_entries", "stream=duration_ts", "-of", "csv=p=0"];
    if let Some(text) = output("ffprobe", &arguments, path) {
        assert_eq!(String::from_utf8(text).unwrap().trim(), samples.to_string());
    }
}

fn audio(path: &Path) -> Vec<u8> {
    let mut file = MmioFile::open(path).unwrap();
    let (_, data) = enter_data(&mut file);
    let mut bytes = Vec::new();
    file.chunk_reader(&data).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The RIFF and its `data`, entered.
fn enter_data(file: &mut MmioFile) -> (Chunk, Chunk) {
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    let data = Find::Id(FourCc::new(*b"data"));
    (riff, file.descend(Some(&riff), data).unwrap())
}

const MONO: Format = Format { rate: 8000, channels: 1, bits: 8 };

#[test]
fn a_recording_of_odd_length_with_tags_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.wav");
    let samples: Vec<u8> = (0..=250).cycle().take(8 * 1234 + 3).collect();
    wav_record::record(&samples[..], &path, MONO).unwrap();
    is_accepted(&path, samples.len() as u64);
    let tags = [("INAM".parse().unwrap(), "odd".to_owned())];
    assert_eq!(wav_tags::edit(&path, &tags).unwrap(), tags);
    is_accepted(&path, samples.len() as u64);
    assert_eq!(audio(&path), samples);
    assert_eq!(fs::metadata(&path).unwrap().len() % 2, 0);
}

/// Audio that, whenever more of it is asked for, looks at what there is on the disk.
struct Watched<'a> {
    path: &'a Path,
    given: u64,
    looked: u32,
}

impl Read for Watched<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let on_disk = fs::read(self.path).unwrap();
        if !on_disk.is_empty() && self.given >= 8000 {
            let file = &mut io::Cursor::new(&on_disk[..]);
            let riff = file.descend(None, Find::Riff(None)).unwrap();
            assert!(!riff.is_truncated());
            let data = file.descend(Some(&riff), Find::Id(FourCc::new(*b"data"))).unwrap();
            assert!(!data.is_truncated());
            // All but what came since the last whole second.
            assert!(data.declared_size() + 8000 >= self.given);
            self.looked += 1;
        }
        if self.given >= 30_000 {
            return Ok(0);
        }
        let n = bytes.len().min(999);
        bytes[..n].fill(0x80);
        self.given += n as u64;
        Ok(n)
    }
}

#[test]
fn a_recording_is_right_on_the_disk_at_every_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.wav");
    let mut audio = Watched { path: &path, given: 0, looked: 0 };
    wav_record::record(&mut audio, &path, MONO).unwrap();
    assert!(audio.looked > 20);
}

#[test]
fn a_chunk_appended_to_a_recording_leaves_the_audio_alone() {
    for (name, samples) in [("u8.wav", 17), ("s24.wav", 6), ("tone.wav", 32_000), ("rf64.wav", 8)] {
        let (_folder, path) = copy(name);
        let mut file = MmioFile::open_rw(&path).unwrap();
        let riff = file.descend(None, Find::Riff(None)).unwrap();
        let mut riff = file.reopen(riff).unwrap();
        let note = NewChunk::id(FourCc::new(*b"note"));
        file.write_chunk(note, |file| file.write_all(b"odd")).unwrap();
        file.finish_chunk(&mut riff).unwrap();
        file.close().unwrap();
        is_accepted(&path, samples);
        assert_eq!(audio(&path), audio(&data(name)), "{name}");
    }
}

#[test]
fn appending_to_a_long_recording_copies_nothing() {
    let (_folder, path) = copy("tone.wav");
    let mut file = MmioFile::open_rw(&path).unwrap();
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    let mut riff = file.reopen(riff).unwrap();
    file.write_chunk(NewChunk::id(FourCc::new(*b"note")), |file| file.write_all(b"odd")).unwrap();
    file.finish_chunk(&mut riff).unwrap();
    // The header, the text and its pad byte, and the size of the RIFF.
    assert_eq!(file.dirty_len(), 8 + 4 + 4);
}

#[test]
fn tags_are_set_and_deleted_wherever_they_are() {
    let title = |text: &str| vec![(FourCc::new(*b"INAM"), text.to_owned())];
    // Without tags, with tags in front of the audio, and an RF64.
    for (name, samples) in [("u8.wav", 17), ("info.wav", 8), ("bext.wav", 8), ("rf64.wav", 8)] {
        let (_folder, path) = copy(name);
        for text in ["short", "a title that is longer than the first", "x", "even", ""] {
            let tags = wav_tags::edit(&path, &title(text)).unwrap();
            assert_eq!(tags, wav_tags::edit(&path, &[]).unwrap());
            let found = tags.iter().find(|(name, _)| *name == title("")[0].0);
            assert_eq!(found.map_or("", |(_, text)| text), text, "{name}");
            is_accepted(&path, samples);
            assert_eq!(audio(&path), audio(&data(name)), "{name} with {text:?}");
        }
    }
}

#[test]
fn a_tag_that_is_not_changed_keeps_its_bytes() {
    let (_folder, path) = copy("u8.wav");
    let latin = (FourCc::new(*b"IART"), &b"Bj\xF6rk\0\0"[..]);
    let mut file = MmioFile::open_rw(&path).unwrap();
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    file.set_info(&riff, &[latin]).unwrap();
    file.close().unwrap();
    wav_tags::edit(&path, &[("INAM".parse().unwrap(), "A title".to_owned())]).unwrap();
    let mut file = MmioFile::open(&path).unwrap();
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    assert_eq!(file.info(&riff).unwrap()[0], (latin.0, latin.1.to_vec()));
}

#[test]
fn ffprobe_reads_the_tags_that_were_set() {
    let (_folder, path) = copy("u8.wav");
    let tags = [("INAM".parse().unwrap(), "A title".to_owned())];
    wav_tags::edit(&path, &tags).unwrap();
    let arguments = ["-v", "warning", "-show_entries", "format_tags=title", "-of", "csv=p=0"];
    if let Some(text) = output("ffprobe", &arguments, &path) {
        assert_eq!(String::from_utf8(text).unwrap().trim(), "A title");
    }
}

#[test]
fn ffprobe_finds_the_title_in_what_was_settled() {
    let settled = ["riff_8_short.wav", "open_sizes.wav", "huge_sizes.wav", "last_chunk_cut.wav"];
    for name in settled.into_iter().chain(["ds64_of_24.wav", "info_without_pads.wav"]) {
        let (_folder, path) = copy(name);
        wav_tags::edit(&path, &[("INAM".parse().unwrap(), "A title".to_owned())]).unwrap();
        let arguments = ["-v", "warning", "-show_entries", "format_tags=title", "-of", "csv=p=0"];
        let Some(text) = output("ffprobe", &arguments, &path) else { return };
        assert_eq!(String::from_utf8(text).unwrap().trim(), "A title", "{name}");
        assert_eq!(audio(&path), audio(&data(name)), "{name}");
        is_accepted(&path, 8);
    }
}

#[test]
fn ffprobe_finds_the_tags_that_are_found_where_pad_bytes_are_missing() {
    let path = data("info_without_pads.wav");
    let found = wav_tags::edit(&path, &[]).unwrap();
    assert_eq!(found.iter().map(|(_, text)| text).collect::<Vec<_>>(), ["recorder", "Old name"]);
    let arguments = ["-v", "warning", "-show_entries", "format_tags", "-of", "default=nk=1:nw=1"];
    if let Some(text) = output("ffprobe", &arguments, &path) {
        assert_eq!(
            String::from_utf8(text).unwrap().lines().collect::<Vec<_>>(),
            ["recorder", "Old name"]
        );
    }
}

#[test]
fn a_recording_whose_program_was_killed_is_repaired() {
    for name in ["size_0.wav", "size_ffffffff.wav", "cut_in_data.wav", "size_fffffff8.wav"] {
        let (_folder, path) = copy(name);
        let mut file = MmioFile::open_rw(&path).unwrap();
        let (riff, data) = enter_data(&mut file);
        let mut riff = file.reopen(riff).unwrap();
        let samples = data.data_len() / 4;
        let mut data = file.reopen(data).unwrap();
        file.finish_chunk(&mut data).unwrap();
        file.finish_chunk(&mut riff).unwrap();
        file.close().unwrap();
        is_accepted(&path, samples);
    }
}

#[test]
fn an_rf64_of_more_than_4_gib_is_accepted() {
    const LEN: u64 = 5 << 30;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    let mut file = MmioFile::create(&path).unwrap();
    let mut riff = file.create_chunk(NewChunk::riff(FourCc::new(*b"WAVE")).with_reserve()).unwrap();
    let format = MmioFile::open(data("s16.wav")).unwrap();
    let mut format = format.into_inner().unwrap();
    format.seek(SeekFrom::Start(12)).unwrap();
    io::copy(&mut format.take(24), &mut file).unwrap();
    let mut audio = file.create_chunk(NewChunk::id(FourCc::new(*b"data"))).unwrap();
    file.seek_relative(i64::try_from(LEN).unwrap() - 4).unwrap();
    file.write_all(b"last").unwrap();
    file.finish_chunk(&mut audio).unwrap();
    riff.set_sample_count(LEN / 4);
    file.finish_chunk(&mut riff).unwrap();
    file.close().unwrap();
    is_accepted_by_ffprobe(&path, LEN / 4);
    // It takes most of a minute to go through a file of this length.
    if std::env::var_os("MMIO_RIFF_SOXI").is_some() {
        is_accepted(&path, LEN / 4);
    }
}

#[test]
fn lists_in_lists_are_accepted() {
    let (_folder, path) = copy("s16.wav");
    let mut file = MmioFile::open_rw(&path).unwrap();
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    let mut riff = file.reopen(riff).unwrap();
    file.write_chunk(NewChunk::list(FourCc::new(*b"adtl")), |file| {
        file.write_chunk(NewChunk::list(FourCc::new(*b"deep")), |file| {
            file.write_chunk(NewChunk::id(FourCc::new(*b"note")), |file| file.write_all(b"odd"))
        })
    })
    .unwrap();
    file.finish_chunk(&mut riff).unwrap();
    file.close().unwrap();
    is_accepted(&path, 8);
    assert_eq!(audio(&path), audio(&data("s16.wav")));
}
