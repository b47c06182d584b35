//! What an append, and a title, do to a file of whatever bytes: what was appended is found, and nothing
//! before it has changed but sizes and pads. The fuzz target uses this too.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
use mmio_file::{FlushFlags, MmioError, MmioFile};

use crate::stopping::Stopping;

const NOTE: FourCc = FourCc::new(*b"note");
const NOTE_TEXT: &[u8] = b"A note that was added";
const INAM: FourCc = FourCc::new(*b"INAM");
const TITLE: &[u8] = b"A title\0";

/// Any stream. What edits one of these is compiled once, and not for each stream there is.
pub(crate) trait Stream: Read + Write + Seek {}

impl<S: Read + Write + Seek> Stream for S {}

fn first_riff(file: &mut (impl Read + Seek + ?Sized)) -> Option<Chunk> {
    file.find_chunk(None, Find::Riff(None)).ok().flatten()
}

fn append_note(file: &mut dyn Stream, riff: &Chunk) -> io::Result<()> {
    file.append_chunk(riff, NewChunk::id(NOTE), |file| file.write_all(NOTE_TEXT))
}

/// Whether an append was refused. Nothing has been written then.
fn is_refused(answer: io::Result<()>, before: &[u8], after: &[u8]) -> bool {
    let Err(error) = answer else { return false };
    let error: MmioError = error.downcast().unwrap();
    let is_refusal = matches!(error, MmioError::NotAtEnd { .. } | MmioError::InvalidFile { .. });
    assert!(is_refusal, "{error}");
    assert_eq!(after, before, "refused, and yet changed");
    true
}

/// Appends a chunk to the first RIFF, and checks what there is then; whether it was appended.
pub(crate) fn append(before: &[u8]) -> bool {
    let mut file = Cursor::new(before.to_vec());
    let Some(riff) = first_riff(&mut file) else { return false };
    let answer = append_note(&mut file, &riff);
    if is_refused(answer, before, file.get_ref()) {
        return false;
    }
    let start = check_last(before, file.get_ref(), NOTE, NOTE_TEXT);
    only_sizes_differ(before, &file.get_ref()[..start.min(before.len())]);
    true
}

/// Sets a title, and checks what there is then; whether it was set.
pub(crate) fn set_info(before: &[u8]) -> bool {
    let mut file = Cursor::new(before.to_vec());
    let Some(riff) = first_riff(&mut file) else { return false };
    let answer = file.set_info(&riff, &[(INAM, TITLE)]);
    if is_refused(answer, before, file.get_ref()) {
        return false;
    }
    let list = [b"INFOINAM\x08\0\0\0", TITLE].concat();
    let start = check_last(before, file.get_ref(), FourCc::LIST, &list);
    only_sizes_differ(before, &file.get_ref()[..start.min(before.len())]);
    let riff = first_riff(&mut file).expect("the RIFF is lost");
    assert_eq!(file.info(&riff).unwrap(), [(INAM, TITLE.to_vec())]);
    true
}

/// Appends a chunk to the first RIFF of a file on a stream that stops after so many bytes, and then once
/// more; whether there was a failure, after which it was appended.
pub(crate) fn append_again(before: &[u8], after: usize) -> bool {
    let stream = Stopping::new(before, after);
    let mut file = MmioFile::with_capacity(16, stream.clone());
    let edited: &mut dyn Stream = &mut file;
    let Some(riff) = first_riff(edited) else { return false };
    let answer = append_note(edited, &riff);
    if !stream.has_stopped() {
        // Refused, or appended at once.
        return false;
    }
    check_children(before, &stream.content());
    stream.repair();
    if answer.is_err() {
        let failed = stream.content();
        let riff = first_riff(edited).expect("the RIFF is lost");
        let again = append_note(edited, &riff);
        let text = (before.escape_ascii(), failed.escape_ascii());
        again.unwrap_or_else(|error| panic!("{}, then {}: {error}", text.0, text.1));
    }
    file.flush(FlushFlags::empty()).unwrap();
    let after = stream.content();
    check_last(before, &after, NOTE, NOTE_TEXT);
    check_children(before, &after);
    let count = |bytes: &[u8]| listing(bytes).iter().filter(|(id, _)| *id == NOTE).count();
    assert_eq!(count(&after), count(before) + 1, "{}", after.escape_ascii());
    true
}

/// The last chunk is this one, and where it begins only zeros and fewer than 8 bytes were before, or the
/// `JUNK` of open size that a failed append leaves.
fn check_last(before: &[u8], after: &[u8], id: FourCc, content: &[u8]) -> usize {
    let mut file = Cursor::new(after);
    let text = || format!("{} has become {}", before.escape_ascii(), after.escape_ascii());
    let riff = first_riff(&mut file).unwrap_or_else(|| panic!("the RIFF is lost: {}", text()));
    let (found, data) = listing(after).pop().expect("the chunk is lost");
    assert_eq!(found, id, "{}", text());
    let at = |offset| usize::try_from(offset).unwrap();
    assert_eq!(&after[at(data.start)..at(data.end)], content, "{}", text());
    assert_eq!(riff.data_range().end, data.end + (data.end - data.start) % 2, "{}", text());
    let start = at(data.start) - 8;
    let was_there = before.get(start..).unwrap_or_default();
    let is_open_junk = was_there.starts_with(b"JUNK") && was_there.get(7) == Some(&0xFF);
    let was_free = was_there.iter().filter(|byte| **byte != 0).count() < 8;
    assert!(was_free || is_open_junk, "{}", text());
    start
}

/// Names and places of the chunks in the first RIFF.
fn listing(bytes: &[u8]) -> Vec<(FourCc, Range<u64>)> {
    let mut file = Cursor::new(bytes);
    let riff = first_riff(&mut file).expect("the RIFF is lost");
    let mut found = Vec::new();
    file.seek(SeekFrom::Start(riff.data_offset())).unwrap();
    while let Some(chunk) = file.next_chunk(Some(&riff)).unwrap() {
        file.ascend(&chunk).unwrap();
        found.push((chunk.id(), chunk.data_range()));
    }
    found
}

/// All chunks are where they were, and nothing follows them but what an append leaves.
fn check_children(before: &[u8], after: &[u8]) {
    let (old, new) = (listing(before), listing(after));
    let text = || format!("{} has become {}", before.escape_ascii(), after.escape_ascii());
    let kept = old.len().saturating_sub(1);
    assert!(new.len() >= old.len() && new[..kept] == old[..kept], "{}", text());
    if let Some((_, data)) = old.last() {
        assert_eq!(new[kept].1.start, data.start, "{}", text());
    }
    for (id, _) in &new[old.len()..] {
        let name = id.to_bytes();
        let is_left = name[0] == b'~' || (name[0] == b'J' && name[3] == 0);
        assert!(is_left || [NOTE, FourCc::JUNK].contains(id), "{}", text());
    }
}

/// Every byte that differs is in a size, in a length of a `ds64`, a pad, a stray byte at the end of the file,
/// or in the name of a LIST, or one that was half written, that has become a JUNK.
fn only_sizes_differ(before: &[u8], after: &[u8]) {
    let mut at = 0;
    while at < after.len() {
        if before[at] == after[at] {
            at += 1;
            continue;
        }
        let name = |from: usize| before.get(from..from + 4).unwrap_or_default();
        let is_size = (1..=4).any(|back| {
            let header = at.checked_sub(back + 3);
            header.is_some_and(|at| name(at).iter().all(|byte| (b' '..=b'~').contains(byte)))
        });
        let is_in_ds64 = before[..at].windows(4).rev().take(48).any(|name| name == b"ds64");
        let is_pad = at + 1 >= after.len() || before.len() - at < 8;
        let is_list = (0..4).any(|back| {
            at.checked_sub(back).is_some_and(|at| {
                let is_list = [&b"LIST"[..], b"RIFF", b"RF64", b"BW64"].contains(&name(at));
                let is_begun = [&b"J\0\0\0"[..], b"JU\0\0", b"JUN\0"].contains(&name(at));
                let is_torn = is_begun || name(at).starts_with(b"~");
                (is_list || is_torn) && after.get(at..at + 4).is_none_or(|name| name == b"JUNK")
            })
        });
        assert!(
            is_size || is_in_ds64 || is_pad || is_list,
            "byte {at} of\n{} has become\n{}",
            before.escape_ascii(),
            after.escape_ascii()
        );
        at += 1;
    }
}
