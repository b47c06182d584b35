//! Walking and searching chunks: what is found, and where the position is then.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use mmio_file::MmioError;
use mmio_file::riff::{Chunk, Find, FourCc, RiffRead};

/// A chunk with a pad byte if it needs one.
fn chunk(id: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = sized(id, u32::try_from(data.len()).unwrap(), data);
    if data.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// A chunk whose size says what it likes, without a pad byte.
fn sized(id: &str, size: u32, data: &[u8]) -> Vec<u8> {
    [id.as_bytes(), &size.to_le_bytes(), data].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk("RIFF", &[b"demo", &chunks.concat()[..]].concat())
}

fn list(form: &str, chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk("LIST", &[form.as_bytes(), &chunks.concat()].concat())
}

fn id(id: &str) -> Find {
    Find::Id(id.parse().unwrap())
}

/// The first RIFF of a file, entered.
fn enter(bytes: Vec<u8>) -> (Cursor<Vec<u8>>, Chunk) {
    let mut file = Cursor::new(bytes);
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    (file, riff)
}

/// Names and data of the siblings from the position on.
fn walk(file: &mut (impl Read + Seek), parent: Option<&Chunk>) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    while let Some(chunk) = file.next_chunk(parent).unwrap() {
        let mut data = Vec::new();
        file.chunk_reader(&chunk).read_to_end(&mut data).unwrap();
        found.push((chunk.id().to_string(), data));
        file.ascend(&chunk).unwrap();
    }
    found
}

fn pairs(expected: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    expected.iter().map(|(id, data)| ((*id).to_owned(), data.to_vec())).collect()
}

#[test]
fn siblings_come_in_order_and_odd_ones_are_followed_by_a_pad() {
    let (mut file, riff) =
        enter(riff(&[chunk("odd ", b"abc"), chunk("none", b""), chunk("even", b"de")]));
    assert_eq!(
        walk(&mut file, Some(&riff)),
        pairs(&[("odd ", b"abc"), ("none", b""), ("even", b"de")])
    );
    assert_eq!(file.position(), riff.data_range().end);
}

#[test]
fn descending_leaves_the_position_at_the_data() {
    let (mut file, riff) = enter(riff(&[chunk("one ", b"a"), list("INFO", &[])]));
    assert_eq!(file.position(), 12);
    let list = file.descend(Some(&riff), Find::List(None)).unwrap();
    assert_eq!(list.form(), Some(FourCc::new(*b"INFO")));
    assert_eq!((list.data_offset(), list.data_len()), (30, 4));
    assert_eq!(file.position(), 34);
}

#[test]
fn a_search_passes_over_lists_without_entering_them() {
    let (mut file, riff) =
        enter(riff(&[list("INFO", &[chunk("ICMT", b"inside")]), chunk("ICMT", b"outside")]));
    let found = file.descend(Some(&riff), id("ICMT")).unwrap();
    assert_eq!(found.data_len(), 7);
}

#[test]
fn a_list_is_found_by_its_type() {
    let (mut file, riff) = enter(riff(&[list("adtl", &[]), list("INFO", &[chunk("ICMT", b"hi")])]));
    let info = Find::List(Some(FourCc::new(*b"INFO")));
    let list = file.descend(Some(&riff), info).unwrap();
    assert_eq!(walk(&mut file, Some(&list)), pairs(&[("ICMT", b"hi")]));
}

#[test]
fn a_search_that_finds_nothing_leaves_the_position() {
    let (mut file, riff) = enter(riff(&[chunk("one ", b"a")]));
    for position in [3, 12, 17, 200] {
        file.set_position(position);
        let error = file.descend(Some(&riff), id("none")).unwrap_err();
        assert!(matches!(error, MmioError::ChunkNotFound { offset, .. } if offset == position));
        assert_eq!(file.position(), position);
        assert!(file.find_chunk(None, id("none")).unwrap().is_none());
        assert_eq!(file.position(), position);
    }
}

#[test]
fn descend_goes_forward_and_find_chunk_starts_anew() {
    let (mut file, riff) = enter(riff(&[chunk("one ", b"a"), chunk("two ", b"b")]));
    file.descend(Some(&riff), id("two ")).unwrap();
    assert!(file.descend(Some(&riff), id("one ")).is_err());
    assert!(file.find_chunk(Some(&riff), id("one ")).unwrap().is_some());
}

#[test]
fn a_position_before_the_first_chunk_counts_as_its() {
    let (mut file, riff) = enter(riff(&[chunk("one ", b"a")]));
    file.rewind().unwrap();
    assert_eq!(file.next_chunk(Some(&riff)).unwrap().unwrap().data_offset(), 20);
}

#[test]
fn riffs_that_follow_one_another_are_siblings() {
    let mut file = Cursor::new([riff(&[chunk("one ", b"a")]), riff(&[])].concat());
    let first = file.descend(None, Find::Next).unwrap();
    file.ascend(&first).unwrap();
    let second = file.next_chunk(None).unwrap().unwrap();
    assert_eq!(second.data_offset(), first.data_range().end + 8);
    file.ascend(&second).unwrap();
    assert!(file.next_chunk(None).unwrap().is_none());
}

#[test]
fn a_chunk_that_was_cut_off_is_found_and_says_so() {
    let mut bytes = riff(&[chunk("data", b"abcdef"), chunk("lost", b"")]);
    bytes.truncate(12 + 8 + 4);
    let (mut file, riff) = enter(bytes);
    assert!(riff.is_truncated());
    assert_eq!((riff.declared_size(), riff.data_len()), (4 + 14 + 8, 16));
    let data = file.descend(Some(&riff), Find::Next).unwrap();
    assert!(data.is_truncated());
    assert_eq!((data.declared_size(), data.data_len()), (6, 4));
    file.ascend(&data).unwrap();
    assert_eq!(file.position(), 24);
    assert!(file.next_chunk(Some(&riff)).unwrap().is_none());
}

#[test]
fn a_size_that_would_wrap_ends_with_the_parent() {
    let (mut file, riff) = enter(riff(&[sized("evil", 0xFFFF_FFF8, b"abcd")]));
    let evil = file.descend(Some(&riff), Find::Next).unwrap();
    assert!(evil.is_truncated());
    assert_eq!((evil.data_len(), evil.declared_size()), (4, 0xFFFF_FFF8));
    file.ascend(&evil).unwrap();
    assert!(file.next_chunk(Some(&riff)).unwrap().is_none());
}

#[test]
fn a_size_of_all_ones_means_to_the_end() {
    let mut bytes = riff(&[sized("data", u32::MAX, b"abcd")]);
    bytes[4..8].fill(0xFF);
    let (mut file, riff) = enter(bytes);
    let data = file.descend(Some(&riff), Find::Next).unwrap();
    assert_eq!((riff.data_len(), data.data_len()), (16, 4));
    assert!(!riff.is_truncated() && !data.is_truncated());
}

#[test]
fn the_zeros_of_a_killed_recorder_mean_to_the_end() {
    // Silence, loud audio, and the least that differs from a stray end.
    for audio in [&[0; 64][..], b"\xFE\x13\xFA\x15\xF0\x12\xFD\x14\x10\x20", b"\xFEabcdefg"] {
        let mut bytes = riff(&[chunk("fmt ", b"?"), sized("data", 0, audio)]);
        bytes[4..8].fill(0);
        bytes.truncate(12 + 10 + 8 + audio.len());
        let (mut file, riff) = enter(bytes);
        let data = file.descend(Some(&riff), id("data")).unwrap();
        assert_eq!((data.data_len(), data.is_truncated()), (audio.len() as u64, false));
        assert_eq!(data.declared_size(), 0);
    }
}

#[test]
fn an_empty_data_before_another_chunk_is_empty() {
    let (mut file, riff) = enter(riff(&[chunk("data", b""), chunk("LIST", b"INFO")]));
    let data = file.descend(Some(&riff), id("data")).unwrap();
    assert_eq!(data.data_len(), 0);
    file.ascend(&data).unwrap();
    assert!(file.next_chunk(Some(&riff)).unwrap().is_some());
}

#[test]
fn a_missing_last_pad_byte_and_stray_bytes_are_passed_over() {
    let mut bytes = riff(&[chunk("one ", b"abc")]);
    bytes.pop();
    bytes[4] -= 1;
    let (mut file, riff) = enter(bytes.clone());
    assert_eq!(walk(&mut file, Some(&riff)), pairs(&[("one ", b"abc")]));
    assert!(!riff.is_truncated());
    assert_eq!(file.position(), riff.data_range().end);

    bytes.extend(b"\0TAGged");
    let mut file = Cursor::new(bytes);
    assert_eq!(walk(&mut file, None).len(), 1);
}

#[test]
fn a_container_too_short_for_its_type_is_passed_over() {
    for len in 0..4 {
        let short = chunk("LIST", &b"INF"[..len]);
        let (mut file, riff) = enter(riff(&[short, chunk("data", b"a")]));
        assert_eq!(walk(&mut file, Some(&riff)).len(), 2, "{len} bytes");
        for find in [Find::Next, id("LIST")] {
            let found = file.find_chunk(Some(&riff), find).unwrap().unwrap();
            assert_eq!((found.form(), found.data_len()), (None, len as u64));
            assert_eq!(file.position(), found.data_offset());
        }
        for find in [Find::List(None), Find::List(Some(FourCc::new(*b"INFO")))] {
            assert!(file.find_chunk(Some(&riff), find).unwrap().is_none());
        }
    }
    let mut file = Cursor::new(&b"RIFF\x02\0\0\0de"[..]);
    assert!(file.find_chunk(None, Find::Riff(None)).unwrap().is_none());
    assert_eq!(file.next_chunk(None).unwrap().unwrap().form(), None);
}

#[test]
fn big_endian_files_are_named_as_such() {
    for (start, name) in [(b"RIFX\0\0\0\x04WAVE", "RIFX"), (b"FORM\0\0\0\x04AIFF", "AIFF")] {
        let mut file = Cursor::new(&start[..]);
        let error = file.descend(None, Find::Riff(None)).unwrap_err();
        assert!(matches!(error, MmioError::InvalidFile { offset: 0, .. }));
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(file.position(), 0);
    }
}

#[test]
fn fewer_than_eight_bytes_are_not_a_chunk() {
    for bytes in [&b""[..], b"RIFF", b"RIFF\0\0\0"] {
        let mut file = Cursor::new(bytes);
        assert!(file.next_chunk(None).unwrap().is_none());
    }
}

#[test]
fn a_chunk_reader_stays_in_the_chunk() {
    let (mut file, riff) = enter(riff(&[chunk("one ", b"abc"), chunk("two ", b"")]));
    let one = file.descend(Some(&riff), Find::Next).unwrap();
    let read = |file: &mut Cursor<Vec<u8>>, position| {
        let mut bytes = Vec::new();
        file.set_position(position);
        file.chunk_reader(&one).read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(read(&mut file, 20), b"abc");
    assert_eq!(read(&mut file, 22), b"c");
    assert_eq!(read(&mut file, 23), b"");
    assert_eq!(read(&mut file, 19), b"");
}

#[test]
fn a_plain_chunk_can_be_a_parent_too() {
    // As in WebP, whose ANMF holds 16 bytes and then chunks.
    let frame = [&[0; 16][..], &chunk("VP8L", b"x")].concat();
    let (mut file, riff) = enter(riff(&[chunk("ANMF", &frame)]));
    let anmf = file.descend(Some(&riff), Find::Next).unwrap();
    file.seek_relative(16).unwrap();
    assert_eq!(walk(&mut file, Some(&anmf)), pairs(&[("VP8L", b"x")]));
}

/// An RF64 whose `ds64` holds these.
fn rf64(riff: u64, data: u64, table: &[(&str, u64)], chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut sizes = Vec::new();
    sizes.extend(riff.to_le_bytes());
    sizes.extend(data.to_le_bytes());
    sizes.extend([0; 8]);
    sizes.extend(u32::try_from(table.len()).unwrap().to_le_bytes());
    for (id, len) in table {
        sizes.extend(id.as_bytes());
        sizes.extend(len.to_le_bytes());
    }
    let content = [&b"WAVE"[..], &chunk("ds64", &sizes), &chunks.concat()].concat();
    sized("RF64", u32::MAX, &content)
}

#[test]
fn an_rf64_has_its_sizes_in_its_ds64() {
    let chunks =
        [sized("levl", u32::MAX, b"ab"), sized("data", u32::MAX, b"cdef"), chunk("tail", b"gh")];
    let bytes = rf64(4 + 48 + 10 + 12 + 10, 4, &[("levl", 2)], &chunks);
    let (mut file, riff) = enter([bytes, vec![1; 20]].concat());
    assert_eq!((riff.id(), riff.data_len()), (FourCc::RF64, 84));
    let found = walk(&mut file, Some(&riff));
    assert_eq!(found[1..], pairs(&[("levl", b"ab"), ("data", b"cdef"), ("tail", b"gh")]));
}

#[test]
fn the_sizes_of_an_rf64_are_no_more_to_be_trusted_than_others() {
    let bytes = rf64(u64::MAX - 7, u64::MAX, &[], &[sized("data", u32::MAX, b"ab")]);
    let (mut file, riff) = enter(bytes);
    assert!(riff.is_truncated());
    let data = file.descend(Some(&riff), id("data")).unwrap();
    assert_eq!((data.data_len(), data.declared_size()), (2, u64::MAX));
    assert!(data.is_truncated());
}

#[test]
fn the_zeros_of_an_rf64_that_was_never_finished_mean_to_the_end() {
    let (mut file, riff) = enter(rf64(0, 0, &[], &[sized("data", u32::MAX, b"\xFEabcdefg")]));
    assert_eq!(riff.data_len(), 4 + 36 + 16);
    let data = file.descend(Some(&riff), id("data")).unwrap();
    assert_eq!((data.data_len(), data.is_truncated()), (8, false));
}

#[test]
fn an_rf64_without_the_lengths_of_a_ds64_is_invalid() {
    let whole = rf64(40, 0, &[], &[]);
    let mut short = whole.clone();
    short[16] = 23;
    let mut name = whole.clone();
    name[12] = b'D';
    for bytes in [&short[..], &name, &whole[..43], &whole[..9]] {
        let error = Cursor::new(bytes).next_chunk(None).unwrap_err();
        assert!(matches!(error, MmioError::InvalidFile { .. }), "{error}");
    }
}

#[test]
fn a_file_that_shrinks_meanwhile_is_an_error_that_says_where() {
    let (file, riff) = enter(riff(&[chunk("one ", b"a")]));
    let mut file = Cursor::new(file.into_inner()[..15].to_vec());
    file.set_position(12);
    let error = file.next_chunk(Some(&riff)).unwrap_err();
    assert!(matches!(&error, MmioError::CannotRead { offset: 12, source, .. }
        if source.kind() == io::ErrorKind::UnexpectedEof));
    assert_eq!(file.stream_position().unwrap(), 12);
}

/// A stream that counts how often it is asked for its end.
struct CountEnds(Cursor<Vec<u8>>, u32);

impl Read for CountEnds {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Seek for CountEnds {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.1 += u32::from(matches!(target, SeekFrom::End(_)));
        self.0.seek(target)
    }
}

#[test]
fn the_end_is_asked_for_once_for_an_outer_chunk_and_never_for_inner_ones() {
    let chunks: Vec<_> = (0..50).map(|_| chunk("chnk", b"abc")).collect();
    let mut file = CountEnds(Cursor::new(riff(&chunks)), 0);
    let riff = file.descend(None, Find::Next).unwrap();
    assert_eq!(file.1, 1);
    assert_eq!(walk(&mut file, Some(&riff)).len(), 50);
    assert!(file.find_chunk(Some(&riff), id("none")).unwrap().is_none());
    assert_eq!(file.1, 1);
}
