//! What each verb is for, one claim a test.

use std::ops::Range;

use super::super::{Arena, Geometry, Obstacle, PageBuffer, Pages, Span};
use super::Owner;
use crate::rules::Rules;

#[test]
fn the_geometry_is_two_pages_or_more_and_one_frame_to_stay_clean() {
    let pages = |capacity| {
        let geometry = Geometry::of(capacity);
        (1 << geometry.page_shift, geometry.frames)
    };
    assert_eq!(pages(1), (1, 3));
    assert_eq!(pages(2), (1, 3));
    assert_eq!(pages(3), (1, 4));
    assert_eq!(pages(33), (2, 18));
    assert_eq!(pages(64), (4, 17));
    assert_eq!(pages(8 * 1024), (512, 17));
    assert_eq!(pages(64 * 1024), (4096, 17));
    assert_eq!(pages(64 * 1024 + 1), (4096, 18));
    assert_eq!(pages(1024 * 1024), (4096, 257));
    assert_eq!(Geometry::of(0).memory(), 0);
    assert_eq!(Geometry::of(usize::MAX).memory(), usize::MAX);
}

#[test]
fn every_page_begins_at_a_cache_line() {
    for capacity in [1 << 10, 1 << 16, 1 << 20, 1 << 24] {
        let arenas = [Some(Arena::new(capacity)), Arena::try_new(capacity)];
        for arena in arenas.map(Option::unwrap) {
            assert!(arena.bytes.len() >= arena.origin + capacity);
            assert!(arena.bytes.len() < capacity + 64, "more than aligning takes");
            assert_eq!(arena.bytes[arena.origin..].as_ptr().align_offset(64), 0, "{capacity}");
        }
    }
}

#[test]
fn what_the_window_holds_is_read_at_once_to_its_last_byte() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(2);
    let mut out = [0; 2];
    assert!(owner.buffer.try_read(&mut out));
    assert_eq!(out, [7; 2]);
    assert!(!owner.buffer.try_read(&mut out));
}

#[test]
fn what_the_window_has_room_for_is_written_at_once_to_its_last_byte() {
    let mut owner = Owner::new(64, &[]);
    owner.write(&[1, 2]);
    assert!(owner.buffer.try_write(&[3, 4]));
    assert!(!owner.buffer.try_write(&[5]));
    assert_eq!(owner.content(), [1, 2, 3, 4]);

    let mut owner = Owner::new(64, &[7; 8]);
    owner.read(1);
    assert!(owner.buffer.try_seek(0));
    assert!(owner.buffer.try_write(&[1, 2, 3, 4]));
    assert!(!owner.buffer.try_write(&[5]));
    assert_eq!(owner.content(), [1, 2, 3, 4, 7, 7, 7, 7]);
}

#[test]
fn a_seek_inside_the_window_or_to_its_end_keeps_it() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(4);
    assert!(owner.buffer.try_seek(0));
    assert_eq!(owner.buffer.readable(), [7; 4]);
    assert!(owner.buffer.try_seek(4));
    assert!(!owner.buffer.try_seek(5));
}

#[test]
fn no_seek_is_a_hit_before_the_position_is_known() {
    let geometry = Geometry::of(64);
    let mut buffer =
        PageBuffer::new(geometry, Arena::new(geometry.memory()), None, Rules::default());
    buffer.check();
    assert!(!buffer.try_seek(0));
}

#[test]
fn a_seek_to_a_cached_page_opens_the_window_on_it() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(1);
    owner.buffer.seek(40);
    owner.read(1);
    owner.buffer.seek(2);
    assert_eq!(owner.buffer.readable(), [7; 2]);
}

#[test]
fn what_is_dirty_is_written_again_with_nothing_to_note() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.write(&[1, 2, 3]);
    owner.buffer.seek(40);
    owner.buffer.seek(1);
    assert!(owner.buffer.try_write(&[8]));
    assert!(owner.buffer.pending().is_none());
    // The next byte but one is the first that is not dirty.
    assert!(owner.buffer.try_write(&[9, 9]));
    assert!(owner.buffer.pending().is_some());
    owner.buffer.check();
    assert_eq!(owner.content()[..5], [1, 8, 9, 9, 7]);
}

#[test]
fn what_is_written_past_what_is_dirty_is_read_once_it_is_folded() {
    let mut owner = Owner::new(64, &[]);
    owner.write(&[1, 2]);
    owner.buffer.seek(40);
    owner.buffer.seek(0);
    assert!(owner.buffer.try_write(&[3, 4, 5]));
    owner.buffer.fold();
    assert!(owner.buffer.try_seek(0));
    assert_eq!(owner.buffer.readable(), [3, 4, 5]);
    assert_eq!(owner.content(), [3, 4, 5]);
}

#[test]
fn what_was_written_back_is_dirty_once_it_is_written_again() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.write(&[1, 2, 3, 4]);
    owner.buffer.seek(40);
    owner.buffer.seek(0);
    owner.flush();
    assert!(owner.buffer.try_write(&[9]));
    assert_eq!(owner.buffer.dirty_len(), 1);
    assert_eq!(owner.content()[..4], [9, 2, 3, 4]);
}

#[test]
fn a_seek_to_before_what_is_dirty_is_a_hit_once_the_window_is_folded() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(4);
    owner.buffer.seek(2);
    owner.write(&[1]);
    owner.buffer.seek(40);
    owner.buffer.seek(2);
    assert!(!owner.buffer.try_seek(0));
    owner.buffer.seek(0);
    owner.buffer.check();
    assert_eq!(owner.buffer.readable(), [7, 7, 1, 7]);
}

#[test]
fn what_was_read_is_changed_without_a_look_up() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(2);
    assert!(owner.buffer.try_seek(0));
    assert!(owner.buffer.try_write(&[9]));
    assert_eq!(owner.buffer.dirty_len(), 1);
    assert_eq!(owner.buffer.readable(), [7; 3]);
    owner.buffer.check();
}

#[test]
fn a_window_over_several_pages_is_written_to_in_one() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(4);
    // The second miss in a row reads four pages, and one window spans them.
    owner.read(1);
    assert_eq!(owner.buffer.readable().len(), 15);
    assert!(owner.buffer.try_write(&[9]));
    assert!(owner.buffer.try_seek(13));
    assert!(!owner.buffer.try_write(&[9]));
    owner.write(&[9]);
    owner.buffer.check();
    assert!(!owner.buffer.try_seek(5));
    assert_eq!(owner.buffer.readable().len(), 6);
    assert_eq!(owner.buffer.dirty_len(), 2);
}

#[test]
fn a_window_spans_all_that_a_sequential_miss_read() {
    let mut owner = Owner::new(64, &[7; 200]);
    // The fills of 1, 4 and 12 pages have taken all frames; the next takes them again.
    owner.read_each(69);
    assert_eq!(owner.buffer.readable().len(), 63);
}

#[test]
fn bytes_scribbled_beyond_the_run_are_not_content() {
    let mut owner = Owner::new(64, &[]);
    assert!(matches!(owner.buffer.open_for_writing(0), Err(Obstacle::Absent)));
    owner.buffer.claim_to_write().unwrap();
    assert!(owner.buffer.open_for_writing(0).is_ok());
    let (room, valid) = owner.buffer.room();
    assert_eq!((room.len(), valid), (4, 0));
    room.fill(9);
    owner.buffer.advance_written(2);
    owner.buffer.check();
    assert_eq!(owner.content(), [9, 9]);
}

#[test]
fn room_past_what_is_valid_holds_nothing_valid() {
    let mut owner = Owner::new(64, &[7; 6]);
    owner.read(6);
    owner.buffer.seek(5);
    assert!(owner.buffer.open_for_writing(0).is_ok());
    let (room, valid) = owner.buffer.room();
    assert_eq!((room.len(), valid), (3, 1));
    owner.buffer.seek(6);
    assert!(owner.buffer.open_for_writing(0).is_ok());
    let (room, valid) = owner.buffer.room();
    assert_eq!((room.len(), valid), (2, 0));
}

#[test]
fn nothing_written_in_place_makes_nothing_dirty() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(1);
    assert!(owner.buffer.try_seek(0));
    assert!(owner.buffer.try_write(&[9]));
    assert!(owner.buffer.try_seek(3));
    owner.buffer.advance_written(0);
    assert_eq!(owner.buffer.dirty_len(), 1);
}

#[test]
fn a_gap_past_the_end_is_content_only_once_something_is_written() {
    let mut owner = Owner::new(64, &[7]);
    owner.read(1);
    owner.buffer.seek(3);
    let Err(Obstacle::Hole(fill)) = owner.buffer.open_for_writing(0) else { panic!("no hole") };
    let frame = fill.frame();
    assert!(!owner.fill(fill));
    owner.buffer.open_past_end(frame);
    owner.buffer.check();
    owner.buffer.fold();
    owner.buffer.check();
    owner.buffer.seek(0);
    assert_eq!(owner.read(4), [7]);
    owner.buffer.seek(3);
    owner.write(&[9]);
    owner.buffer.seek(0);
    assert_eq!(owner.read(4), [7, 0, 0, 9]);
}

#[test]
fn the_last_clean_frame_is_not_made_dirty() {
    let mut owner = Owner::new(2, &[]);
    owner.write(&[1, 2]);
    assert!(matches!(owner.buffer.open_for_writing(1), Err(Obstacle::LastCleanFrame)));
    let clean = owner.buffer.claim_clean_to_read(1).frame();
    assert!(!owner.buffer.is_frame_dirty(clean));
}

#[test]
fn appended_pages_are_one_run_time_after_time() {
    let mut owner = Owner::new(64, &[]);
    for round in 1..5 {
        owner.write(&[round; 64]);
        owner.buffer.fold();
        let first = owner.buffer.lowest_dirty().unwrap();
        let (offset, bytes) = owner.buffer.bytes_of(&owner.buffer.run(first));
        assert_eq!((offset, bytes.len()), (u64::from(round - 1) * 64, 64));
    }
}

#[test]
fn a_stretch_is_written_back_from_its_start() {
    let mut owner = Owner::new(64, &[]);
    // The higher page first, so that it sits in the lower frame.
    owner.buffer.seek(8);
    owner.write(&[2; 4]);
    owner.buffer.seek(4);
    owner.write(&[1; 4]);
    owner.buffer.fold();
    let high = owner.buffer.pages.find(2).unwrap();
    let low = owner.buffer.pages.find(1).unwrap();
    assert!(high < low);
    assert_eq!(owner.buffer.stretch_start(high), low);
}

#[test]
fn a_sequential_miss_reads_more_and_a_jump_reads_one_page() {
    let mut owner = Owner::new(64, &[7; 200]);
    for at in [100, 104, 120, 0] {
        owner.buffer.seek(at);
        owner.read(1);
        owner.buffer.check();
    }
    // 1, then 4 times as many; 16 are wanted next, but only 12 frames are free; after a jump, 1.
    assert_eq!(owner.fills, [1, 4, 12, 1].map(|pages| pages * 4));
}

#[test]
fn a_sequence_begins_after_a_page_that_is_settled() {
    for is_written in [false, true] {
        let mut owner = Owner::new(64, &[7; 200]);
        for at in [0, 100, 0, 101, 0] {
            owner.buffer.seek(at);
            owner.read(1);
        }
        if is_written {
            owner.write(&[8]);
        }
        owner.buffer.seek(5);
        owner.read(1);
        assert_eq!(owner.fills, [1, 1, 4].map(|pages| pages * 4), "written: {is_written}");
    }
}

#[test]
fn a_page_that_is_passed_with_others_is_not_settled_any_more() {
    let mut owner = Owner::new(64, &[7; 200]);
    owner.buffer.seek(4);
    owner.read_each(12);
    for at in [0, 4, 0, 4, 3] {
        owner.buffer.seek(at);
        owner.read(1);
    }
    let settled = |owner: &Owner| owner.buffer.pages.settled(owner.buffer.policy.era()).count();
    assert_eq!(settled(&owner), 2);
    owner.read_each(8);
    owner.buffer.seek(0);
    assert_eq!(settled(&owner), 0);
}

#[test]
fn a_sequence_is_read_on_from_where_the_stream_stopped() {
    let mut owner = Owner { per_call: 10, ..Owner::new(64, &[7; 200]) };
    // One page, then four, of which two and a half come.
    owner.read_each(14);
    assert_eq!(cached(&owner, 0..5), [true, true, true, true, false]);
    owner.read(1);
    // The rest of the third, and two more.
    assert_eq!(cached(&owner, 3..8), [true, true, true, false, false]);
    assert_eq!(owner.read(9), [7; 9]);
}

#[test]
fn a_sequence_that_the_file_ends_in_pushes_nothing_out() {
    let mut owner = Owner::new(64, &[7; 66]);
    owner.buffer.seek(4);
    owner.read(62);
    let before = cached(&owner, 0..17);
    assert!(owner.read(1).is_empty());
    assert!(owner.read(1).is_empty());
    assert_eq!(cached(&owner, 0..17), before);
}

#[test]
fn a_claim_that_comes_to_nothing_takes_no_frame() {
    let mut owner = Owner::new(64, &[]);
    assert!(owner.read(1).is_empty());
    assert_eq!(owner.buffer.pages.find(0), None);
    assert_eq!(owner.claim_to_read(1).frame(), 0);
}

#[test]
fn a_fill_never_caches_a_page_twice() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.buffer.seek(8);
    owner.read(1);
    owner.buffer.seek(0);
    owner.read(64);
    owner.buffer.check();
}

#[test]
fn a_hot_page_survives_a_sequential_read() {
    let mut owner = Owner::new(64, &[7; 4000]);
    owner.read(1);
    for at in (8..3000).step_by(40) {
        owner.buffer.seek(at);
        owner.read(40);
        owner.buffer.seek(0);
        assert!(!owner.buffer.readable().is_empty(), "the hot page is gone at {at}");
    }
}

#[test]
fn no_byte_is_filled_at_or_past_the_limit() {
    let geometry = Geometry::of(64);
    let mut buffer =
        PageBuffer::new(geometry, Arena::new(geometry.memory()), None, Rules::default());
    buffer.seek(u64::MAX - 1);
    let mut fill = buffer.claim_to_read(1).unwrap();
    assert_eq!(buffer.space(&fill).1.len(), 3);
    assert!(buffer.filled(&mut fill, 3));
    assert!(buffer.open_for_reading().is_ok());
    assert_eq!(buffer.readable().len(), 1);
    buffer.consume(1);
    assert_eq!(buffer.position(), u64::MAX);
    buffer.check();

    // Of the second page in a row, four are wanted; it is the last but one.
    buffer.clear();
    for (at, len) in [(u64::MAX - 11, 4), (u64::MAX - 7, 7)] {
        buffer.seek(at);
        let mut fill = buffer.claim_to_read(1).unwrap();
        assert_eq!(buffer.space(&fill).1.len(), len, "at {at}");
        buffer.filled(&mut fill, len);
        assert!(buffer.open_for_reading().is_ok());
        buffer.check();
    }
}

#[test]
fn the_next_dirty_byte_is_not_before_the_offset_asked_from() {
    let mut owner = Owner::new(64, &[]);
    owner.buffer.seek(5);
    owner.write(&[9; 2]);
    owner.buffer.fold();
    let next = [0, 5, 6, 7].map(|offset| owner.buffer.next_dirty(offset));
    assert_eq!(next, [Some(5), Some(5), Some(6), None]);
}

#[test]
fn forgetting_a_range_forgets_each_page_it_touches() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(64);
    owner.buffer.forget(6, 10);
    owner.buffer.check();
    assert_eq!(cached(&owner, 0..6), [true, false, false, true, true, true]);
    owner.buffer.forget(16, 20);
    assert_eq!(cached(&owner, 0..6), [true, false, false, true, false, true]);
}

#[test]
fn of_the_pages_past_a_length_only_what_is_dirty_stays() {
    let mut owner = Owner::new(64, &[7; 16]);
    owner.read(16);
    owner.buffer.seek(13);
    owner.write(&[9]);
    owner.buffer.forget_clean_past(8);
    owner.buffer.check();
    let valid = [0, 1, 2, 3].map(|page| {
        let frame = owner.buffer.pages.find(page).unwrap();
        owner.buffer.pages.valid(frame).len()
    });
    assert_eq!(valid, [4, 4, 0, 1]);
}

#[test]
fn pages_a_power_of_two_apart_share_few_chains() {
    // Up to 4 TiB.
    for shift in 0..=30 {
        let mut pages = Pages::new(17, true);
        for frame in 0..17 {
            pages.insert(frame, (frame as u64) << shift, Span::EMPTY);
        }
        assert!(pages.longest_chain() <= 2, "pages {} apart", 1_u64 << shift);
    }
}

/// Which of the pages some frame holds.
fn cached(owner: &Owner, pages: Range<u64>) -> Vec<bool> {
    pages.map(|page| owner.buffer.pages.find(page).is_some()).collect()
}

#[test]
fn a_write_from_elsewhere_leaves_a_frame_clean_beside_the_one_that_the_window_may_dirty() {
    // Three frames of a byte each.
    let mut owner = Owner::new(2, b"abc");
    for at in 0..3 {
        owner.buffer.seek(at);
        owner.read(1);
    }
    assert!(owner.buffer.write_cached(b"A", 0));
    owner.buffer.seek(1);
    assert!(owner.buffer.write_cached(b"C", 2));
    owner.buffer.check();
    owner.write(b"B");
    owner.buffer.check();
    assert_eq!(owner.content(), b"ABC");
}
