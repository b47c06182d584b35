//! The `LIST INFO` of a RIFF.

use std::io::Cursor;

use mmio_file::riff::{RiffRead, RiffWrite};

use super::{INAM, TITLE, place, set_title, titled};
use crate::make::{case, chunk, enter, riff, sized};

#[test]
fn a_list_is_replaced_and_the_old_one_is_junk() {
    let before = case("info.wav");
    let after = titled(&before);
    assert_eq!(&after[36..40], b"JUNK");
    assert_eq!((&after[8..36], &after[40..128]), (&before[8..36], &before[40..]));
    // No items, no list.
    let mut file = Cursor::new(after);
    file.set_position(7);
    let riff = enter(&mut file);
    file.set_position(7);
    file.set_info(&riff, &[]).unwrap();
    assert_eq!(file.position(), 7);
    assert!(file.info(&riff).unwrap().is_empty());
    let len = file.get_ref().len();
    file.set_info(&riff, &[]).unwrap();
    assert_eq!(file.get_ref().len(), len);
}

#[test]
fn info_reads_all_lists_in_order_and_leaves_the_position() {
    let first =
        chunk("LIST", &[b"INFO", &chunk("INAM", b"one\0")[..], &chunk("IART", b"")].concat());
    let second = chunk("LIST", &[b"INFO", &chunk("INAM", b"two")[..]].concat());
    let other = chunk("LIST", &[b"adtl", &chunk("INAM", b"no\0")[..]].concat());
    let mut file = Cursor::new(riff(&[first, other, second]));
    let riff = enter(&mut file);
    file.set_position(3);
    let expected = [("INAM", "one\0"), ("IART", ""), ("INAM", "two")];
    let expected = expected.map(|(id, text)| (id.parse().unwrap(), text.as_bytes().to_vec()));
    assert_eq!(file.info(&riff).unwrap(), expected);
    assert_eq!(file.position(), 3);
    // Both become one.
    set_title(&mut file).unwrap();
    let riff = enter(&mut file);
    assert_eq!(file.info(&riff).unwrap(), [(INAM, TITLE.to_vec())]);
}

#[test]
fn an_open_list_that_is_dropped_leaves_no_chunks_behind() {
    let items = chunk("INAM", b"A title\0");
    let list = sized("LIST", 0, &[b"INFO", &items[..]].concat());
    let mut file = Cursor::new(riff(&[chunk("data", b"pcm"), list]));
    let riff = enter(&mut file);
    assert_eq!(file.info(&riff).unwrap().len(), 1);
    file.set_info(&riff, &[]).unwrap();
    assert_eq!(place(file.get_ref(), "JUNK").1, 20);
}
