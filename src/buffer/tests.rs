//! The invariants, checked after every verb; and the verbs one by one.

use proptest::prelude::*;

use super::{Geometry, Obstacle, PageBuffer};
use crate::rules::Rules;

/// The smallest owner a buffer can have: its stream is a vector that never fails.
struct Owner {
    buffer: PageBuffer,
    stream: Vec<u8>,
}

impl Owner {
    fn new(capacity: usize, stream: &[u8]) -> Self {
        let geometry = Geometry::of(capacity);
        let arena = vec![0xEE; geometry.capacity()];
        let mut buffer = PageBuffer::new(geometry, arena, 0, Rules::default());
        buffer.seek(0);
        Self { buffer, stream: stream.to_vec() }
    }

    fn write_back(&mut self, frame: usize) {
        while let Some((offset, bytes)) = self.buffer.run(frame) {
            let start = usize::try_from(offset).unwrap();
            let n = bytes.len();
            self.stream.resize(self.stream.len().max(start + n), 0);
            self.stream[start..start + n].copy_from_slice(bytes);
            self.buffer.wrote(frame, n);
        }
    }

    fn flush(&mut self) {
        self.buffer.fold();
        self.buffer.sort_dirty();
        let mut last = 0;
        while let Some(frame) = self.buffer.lowest_dirty() {
            let (offset, _) = self.buffer.run(frame).unwrap();
            assert!(offset >= last, "written back out of order");
            last = offset;
            self.write_back(frame);
        }
    }

    fn fill(&mut self, mut fill: super::Fill) -> bool {
        loop {
            let (offset, space) = self.buffer.space(&fill);
            let rest = usize::try_from(offset).ok().and_then(|at| self.stream.get(at..));
            let rest = rest.unwrap_or_default();
            let n = rest.len().min(space.len());
            space[..n].copy_from_slice(&rest[..n]);
            if n == 0 {
                return self.buffer.ended(fill);
            }
            if self.buffer.filled(&mut fill, n) {
                return true;
            }
        }
    }

    fn clean_victim(&mut self) -> usize {
        let frame = self.buffer.victim();
        self.write_back(frame);
        frame
    }

    fn read(&mut self, len: usize) -> Vec<u8> {
        let mut out = Vec::new();
        while out.len() < len {
            while let Err(obstacle) = self.buffer.open_for_reading() {
                self.buffer.check();
                let fill = if let Obstacle::Hole(fill) = obstacle {
                    fill
                } else {
                    let frame = self.clean_victim();
                    self.buffer.claim_to_read(frame)
                };
                if !self.fill(fill) {
                    return out;
                }
                self.buffer.check();
            }
            let bytes = self.buffer.readable();
            let n = bytes.len().min(len - out.len());
            out.extend_from_slice(&bytes[..n]);
            self.buffer.consume(n);
        }
        out
    }

    fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            while let Err(obstacle) = self.buffer.open_for_writing(bytes.len()) {
                self.buffer.check();
                match obstacle {
                    Obstacle::Hole(fill) => {
                        let frame = fill.frame();
                        if !self.fill(fill) {
                            self.buffer.open_behind_end(frame);
                        }
                    }
                    Obstacle::Absent => {
                        let frame = self.clean_victim();
                        self.buffer.claim_to_write(frame);
                    }
                    Obstacle::LastCleanFrame => {
                        let frame = self.buffer.dirty_victim();
                        self.write_back(frame);
                    }
                }
                self.buffer.check();
            }
            let (room, _) = self.buffer.room();
            let n = room.len().min(bytes.len());
            room[..n].copy_from_slice(&bytes[..n]);
            self.buffer.wrote_in_place(n);
            bytes = &bytes[n..];
        }
    }

    fn content(mut self) -> Vec<u8> {
        self.flush();
        self.stream
    }
}

impl PageBuffer {
    /// Panics where an invariant stated at the head of `buffer.rs` does not hold.
    fn check(&self) {
        self.pages.check();
        let dirty = self.pages.dirty_count();
        let frames = self.pages.count();
        assert!(frames == 0 || dirty < frames, "no frame is clean");
        for at in self.low..self.read_end {
            let frame = at >> self.page_shift;
            let offset = self.base.wrapping_add(at as u64);
            assert!(self.pages.holds(frame, offset >> self.page_shift));
            assert!(self.pages.valid(frame).contains(at & (self.page_size() - 1)));
        }
        if self.room_end == 0 {
            assert!(self.pending().is_none() && self.write_end == 0, "written without a window");
            return;
        }
        let frame = (self.room_end - 1) >> self.page_shift;
        let start = frame << self.page_shift;
        let page = self.base.wrapping_add(start as u64) >> self.page_shift;
        assert!(self.pages.holds(frame, page), "the window is on no page");
        assert!(self.pages.may_dirty(frame), "no frame would be clean");
        assert!(start <= self.low && start <= self.cursor, "the window goes back too far");
        if let Some((fresh, _)) = self.pending() {
            assert_eq!(fresh, frame, "fresh bytes outside of the window");
            assert!(self.fresh().end <= self.room_end, "fresh bytes behind the window");
        }
        if self.write_end != 0 {
            assert_eq!(self.write_end, self.room_end, "a run ends where the room does");
            assert_eq!((self.low, self.read_end), (super::NOWHERE, 0), "a run is read");
            assert!(self.fresh.start <= self.cursor, "a run goes backwards");
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Seek(u64),
    Read(usize),
    Write(usize),
    EditInPlace,
    Flush,
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..120_u64).prop_map(Step::Seek),
        3 => (0..24_usize).prop_map(Step::Read),
        4 => (1..24_usize).prop_map(Step::Write),
        1 => Just(Step::EditInPlace),
        1 => Just(Step::Flush),
        1 => Just(Step::Clear),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_invariant_holds_after_every_verb(
        capacity in prop::sample::select(vec![1_usize, 2, 3, 8, 16, 33, 64, 128]),
        len in 0..100_usize,
        steps in steps(),
    ) {
        let mut model: Vec<u8> = (1..).take(len).collect();
        let mut owner = Owner::new(capacity, &model);
        let mut position = 0;
        for (fresh, step) in (100..).zip(steps) {
            match step {
                Step::Seek(to) => {
                    owner.buffer.seek(to);
                    position = usize::try_from(to).unwrap();
                }
                Step::Read(len) => {
                    let start = position.min(model.len());
                    let end = (position + len).min(model.len()).max(start);
                    prop_assert_eq!(owner.read(len), &model[start..end]);
                    position += end - start;
                }
                Step::Write(len) => {
                    owner.write(&vec![fresh; len]);
                    model.resize(model.len().max(position + len), 0);
                    model[position..position + len].fill(fresh);
                    position += len;
                }
                Step::EditInPlace => {
                    if let Some(byte) = owner.read(1).first() {
                        owner.buffer.seek(position as u64);
                        prop_assert!(owner.buffer.open_for_reading().is_ok());
                        if owner.buffer.may_dirty_here() {
                            let bytes = owner.buffer.readable_mut();
                            prop_assert_eq!(bytes[0], *byte);
                            bytes[0] = fresh;
                            model[position] = fresh;
                        }
                    }
                }
                Step::Flush => {
                    owner.flush();
                    prop_assert_eq!(owner.buffer.dirty_len(), 0);
                    prop_assert_eq!(&owner.stream, &model);
                }
                Step::Clear => {
                    owner.flush();
                    owner.buffer.clear();
                }
            }
            owner.buffer.check();
            prop_assert_eq!(owner.buffer.position(), position as u64);
            prop_assert_eq!(owner.buffer.is_dirty(), owner.buffer.dirty_len() > 0);
        }
        prop_assert_eq!(owner.content(), model);
    }
}

#[test]
fn the_geometry_is_whole_pages_and_at_least_two() {
    let pages = |capacity| {
        let geometry = Geometry::of(capacity);
        (1 << geometry.page_shift, geometry.frames)
    };
    assert_eq!(pages(1), (1, 2));
    assert_eq!(pages(2), (1, 2));
    assert_eq!(pages(3), (1, 3));
    assert_eq!(pages(33), (2, 17));
    assert_eq!(pages(64), (4, 16));
    assert_eq!(pages(8 * 1024), (512, 16));
    assert_eq!(pages(64 * 1024), (4096, 16));
    assert_eq!(pages(64 * 1024 + 1), (4096, 17));
    assert_eq!(pages(1024 * 1024), (4096, 256));
    assert_eq!(Geometry::of(0).capacity(), 0);
    assert_eq!(Geometry::of(usize::MAX).capacity(), usize::MAX);
}

#[test]
fn what_the_window_holds_is_read_at_once_to_its_last_byte() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(2);
    let mut out = [0; 2];
    assert!(owner.buffer.read_exact(&mut out));
    assert_eq!(out, [7; 2]);
    assert!(!owner.buffer.read_exact(&mut out));
}

#[test]
fn what_the_window_has_room_for_is_written_at_once_to_its_last_byte() {
    let mut owner = Owner::new(64, &[]);
    owner.write(&[1, 2]);
    assert!(owner.buffer.write_all(&[3, 4]));
    assert!(!owner.buffer.write_all(&[5]));
    assert_eq!(owner.content(), [1, 2, 3, 4]);
}

#[test]
fn a_seek_inside_the_window_keeps_it() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(4);
    assert!(owner.buffer.seek_in_window(0));
    assert_eq!(owner.buffer.readable(), [7; 4]);
}

#[test]
fn no_seek_is_a_hit_before_the_position_is_known() {
    let geometry = Geometry::of(64);
    let mut buffer = PageBuffer::new(geometry, vec![0; 64], 0, Rules::default());
    assert!(!buffer.seek_in_window(0));
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
fn what_was_read_is_changed_without_a_look_up() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(2);
    assert!(owner.buffer.seek_in_window(0));
    assert!(owner.buffer.write_all(&[9]));
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
    assert!(owner.buffer.write_all(&[9]));
    assert!(owner.buffer.seek_in_window(13));
    assert!(!owner.buffer.write_all(&[9]));
    owner.write(&[9]);
    owner.buffer.check();
    assert!(!owner.buffer.seek_in_window(5));
    assert_eq!(owner.buffer.readable().len(), 6);
    assert_eq!(owner.buffer.dirty_len(), 2);
}

#[test]
fn bytes_scribbled_beyond_the_run_are_not_content() {
    let mut owner = Owner::new(64, &[]);
    assert!(matches!(owner.buffer.open_for_writing(0), Err(Obstacle::Absent)));
    owner.buffer.claim_to_write(0);
    assert!(owner.buffer.open_for_writing(0).is_ok());
    let (room, valid) = owner.buffer.room();
    assert_eq!((room.len(), valid), (4, 0));
    room.fill(9);
    owner.buffer.wrote_in_place(2);
    owner.buffer.check();
    assert_eq!(owner.content(), [9, 9]);
}

#[test]
fn a_gap_behind_the_end_is_content_only_once_something_is_written() {
    let mut owner = Owner::new(64, &[7]);
    owner.read(1);
    owner.buffer.seek(3);
    let Err(Obstacle::Hole(fill)) = owner.buffer.open_for_writing(0) else { panic!("no hole") };
    let frame = fill.frame();
    assert!(!owner.fill(fill));
    owner.buffer.open_behind_end(frame);
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
    owner.write(&[1]);
    assert!(matches!(owner.buffer.open_for_writing(1), Err(Obstacle::LastCleanFrame)));
    let clean = owner.buffer.clean_victim();
    assert!(!owner.buffer.is_frame_dirty(clean));
}

#[test]
fn appended_pages_are_one_run_time_after_time() {
    let mut owner = Owner::new(64, &[]);
    for round in 1..5 {
        owner.write(&[round; 60]);
        owner.buffer.fold();
        owner.buffer.sort_dirty();
        let first = owner.buffer.lowest_dirty().unwrap();
        let (offset, bytes) = owner.buffer.run(first).unwrap();
        assert_eq!((offset, bytes.len()), (u64::from(round - 1) * 60, 60));
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
    let mut filled = Vec::new();
    for at in [100, 104, 120, 0] {
        owner.buffer.seek(at);
        let frame = owner.clean_victim();
        let mut fill = owner.buffer.claim_to_read(frame);
        let n = owner.buffer.space(&fill).1.len();
        owner.buffer.filled(&mut fill, n);
        owner.buffer.check();
        filled.push(n / 4);
    }
    // 1, then 4 times as many; 16 are wanted next, but the arena ends after 11; after a jump, 1.
    assert_eq!(filled, [1, 4, 11, 1]);
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
fn no_byte_is_filled_at_or_behind_the_limit() {
    let geometry = Geometry::of(64);
    let mut buffer = PageBuffer::new(geometry, vec![0; 64], 0, Rules::default());
    buffer.seek(u64::MAX - 1);
    let mut fill = buffer.claim_to_read(0);
    assert_eq!(buffer.space(&fill).1.len(), 3);
    assert!(buffer.filled(&mut fill, 3));
    assert!(buffer.open_for_reading().is_ok());
    assert_eq!(buffer.readable().len(), 1);
    buffer.consume(1);
    assert_eq!(buffer.position(), u64::MAX);
    buffer.check();
}

#[test]
fn forgetting_a_range_forgets_each_page_it_touches() {
    let mut owner = Owner::new(64, &[7; 64]);
    owner.read(64);
    owner.buffer.forget(6, 10);
    owner.buffer.check();
    for (page, cached) in [(0, true), (1, false), (2, false), (3, true)] {
        assert_eq!(owner.buffer.pages.find(page).is_some(), cached, "page {page}");
    }
}
