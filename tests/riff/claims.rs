//! What a file says about its sizes, and what is so: each rule, with the kinds of files it is for.

use std::fs;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use mmio_file::riff::{Chunk, Find, FourCc, RiffRead};
use mmio_file::{FlushFlags, MmioFile};

/// A chunk whose size says what it likes, without a pad byte.
fn sized(id: &str, size: u32, data: &[u8]) -> Vec<u8> {
    [id.as_bytes(), &size.to_le_bytes(), data].concat()
}

/// A chunk by the book.
fn chunk(id: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = sized(id, u32::try_from(data.len()).unwrap(), data);
    bytes.extend(&[0][..data.len() % 2]);
    bytes
}

/// A RIFF whose size says what it likes.
fn riff_of(size: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    sized("RIFF", size, &[b"WAVE", &chunks.concat()[..]].concat())
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff_of(4 + u32::try_from(chunks.concat().len()).unwrap(), chunks)
}

fn fmt() -> Vec<u8> {
    chunk("fmt ", b"\x01\0\x01\0\x40\x1F\0\0\x80\x3E\0\0\x02\0\x10\0")
}

/// 16 bytes of audio.
const AUDIO: &[u8] = b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10";

fn case(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

/// The first chunk of a file, and what is in it: names and data.
fn read(bytes: &[u8]) -> (Chunk, Vec<(String, Chunk)>) {
    let mut file = Cursor::new(bytes);
    let riff = file.next_chunk(None).unwrap().unwrap();
    let chunks = children(&mut file, Some(&riff));
    (riff, chunks)
}

fn children(file: &mut (impl Read + Seek), parent: Option<&Chunk>) -> Vec<(String, Chunk)> {
    let mut found = Vec::new();
    while let Some(chunk) = file.next_chunk(parent).unwrap() {
        found.push((chunk.id().to_string(), chunk));
        file.ascend(&chunk).unwrap();
    }
    found
}

fn names(chunks: &[(String, Chunk)]) -> Vec<&str> {
    chunks.iter().map(|(name, _)| &name[..]).collect()
}

fn find<'a>(chunks: &'a [(String, Chunk)], name: &str) -> &'a Chunk {
    &chunks.iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// Where `data` is, and whether it is truncated.
fn data_of(bytes: &[u8]) -> (std::ops::Range<u64>, bool) {
    let (_, chunks) = read(bytes);
    let data = find(&chunks, "data");
    (data.data_range(), data.is_truncated())
}

// Sizes that are too small.

#[test]
fn a_riff_that_is_a_few_bytes_short_does_not_cut_its_data() {
    assert_eq!(data_of(&case("riff_8_short.wav")), (44..60, false));
    for len in [15, 16] {
        let bytes = riff(&[fmt(), chunk("data", &AUDIO[..len])]);
        for short in 1..=23 {
            let mut bytes = bytes.clone();
            bytes[4] -= short;
            let (riff, chunks) = read(&bytes);
            assert_eq!(data_of(&bytes), (44..44 + len as u64, false), "{short} bytes short");
            assert_eq!(names(&chunks), ["fmt ", "data"]);
            // Where only a pad byte is not counted, the size is not wrong.
            if len == 16 || short > 1 {
                assert_eq!(riff.data_range().end, 60);
                assert!(riff.data_len() > riff.declared_size());
            }
            assert!(!riff.is_truncated());
        }
    }
}

#[test]
fn a_riff_of_no_more_than_its_header_has_what_follows() {
    for size in [4, 1, 36, 12, 20] {
        let bytes = riff_of(size, &[fmt(), chunk("data", AUDIO), chunk("LIST", b"INFO")]);
        let (riff, chunks) = read(&bytes);
        assert_eq!(names(&chunks), ["fmt ", "data", "LIST"], "{size}");
        assert_eq!(riff.data_range().end, bytes.len() as u64);
    }
}

#[test]
fn a_riff_that_ends_before_its_data_has_it_nevertheless() {
    let bytes = riff_of(28, &[fmt(), chunk("data", AUDIO), chunk("LIST", b"INFO")]);
    assert_eq!(names(&read(&bytes).1), ["fmt ", "data", "LIST"]);
    // What is no data, or no more than it can be a second one, was cut off by purpose.
    for name in ["note", "DATA"] {
        let bytes = riff_of(28, &[fmt(), chunk(name, AUDIO), chunk("LIST", b"INFO")]);
        assert_eq!(names(&read(&bytes).1), ["fmt "]);
    }
    let bytes = riff_of(52, &[fmt(), chunk("data", AUDIO), chunk("data", AUDIO)]);
    assert_eq!(names(&read(&bytes).1), ["fmt ", "data"]);
}

#[test]
fn a_chunk_right_after_a_riff_whose_size_is_right_is_not_its() {
    for what in [chunk("LIST", b"INFO"), chunk("note", b"odd"), chunk("JUNK", b"")] {
        let bytes = [riff(&[fmt(), chunk("data", AUDIO)]), what].concat();
        let (riff, chunks) = read(&bytes);
        assert_eq!(names(&chunks), ["fmt ", "data"]);
        assert_eq!((riff.data_range().end, riff.declared_size()), (60, 52));
        // It is a sibling.
        let mut file = Cursor::new(&bytes);
        assert_eq!(children(&mut file, None).len(), 2);
    }
}

#[test]
fn what_a_smaller_size_cut_off_does_not_come_back() {
    let all = [fmt(), chunk("data", AUDIO), chunk("LIST", b"INFOINAM\x02\0\0\0A\0")];
    let bytes = riff_of(4 + 24 + 24, &all);
    assert_eq!(names(&read(&bytes).1), ["fmt ", "data"]);
}

#[test]
fn no_riff_of_any_kind_is_a_child_of_one_that_is_too_small() {
    assert_eq!(data_of(&case("second_riff.wav")), (44..60, false));
    assert_eq!(children(&mut Cursor::new(case("second_riff.wav")), None).len(), 2);
    for kind in ["RIFF", "RF64", "BW64", "RIFX", "FORM"] {
        for short in [0, 4, 8, 16] {
            let first = riff_of(52 - short, &[fmt(), chunk("data", AUDIO)]);
            let (riff, chunks) = read(&[first, chunk(kind, b"WAVE")].concat());
            assert_eq!(names(&chunks), ["fmt ", "data"], "{kind}, {short} bytes short");
            assert_eq!(riff.data_range().end, 60);
        }
    }
}

#[test]
fn a_riff_that_reaches_into_the_next_one_does_not_swallow_it() {
    for long in [2, 4, 8] {
        let first = riff_of(52 + long, &[fmt(), chunk("data", AUDIO)]);
        let (riff, _) = read(&[first, riff(&[fmt(), chunk("data", AUDIO)])].concat());
        assert_eq!(riff.data_len(), u64::from(52 + long));
    }
}

#[test]
fn an_id3v1_tag_is_no_child_however_short_its_title() {
    assert_eq!(data_of(&case("tag_after_riff.wav")), (44..60, false));
    // "TAG" and one letter is a name, and zeros after it are a size that fits.
    for title in ["", "A", "Ab", "Title"] {
        for short in [0, 8, 24] {
            let mut tag = [b"TAG", title.as_bytes()].concat();
            tag.resize(128, 0);
            let first = riff_of(52 - short, &[fmt(), chunk("data", AUDIO)]);
            let (riff, chunks) = read(&[first, tag].concat());
            assert_eq!(names(&chunks), ["fmt ", "data"], "{title:?}, {short} bytes short");
            assert_eq!(riff.data_range().end, 60);
        }
    }
    // A chunk of such a name elsewhere is one.
    let bytes = riff_of(44, &[fmt(), chunk("data", AUDIO), chunk("TAGA", b"ab")]);
    assert_eq!(names(&read(&bytes).1), ["fmt ", "data", "TAGA"]);
}

#[test]
fn bytes_that_are_no_name_do_not_make_a_riff_longer() {
    let odd = |id: &[u8; 4]| [&id[..], &4_u32.to_le_bytes(), b"abcd"].concat();
    let bytes = [riff_of(4 + 24 + 8, &[fmt(), odd(b"\x01abc")]), vec![7; 30]].concat();
    let (riff, chunks) = read(&bytes);
    assert_eq!(riff.data_len(), 36);
    assert!(chunks[1].1.is_truncated());
    // Nor do they where they follow one that was too small.
    let bytes = [riff_of(44, &[fmt(), chunk("data", AUDIO)]), odd(b"\x01abc")].concat();
    assert_eq!(names(&read(&bytes).1), ["fmt ", "data"]);
}

#[test]
fn a_list_does_cut_its_children() {
    let inner = chunk("INAM", b"A title.");
    let list = sized("LIST", 4 + 8 + 4, &[b"INFO", &inner[..]].concat());
    let bytes = riff(&[fmt(), list, chunk("data", AUDIO)]);
    let (_, chunks) = read(&bytes);
    let list = *find(&chunks, "LIST");
    let mut file = Cursor::new(&bytes);
    file.seek(SeekFrom::Start(list.data_offset())).unwrap();
    let inside = children(&mut file, Some(&list));
    assert_eq!((inside[0].1.data_len(), inside[0].1.is_truncated()), (4, true));
}

#[test]
fn an_rf64_and_lists_in_lists_are_grown_alike() {
    let deep = chunk("LIST", &[b"one ", &chunk("LIST", b"two \x01\x02")[..]].concat());
    let mut sizes = vec![0; 28];
    sizes[0] = 44;
    let all = [chunk("ds64", &sizes), fmt(), deep, chunk("data", AUDIO)];
    let mut bytes = riff_of(u32::MAX, &all);
    bytes[..4].copy_from_slice(b"RF64");
    let (riff, chunks) = read(&bytes);
    assert_eq!(names(&chunks), ["ds64", "fmt ", "LIST", "data"]);
    assert_eq!((riff.declared_size(), riff.data_range().end), (44, bytes.len() as u64));
}

// Sizes that are too large.

#[test]
fn a_child_that_fits_neither_riff_nor_file_ends_with_the_riff_if_that_leaves_it_data() {
    let bytes =
        [riff_of(4 + 24 + 8 + 4, &[fmt(), sized("note", 99, b"abcd")]), vec![0; 9]].concat();
    let (riff, chunks) = read(&bytes);
    let note = find(&chunks, "note");
    assert_eq!((riff.data_len(), note.data_len(), note.is_truncated()), (40, 4, true));
    // Else with the file.
    for riff_size in [4 + 24 + 8, 4 + 24 + 2] {
        let bytes = [riff_of(riff_size, &[fmt(), sized("note", 99, b"abcd")]), vec![0; 9]].concat();
        let (riff, chunks) = read(&bytes);
        let note = find(&chunks, "note");
        assert_eq!((note.data_len(), note.is_truncated()), (13, true), "{riff_size}");
        assert_eq!(riff.data_range().end, bytes.len() as u64);
    }
    // And a `data` always.
    for size in [99, u32::MAX] {
        let bytes = riff_of(4 + 24 + 8 + 4, &[fmt(), sized("data", size, AUDIO)]);
        assert_eq!(data_of(&bytes), (44..60, size == 99));
    }
}

#[test]
fn the_sizes_of_a_pipe_mean_to_the_end() {
    assert_eq!(data_of(&case("open_sizes.wav")), (44..60, false));
}

#[test]
fn the_huge_sizes_of_a_killed_recorder_are_cut_down() {
    assert_eq!(data_of(&case("huge_sizes.wav")), (44..60, true));
}

#[test]
fn a_chunk_in_which_the_file_was_cut_is_truncated() {
    let (_, chunks) = read(&case("last_chunk_cut.wav"));
    assert_eq!(find(&chunks, "data").data_range(), 44..60);
    assert!(find(&chunks, "LIST").is_truncated());
    let (_, chunks) = read(&case("fmt_cut.wav"));
    assert_eq!((chunks[0].1.data_len(), chunks[0].1.is_truncated()), (14, true));
}

// A size of 0.

#[test]
fn samples_after_a_data_of_0_are_its_whatever_the_riff_says() {
    let loud = b"\xFE\x13\xFA\x15\xF0\x12\xFD\x14\x10\x20";
    for riff_size in [0, 4, 36, 40, 1000, 0x7FFF_FFFF, u32::MAX] {
        for audio in [&loud[..], &loud[..8], &[0; 5000]] {
            let bytes = riff_of(riff_size, &[fmt(), sized("data", 0, audio)]);
            let end = bytes.len() as u64;
            assert_eq!(data_of(&bytes), (44..end, false), "{riff_size}");
            assert_eq!(read(&bytes).0.data_range().end, end);
        }
    }
}

#[test]
fn a_data_of_0_before_a_chunk_is_empty() {
    let cut = sized("LIST", 99, b"INFOINAM");
    for next in [chunk("LIST", b"INFO"), chunk("note", b"odd"), cut, sized("JUNK", u32::MAX, b"")] {
        let bytes = riff(&[fmt(), chunk("data", b""), next]);
        assert_eq!(data_of(&bytes), (44..44, false));
    }
    // Other names must fit.
    let bytes = riff(&[fmt(), chunk("data", b""), sized("note", 99, b"INFOINAM")]);
    assert_eq!(data_of(&bytes), (44..60, false));
}

#[test]
fn fewer_than_eight_bytes_after_a_data_of_0_are_stray() {
    for len in 0..8 {
        let bytes = riff_of(36, &[fmt(), sized("data", 0, &AUDIO[..len])]);
        assert_eq!(data_of(&bytes), (44..44, false), "{len} bytes");
    }
}

#[test]
fn an_empty_recording_before_a_tag_or_another_riff_is_empty() {
    let mut tag = b"TAGTitle".to_vec();
    tag.resize(128, b' ');
    for next in [tag, riff(&[fmt()]), sized("RIFX", 0x4000_0000, b"WAVE")] {
        let bytes = [riff(&[fmt(), chunk("data", b"")]), next].concat();
        assert_eq!(data_of(&bytes), (44..44, false));
    }
}

#[test]
fn the_movie_of_a_killed_recorder_is_entered() {
    let frames = [chunk("00dc", b"frame"), chunk("01wb", b"sound"), sized("00dc", 99, b"cut")];
    let movi = |size| sized("LIST", size, &[b"movi", &frames.concat()[..]].concat());
    let hdrl = chunk("LIST", b"hdrl");
    for riff_size in [0, u32::MAX, 4] {
        let bytes = riff_of(riff_size, &[hdrl.clone(), movi(0)]);
        let (_, chunks) = read(&bytes);
        let movi = find(&chunks[1..], "LIST");
        assert_eq!(movi.form(), Some(FourCc::new(*b"movi")));
        assert_eq!(movi.data_range().end, bytes.len() as u64, "{riff_size}");
        let mut file = Cursor::new(&bytes);
        file.seek(SeekFrom::Start(movi.data_offset())).unwrap();
        assert_eq!(names(&children(&mut file, Some(movi))), ["00dc", "01wb", "00dc"]);
    }
}

#[test]
fn a_list_of_0_before_another_chunk_is_empty() {
    for next in [chunk("idx1", b"index"), chunk("LIST", b"INFO"), vec![0; 16], AUDIO.to_vec()] {
        let bytes = riff(&[chunk("LIST", b""), next]);
        let (_, chunks) = read(&bytes);
        assert_eq!((chunks[0].1.data_len(), chunks[0].1.form()), (0, None));
    }
    // A type alone shows nothing.
    let bytes = riff(&[sized("LIST", 0, b"movi"), vec![0; 16]]);
    assert_eq!(read(&bytes).1[0].1.data_len(), 0);
}

// Pads, zeros, and stray bytes.

#[test]
fn a_pad_byte_missing_in_the_middle_is_noticed() {
    let bytes = case("info_without_pads.wav");
    let (_, chunks) = read(&bytes);
    assert_eq!(names(&chunks), ["fmt ", "LIST", "data"]);
    let list = *find(&chunks, "LIST");
    let mut file = Cursor::new(&bytes);
    file.seek(SeekFrom::Start(list.data_offset())).unwrap();
    let mut texts = Vec::new();
    while let Some(item) = file.next_chunk(Some(&list)).unwrap() {
        let mut text = String::new();
        file.chunk_reader(&item).read_to_string(&mut text).unwrap();
        texts.push((item.id().to_string(), text));
        file.ascend(&item).unwrap();
    }
    let expected = [("ISFT", "recorder\0"), ("INAM", "Old name\0")];
    assert_eq!(texts, expected.map(|(id, text)| (id.to_owned(), text.to_owned())));
}

#[test]
fn a_pad_byte_that_is_there_is_passed_over_whatever_it_holds() {
    for pad in [0, b'x', 0xFF] {
        let odd = sized("note", 3, &[b'o', b'd', b'd', pad]);
        let (_, chunks) = read(&riff(&[odd.clone(), chunk("data", AUDIO)]));
        assert_eq!(names(&chunks), ["note", "data"]);
        // A LIST that was cut is still one.
        let (_, chunks) = read(&riff(&[odd, sized("LIST", 99, b"INFO")]));
        assert_eq!(names(&chunks), ["note", "LIST"]);
    }
    // Without one, what does not fit is not taken for a chunk.
    let bytes = riff(&[sized("note", 3, b"odd"), sized("more", 99, b"abcdefgh")]);
    assert_ne!(names(&read(&bytes).1), ["note", "more"]);
}

#[test]
fn zeros_between_chunks_are_passed_over_up_to_4_kib() {
    for zeros in [1, 2, 7, 8, 9, 100, 4095, 4096] {
        let bytes = riff(&[fmt(), vec![0; zeros], chunk("data", AUDIO), vec![0; zeros]]);
        let (_, chunks) = read(&bytes);
        assert_eq!(names(&chunks)[..2], ["fmt ", "data"], "{zeros} zeros");
    }
    for zeros in [4097, 5000] {
        let bytes = riff(&[fmt(), vec![0; zeros], chunk("data", AUDIO)]);
        assert_eq!(names(&read(&bytes).1), ["fmt "], "{zeros} zeros");
    }
}

#[test]
fn zeros_that_no_chunk_follows_are_the_end() {
    for end in [&b""[..], b"\x01\x02\x03\x04\x05\x06\x07\x08", b"note\xFF\0\0\0", b"no"] {
        for zeros in [8, 30, 4096] {
            let bytes = riff(&[fmt(), vec![0; zeros], end.to_vec()]);
            assert_eq!(names(&read(&bytes).1), ["fmt "], "{zeros} zeros, {end:?}");
        }
    }
}

#[test]
fn zeros_between_riffs_are_passed_over_too() {
    let bytes = [riff(&[fmt()]), vec![0; 512], riff(&[fmt()])].concat();
    assert_eq!(children(&mut Cursor::new(bytes), None).len(), 2);
}

#[test]
fn a_gigabyte_of_zeros_costs_no_walk() {
    /// Zeros after what there is, and a count of what was read of them.
    struct Preallocated(Cursor<Vec<u8>>, u64);
    const LEN: u64 = 1 << 30;
    impl Read for Preallocated {
        fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
            let n = self.0.read(bytes)?;
            bytes[n..].fill(0);
            self.1 += (bytes.len() - n) as u64;
            self.0.seek_relative((bytes.len() - n).try_into().unwrap())?;
            Ok(bytes.len())
        }
    }
    impl Seek for Preallocated {
        fn seek(&mut self, target: SeekFrom) -> std::io::Result<u64> {
            match target {
                SeekFrom::End(distance) => {
                    self.0.seek(SeekFrom::Start(LEN.strict_add_signed(distance)))
                }
                target => self.0.seek(target),
            }
        }
    }
    let bytes = riff_of(u32::try_from(LEN - 8).unwrap(), &[fmt(), chunk("data", AUDIO)]);
    let mut file = Preallocated(Cursor::new(bytes), 0);
    let riff = file.next_chunk(None).unwrap().unwrap();
    assert_eq!(names(&children(&mut file, Some(&riff))), ["fmt ", "data"]);
    assert!(file.1 < 10_000, "{} zeros were read", file.1);
}

// RF64.

/// An RF64 with this `ds64`, `fmt `, and `data`s whose headers say these sizes.
fn rf64(ds64: &[u8], sizes: &[u32]) -> Vec<u8> {
    let datas = sizes.iter().flat_map(|size| sized("data", *size, AUDIO)).collect();
    let mut bytes = riff_of(u32::MAX, &[chunk("ds64", ds64), fmt(), datas]);
    bytes[..4].copy_from_slice(b"RF64");
    bytes
}

/// The three lengths of a `ds64`; the one of the RIFF is left open.
fn lengths(data: u64) -> Vec<u8> {
    [0, data, 0].map(u64::to_le_bytes).concat()
}

#[test]
fn three_lengths_are_enough_for_a_ds64() {
    assert_eq!(data_of(&case("ds64_of_24.wav")), (76..92, false));
    for more in [&b""[..], b"\x01", b"\x01\0\0\0", b"\xFF\xFF\xFF\xFFdata"] {
        let bytes = rf64(&[&lengths(16), more].concat(), &[u32::MAX]);
        let (data, is_truncated) = data_of(&bytes);
        assert_eq!((data.end - data.start, is_truncated), (16, false));
    }
}

#[test]
fn a_table_is_believed_as_far_as_it_fits() {
    let entry = |id: &[u8; 4], len: u64| [&id[..], &len.to_le_bytes()].concat();
    let table = [entry(b"levl", 4), entry(b"more", 4)].concat();
    let ds64 = [&lengths(0)[..], &99_u32.to_le_bytes(), &table].concat();
    let all =
        [chunk("ds64", &ds64), sized("levl", u32::MAX, b"abcd"), sized("more", u32::MAX, b"")];
    let mut bytes = riff_of(u32::MAX, &all);
    bytes[..4].copy_from_slice(b"RF64");
    let (_, chunks) = read(&bytes);
    assert_eq!(find(&chunks, "levl").data_len(), 4);
    assert!(find(&chunks, "more").is_truncated());
}

#[test]
fn the_first_data_has_the_length_of_the_ds64() {
    let len_of = |bytes: &[u8]| {
        let (_, chunks) = read(bytes);
        find(&chunks, "data").data_len()
    };
    for size in [0, 4, 16, 99, u32::MAX] {
        assert_eq!(len_of(&rf64(&lengths(14), &[size])), 14, "{size}");
    }
    // Not where it is 0 or does not fit.
    assert_eq!(len_of(&rf64(&lengths(0), &[12])), 12);
    assert_eq!(len_of(&rf64(&lengths(17), &[12])), 12);
    assert_eq!(len_of(&rf64(&lengths(u64::MAX), &[12])), 12);
    // And no other one has.
    let bytes = rf64(&lengths(16), &[u32::MAX, 12]);
    let (_, chunks) = read(&bytes);
    assert_eq!((chunks[2].1.data_len(), chunks[3].1.data_len()), (16, 12));
}

#[test]
fn only_an_outermost_rf64_needs_a_ds64() {
    let bytes = riff(&[fmt(), chunk("RF64", b"WAVE"), chunk("data", AUDIO)]);
    assert_eq!(names(&read(&bytes).1), ["fmt ", "RF64", "data"]);
}

#[test]
fn a_search_in_a_riff_does_not_walk_it_to_find_its_end() {
    let notes = vec![chunk("note", b""); 10_000];
    let bytes = riff_of(4 + 80_000 - 4, &notes);
    let mut file = MmioFile::with_capacity(64, Cursor::new(bytes));
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    file.flush(FlushFlags::EMPTY_BUF).unwrap();
    // The last one is there at once, and so is the end.
    file.seek(SeekFrom::Start(12 + 79_992)).unwrap();
    assert!(file.next_chunk(Some(&riff)).unwrap().is_some());
    assert!(file.next_chunk(Some(&riff)).unwrap().is_none());
}
