//! Real files beside other readers: they see the chunks that are seen here, and after an append they see
//! the same audio and pictures, and the title.
//!
//! `MMIO_RIFF_FOLDERS=FOLDER:FOLDER` takes the files of folders too, at any depth; `ci/beside_readers.sh`
//! makes many. What is printed are figures, and every difference with its explanation.

mod readers;
mod reading;
mod report;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use mmio_file::MmioFile;
use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};

use reading::{Found, Reading};
use report::{Reason, Report};

const INAM: FourCc = FourCc::new(*b"INAM");
const NOTE: FourCc = FourCc::new(*b"note");
const TITLE: &str = "A title";

/// The README's `set_title`, for any RIFF, and then a chunk.
fn append(path: &Path) -> io::Result<()> {
    let mut file = MmioFile::open_rw(path)?;
    let riff = file.descend(None, Find::Riff(None))?;
    let mut tags = file.info(&riff)?;
    tags.retain(|(id, _)| *id != INAM);
    tags.push((INAM, format!("{TITLE}\0").into_bytes()));
    let tags: Vec<(FourCc, &[u8])> = tags.iter().map(|(id, text)| (*id, &text[..])).collect();
    file.set_info(&riff, &tags)?;
    file.append_chunk(&riff, NewChunk::id(NOTE), |file| file.write_all(b"odd"))?;
    Ok(file.close()?)
}

/// Walks a file, and appends to a copy of it.
fn examine(path: &Path) -> Report {
    let mut report = Report::default();
    report.count("files");
    let before = match Reading::of(path) {
        Ok(Some(reading)) => reading,
        Ok(None) => {
            report.note("no RIFF in it");
            return report;
        }
        Err(error) => {
            report.note(&format!("not walked: {}", kind(&error.into())));
            return report;
        }
    };
    report.count("walked to the end");
    compare_reading(&mut report, path, &before, "before");

    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(path.file_name().unwrap());
    fs::copy(path, &copy).unwrap();
    if let Err(error) = append(&copy) {
        report.note(&format!("append refused: {}", kind(&error)));
        assert!(fs::read(path).unwrap() == fs::read(&copy).unwrap(), "{}", path.display());
        return report;
    }
    report.count("appended");
    let after = Reading::of(&copy).unwrap().unwrap();
    compare_own(&mut report, &before, &after);
    compare_bytes(&mut report, path, &copy, &before);
    compare_reading(&mut report, &copy, &after, "after");
    compare_decoded(&mut report, path, &copy, &before);
    compare_titles(&mut report, &copy, &after);
    report
}

/// Whether others see the chunks and the data that are seen here.
fn compare_reading(report: &mut Report, path: &Path, seen: &Reading, when: &str) {
    if let Some(theirs) = readers::webp_chunks(path) {
        let ours = seen.children().map(|found| {
            let start = found.chunk.data_offset() - 8;
            (found.chunk.id().to_string(), start, found.end - start)
        });
        // It lists what is in a frame too, and leaves out what it does not know.
        let ours: Vec<_> = ours.filter(|chunk| !["LIST", "note"].contains(&&chunk.0[..])).collect();
        let theirs: Vec<_> = theirs.into_iter().filter(|chunk| ours.contains(chunk)).collect();
        let detail = format!("{ours:?}, they {theirs:?}");
        report.compare(&format!("{when}: chunks, libwebp"), ours == theirs, None, &detail);
    }
    if let Some(packets) = readers::packets(path).filter(|packets| !packets.is_empty()) {
        match &seen.form()[..] {
            "WAVE" => compare_audio(report, seen, &packets, when),
            "AVI " => compare_movie(report, seen, &packets, when),
            _ => {}
        }
    }
    if let Some(theirs) = readers::sndfile(path) {
        let what = format!("{when}: data, libsndfile");
        compare_samples(report, seen, &what, theirs.samples);
        compare_names(report, path, seen, &theirs.names, when);
    }
    if let Some(theirs) = readers::samples_of_sox(path) {
        compare_samples(report, seen, &format!("{when}: data, SoX"), theirs);
    }
}

/// Whether libsndfile lists the same chunks.
fn compare_names(report: &mut Report, path: &Path, seen: &Reading, theirs: &[String], when: &str) {
    let ours: Vec<_> = seen.children().map(Found::name).collect();
    let is_odd = seen.data_chunk().is_some_and(|data| data.data_len() % 2 == 1);
    let ends_with_data = theirs.last().is_some_and(|name| name == "data");
    let follows = seen.children().last().is_some_and(|last| last.end < len_of(path));
    let why = if is_odd && ends_with_data && ours.starts_with(theirs) && seen.is_rf64() {
        Some("an RF64 with a data of an odd length, after which libsndfile lists nothing")
    } else if follows && theirs.starts_with(&ours) {
        Some("bytes after the last chunk, which libsndfile takes for one")
    } else {
        None
    };
    let what = format!("{when}: chunks, libsndfile");
    report.compare(&what, ours == theirs, why, &format!("{ours:?}, they {theirs:?}"));
}

fn len_of(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// How many samples there are, which other programs believe the header about.
fn compare_samples(report: &mut Report, seen: &Reading, what: &str, theirs: u64) {
    let Some(ours) = seen.samples() else { return };
    let is_wrong = seen.data_chunk().is_some_and(|data| data.declared_size() != data.data_len());
    let why = is_wrong.then_some("takes the size in the header, which is wrong");
    report.compare(what, ours == theirs, why, &format!("{ours} samples, they {theirs}"));
}

fn compare_audio(report: &mut Report, seen: &Reading, packets: &[(u64, u64)], when: &str) {
    let theirs = packets[0].0..packets[0].0 + packets.iter().map(|(_, len)| len).sum::<u64>();
    let ours = seen.data_chunk().map_or(0..0, Chunk::data_range);
    // A block that is not whole is not played.
    let rest = ours.end.checked_sub(theirs.end);
    let is_alike =
        ours.start == theirs.start && rest.is_some_and(|rest| rest < seen.block().unwrap_or(1));
    let what = format!("{when}: data, FFmpeg");
    report.compare(&what, is_alike, empty_data(seen), &format!("{ours:?}, they {theirs:?}"));
}

/// Whether every packet of a movie is in a chunk. (One of PCM may be a part of it.)
fn compare_movie(report: &mut Report, seen: &Reading, packets: &[(u64, u64)], when: &str) {
    let in_one = |start: u64, end: u64| {
        let ranges = seen.chunks.iter().map(|found| found.chunk.data_range());
        ranges.into_iter().any(|range| range.start <= start && end <= range.end)
    };
    // Those in a second RIFF are not looked at.
    let end = seen.riff.data_range().end;
    let mut packets = packets.iter().filter(|(start, _)| *start < end);
    let strange = packets.find(|(start, len)| !in_one(*start, start + len));
    let detail = format!("they have one at {strange:?}");
    report.compare(&format!("{when}: frames, FFmpeg"), strange.is_none(), None, &detail);
}

/// What is read here after an append.
fn compare_own(report: &mut Report, before: &Reading, after: &Reading) {
    let title = (INAM, format!("{TITLE}\0").into_bytes());
    let old: Vec<_> = before.info.iter().filter(|item| item.0 != INAM).cloned().collect();
    let is_found = after.info == [old, vec![title]].concat();
    report.compare("after: title and old tags are found", is_found, None, "");
    let last = after.children().last().unwrap().chunk;
    let is_found = last.id() == NOTE && last.data_len() == 3;
    report.compare("after: the chunk is found", is_found, None, "");
    let data = |seen: &Reading| seen.data_chunk().map(Chunk::data_range);
    let is_kept = data(before) == data(after) && before.audio == after.audio;
    report.compare("after: data is what it was", is_kept, None, "");
    report.compare("after: all sizes are right", after.is_sound(), None, "");
}

/// Whether no byte has changed but names and sizes, pads, the lengths in a `ds64`, and zeros or stray
/// bytes at the end.
fn compare_bytes(report: &mut Report, path: &Path, copy: &Path, before: &Reading) {
    let (old, new) = (fs::read(path).unwrap(), fs::read(copy).unwrap());
    let end = before.children().last().map_or(before.riff.data_offset() + 4, |last| last.end);
    let is_stray = old.len() as u64 - end < 8;
    let data = |offset: u64| {
        let chunks = before.chunks.iter().filter(|found| found.chunk.form().is_none());
        let mut chunks = chunks.filter(|found| found.name() != "ds64");
        chunks.any(|found| found.chunk.data_range().contains(&offset))
    };
    let is_kept = |offset: usize| {
        let at = offset as u64;
        if at < end { data(at) } else { old[offset] != 0 && !is_stray }
    };
    let changed = (0..old.len()).filter(|&offset| new.get(offset) != Some(&old[offset]));
    let changed: Vec<_> = changed.filter(|&offset| is_kept(offset)).collect();
    report.compare(
        "after: bytes are what they were",
        changed.is_empty(),
        None,
        &format!("{changed:?}"),
    );
}

/// Whether the same is played and shown as before the append.
fn compare_decoded(report: &mut Report, path: &Path, copy: &Path, before: &Reading) {
    let (old, new) = (readers::decoded(path), readers::decoded(copy));
    if old.is_none() && new.is_none() {
        return;
    }
    let was_silent = || readers::packets(path).is_none_or(|packets| packets.is_empty());
    let why = if old == new {
        None
    } else if before.is_open_rf64() && was_silent() {
        Some("a length of 0 in a ds64, which FFmpeg believes; now it is right, and data is played")
    } else if readers::encoded(path) == readers::encoded(copy) {
        Some(
            "a frame that was cut, which FFmpeg does not decode alike twice; it takes the same bytes",
        )
    } else {
        empty_data(before)
    };
    let detail = format!("{old:?}, now {new:?}");
    report.compare("after: decoded alike, FFmpeg", old == new, why, &detail);
}

fn compare_titles(report: &mut Report, copy: &Path, after: &Reading) {
    if !["WAVE", "AVI "].contains(&&after.form()[..]) {
        return;
    }
    if let Some(title) = readers::title_of_ffmpeg(copy) {
        let has_movie = || {
            let forms = after.children().filter_map(|found| found.chunk.form());
            forms.into_iter().any(|form| form == FourCc::new(*b"movi"))
        };
        let why = if after.form() == "AVI " && !has_movie() {
            Some("an AVI that was cut in its headers, which FFmpeg reads past the ends of")
        } else {
            empty_data(after)
        };
        report.compare("after: title, FFmpeg", title == TITLE, why, &title);
    }
    if let Some(title) = readers::title_of_mediainfo(copy) {
        let has = |is_it: fn(&Found) -> bool| after.children().any(is_it);
        let twice = "an AVI without an index, whose end MediaInfo reads twice";
        let is_twice =
            title == format!("{TITLE} / {TITLE}") && !has(|found| found.name() == "idx1");
        let why = if is_twice {
            Some(twice)
        } else if has(|found| found.name() == "ds64" && found.chunk.data_len() < 28) {
            Some("a ds64 without a table, which MediaInfo does not get past")
        } else if has(|found| found.name() == "LIST" && found.chunk.form().is_none()) {
            Some("a LIST without a type, which MediaInfo does not get past")
        } else {
            empty_data(after)
        };
        report.compare("after: title, MediaInfo", title == TITLE, why, &title);
    }
}

/// An empty `data` is played to the end of the file, with whatever follows it.
fn empty_data(seen: &Reading) -> Option<Reason> {
    let is_empty = seen.data_chunk().is_some_and(|data| data.data_len() == 0);
    is_empty.then_some("an empty data, which others play to the end of the file")
}

/// The name of an error.
fn kind(error: &io::Error) -> String {
    let text = format!("{:?}", error.get_ref().unwrap());
    text.split([' ', '(', '{']).next().unwrap().to_owned()
}

/// The files of a folder, at any depth.
fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_in(&path, found);
        } else if path.extension().is_none_or(|end| end != "md" && end != "txt") {
            found.push(path);
        }
    }
}

#[test]
fn others_see_the_same_chunks_and_after_an_append_the_same_audio_and_the_title() {
    let missing = readers::missing();
    if !missing.is_empty() {
        println!("not installed, and so not compared with: {}", missing.join(", "));
    }
    let mut files = Vec::new();
    files_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data"), &mut files);
    if let Some(folders) = std::env::var_os("MMIO_RIFF_FOLDERS") {
        std::env::split_paths(&folders).for_each(|folder| files_in(&folder, &mut files));
    }
    files.sort();
    let (next, report) = (AtomicUsize::new(0), Mutex::new(Report::default()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = examine(path);
                    report.lock().unwrap().add(&path.display().to_string(), found);
                }
            });
        }
    });
    let unexplained = report.into_inner().unwrap().print();
    assert!(unexplained.is_empty(), "nothing explains that {}", unexplained.join("\n"));
}
