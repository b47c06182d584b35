//! An outermost RIFF whose size is too small, and one whose size is right.

use std::io::{Cursor, Seek, SeekFrom};

use mmio_file::riff::{Find, RiffRead};
use mmio_file::{FlushFlags, MmioFile};

use crate::make::{
    AUDIO, case, children, chunk, data_of, find, fmt, names, read, riff, riff_of, sized,
};

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
fn a_chunk_right_after_a_riff_whose_size_is_right_does_not_belong_to_it() {
    for what in [chunk("LIST", b"INFO"), chunk("note", b"odd"), chunk("JUNK", b"")] {
        let bytes = [riff(&[fmt(), chunk("data", AUDIO)]), what].concat();
        let (riff, chunks) = read(&bytes);
        assert_eq!(names(&chunks), ["fmt ", "data"]);
        assert_eq!((riff.data_range().end, riff.declared_size()), (60, 52));
        // It is a sibling.
        let mut file = Cursor::new(&bytes[..]);
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
fn an_id3v1_tag_is_not_a_child_however_short_its_title() {
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
fn bytes_that_are_not_a_name_do_not_make_a_riff_longer() {
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
    let mut file = Cursor::new(&bytes[..]);
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
