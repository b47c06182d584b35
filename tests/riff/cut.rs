//! Files that were cut off, at every byte: what is before the cut is read, and stays as it is when
//! something is appended.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use mmio_file::MmioError;
use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};

use crate::make::{case, chunk, fmt, lengths, rf64_of, riff, sized};

const INAM: FourCc = FourCc::new(*b"INAM");
const NOTE: FourCc = FourCc::new(*b"note");
const TITLE: &[u8] = b"A title\0";

fn info() -> Vec<u8> {
    let items = [chunk("INAM", b"Old name\0"), chunk("IART", b"Somebody\0\0"), chunk("ICMT", b"")];
    chunk("LIST", &[b"INFO", &items.concat()[..]].concat())
}

/// Bytes that look neither like zeros nor like names, so that no rule takes them for anything else.
fn noise(len: usize) -> Vec<u8> {
    (0x80..=0xFE).cycle().take(len).collect()
}

/// A WAV with tags before or after its audio.
fn wav(audio: usize, is_info_first: bool) -> Vec<u8> {
    let audio = chunk("data", &noise(audio));
    let chunks = if is_info_first { [fmt(), info(), audio] } else { [fmt(), audio, info()] };
    riff(&chunks)
}

fn rf64(audio: usize) -> Vec<u8> {
    let audio_chunk = [sized("data", u32::MAX, &noise(audio)), vec![0; audio % 2]].concat();
    let ds64 = chunk("ds64", &[lengths(audio as u64), vec![0; 4]].concat());
    let mut bytes = rf64_of(&[ds64, fmt(), audio_chunk, info()]);
    let len = bytes.len() as u64 - 8;
    bytes[20..28].copy_from_slice(&len.to_le_bytes());
    bytes
}

/// The pictures of `anim.webp`, several times over.
fn webp() -> Vec<u8> {
    let short = case("anim.webp");
    let frames = short[44..].repeat(4);
    chunk("RIFF", &[&short[8..44], &frames[..]].concat())
}

/// A chunk that holds no others: its name, where its data begins, and the data.
type Leaf = (FourCc, u64, Vec<u8>);

/// All of them that are in `parent`, and in what is in it.
fn leaves(file: &mut Cursor<Vec<u8>>, parent: &Chunk) -> Vec<Leaf> {
    let mut found = Vec::new();
    file.seek(SeekFrom::Start(parent.data_offset())).unwrap();
    while let Some(chunk) = file.next_chunk(Some(parent)).unwrap() {
        if chunk.form().is_some() {
            found.extend(leaves(file, &chunk));
        } else if chunk.id() != FourCc::LIST {
            let mut data = Vec::new();
            file.chunk_reader(&chunk).read_to_end(&mut data).unwrap();
            found.push((chunk.id(), chunk.data_offset(), data));
        }
        file.ascend(&chunk).unwrap();
    }
    found
}

/// Those that an append has no reason to touch: not the tags, nor what has the length of the RIFF.
fn kept(leaves: &[Leaf]) -> Vec<Leaf> {
    let is_kept = |id: &[u8; 4]| !matches!(id, b"INAM" | b"IART" | b"ICMT" | b"JUNK" | b"ds64");
    leaves.iter().filter(|leaf| is_kept(&leaf.0.to_bytes())).cloned().collect()
}

fn enter(file: &mut Cursor<Vec<u8>>) -> Result<Option<Chunk>, MmioError> {
    file.find_chunk(None, Find::Riff(None))
}

#[derive(Default)]
struct Count {
    titled: u32,
    refused: BTreeMap<String, u32>,
}

/// Cuts a file at every length; what is read then, and appended to.
fn cut_everywhere(name: &str, whole: &[u8]) -> Count {
    let mut file = Cursor::new(whole.to_vec());
    let riff = enter(&mut file).unwrap().unwrap();
    let all = leaves(&mut file, &riff);
    let mut count = Count::default();
    for len in 0..=whole.len() {
        let what = format!("{name}, cut at {len}");
        let mut file = Cursor::new(whole[..len].to_vec());
        let riff = match enter(&mut file) {
            Ok(Some(riff)) => riff,
            // Nothing of what is to be kept is in there.
            refused => {
                assert!(kept(&all).iter().all(|(_, start, _)| *start > len as u64), "{what}");
                let why = refused.err().map_or("no RIFF".to_owned(), |error| reason(&error));
                *count.refused.entry(why).or_default() += 1;
                continue;
            }
        };
        // What is read is what there was, up to the cut.
        let before = leaves(&mut file, &riff);
        let expected = all.iter().filter(|(_, start, _)| *start <= len as u64);
        let clip = |(id, start, data): &Leaf| {
            let left = len - usize::try_from(*start).unwrap();
            (*id, *start, data[..data.len().min(left)].to_vec())
        };
        assert_eq!(before, expected.map(clip).collect::<Vec<_>>(), "{what}");
        // And it stays.
        if let Err(error) = file.set_info(&riff, &[(INAM, TITLE)]) {
            let error: MmioError = error.downcast().unwrap();
            *count.refused.entry(reason(&error)).or_default() += 1;
            assert_eq!(file.into_inner(), whole[..len], "{what}");
            continue;
        }
        count.titled += 1;
        let riff = enter(&mut file).unwrap().unwrap();
        assert_eq!(file.info(&riff).unwrap(), [(INAM, TITLE.to_vec())], "{what}");
        assert_eq!(kept(&leaves(&mut file, &riff)), kept(&before), "{what}");
        is_sound(&mut file, &riff, &what);
        // What was appended is no obstacle to the next.
        file.append_chunk(&riff, NewChunk::id(NOTE), |file| file.write_all(b"odd")).unwrap();
        let riff = enter(&mut file).unwrap().unwrap();
        let after = kept(&leaves(&mut file, &riff));
        let (note, rest) = after.split_last().unwrap();
        assert_eq!((note.0, &note.2[..], rest), (NOTE, &b"odd"[..], &kept(&before)[..]), "{what}");
    }
    count
}

fn reason(error: &MmioError) -> String {
    match error {
        MmioError::InvalidFile { reason, .. } => (*reason).to_owned(),
        MmioError::NotAtEnd { .. } => "something follows".to_owned(),
        error => panic!("{error}"),
    }
}

/// No chunk at any depth claims what is not there, or leaves its end open.
fn is_sound(file: &mut Cursor<Vec<u8>>, parent: &Chunk, what: &str) {
    assert_eq!(parent.declared_size(), parent.data_len(), "{what}: {}", parent.id());
    if parent.form().is_some() {
        file.seek(SeekFrom::Start(parent.data_offset())).unwrap();
        while let Some(chunk) = file.next_chunk(Some(parent)).unwrap() {
            is_sound(file, &chunk, what);
            file.ascend(&chunk).unwrap();
        }
    }
}

#[test]
fn what_is_before_the_cut_is_read_and_stays_wherever_a_file_was_cut() {
    let files = [
        ("WAV, tags first", wav(2000, true)),
        ("WAV, tags first, odd", wav(2001, true)),
        ("WAV, tags last", wav(2000, false)),
        ("WAV, tags last, odd", wav(2001, false)),
        ("RF64", rf64(2000)),
        ("RF64, odd", rf64(2001)),
        ("AVI", case("movie.avi")),
        ("WebP", webp()),
    ];
    for (name, whole) in files {
        let count = cut_everywhere(name, &whole);
        let refused: u32 = count.refused.values().sum();
        println!(
            "{name}: {} cuts, {} titled, {refused} refused: {:?}",
            whole.len() + 1,
            count.titled,
            count.refused
        );
        assert_eq!((count.titled + refused) as usize, whole.len() + 1);
        assert!(count.titled as usize > whole.len() - 60, "{name}");
    }
}
