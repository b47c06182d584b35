//! Pages that are brought side by side: what stays, what moves, and what it saves.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::neighbours::MOST_SWAPS;
use super::super::{PageBuffer, Run, Span};
use super::Owner;

/// All that is known of a page, but for its frame.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    valid: Vec<u8>,
    spans: (Span, Span),
}

fn known(buffer: &PageBuffer) -> BTreeMap<u64, Known> {
    let of = |frame| {
        let (valid, dirty) = (buffer.pages.valid(frame), buffer.pages.dirty(frame));
        let bytes = buffer.arena[buffer.in_arena(frame, valid)].to_vec();
        (buffer.pages.page(frame).unwrap(), Known { valid: bytes, spans: (valid, dirty) })
    };
    let frames = 0..buffer.pages.count();
    frames.filter(|&frame| buffer.pages.page(frame).is_some()).map(of).collect()
}

/// The pages in the order in which they go, and what the policy knows of them.
fn order(buffer: &PageBuffer) -> Vec<(Option<u64>, String)> {
    let known = buffer.policy.known().into_iter();
    known.map(|(frame, known)| (buffer.pages.page(frame), known)).collect()
}

/// Which page is in which frame.
fn places(buffer: &PageBuffer) -> Vec<Option<u64>> {
    (0..buffer.pages.count()).map(|frame| buffer.pages.page(frame)).collect()
}

/// What the program sees of the window: the position, what can be read before it and after it, the room
/// after it, and the page.
fn view(buffer: &PageBuffer) -> Option<String> {
    let cursor = buffer.window.cursor();
    let back = cursor.saturating_sub(buffer.window.readable().start);
    let room = buffer.window.write_end().saturating_sub(cursor);
    let page = buffer.pages.page(buffer.entered.frame());
    let view = (buffer.position(), back, buffer.readable(), room, page);
    buffer.window.is_open().then(|| format!("{view:?}"))
}

/// In how many calls the stretch from `start` on is written as it lies, and of how many pages the first
/// is.
fn calls(buffer: &PageBuffer, start: usize) -> (usize, usize) {
    let (mut calls, mut frame) = (0, Some(start));
    let mut first = 0;
    while let Some(start) = frame {
        let end = buffer.run(start).frames.end;
        calls += 1;
        if calls == 1 {
            first = end - start;
        }
        frame = buffer.dirty_after(end - 1);
    }
    (calls, first)
}

/// Joins what is around `frame`, and checks that nothing else changes and that it is worth it.
pub(super) fn join(buffer: &mut PageBuffer, frame: usize) -> (usize, Run) {
    let page = buffer.pages.page(frame).unwrap();
    let start = buffer.stretch_start(frame);
    let first = buffer.pages.page(start).unwrap();
    let (was_known, was_in_order) = (known(buffer), order(buffer));
    let (was_seen, were_at) = (view(buffer), places(buffer));
    let fixed = Some(buffer.frames_of_window()).filter(|frames| frames.len() > 1).unwrap_or(0..0);
    let (_, was_first) = calls(buffer, start);

    let (frame, run) = buffer.join_neighbours(frame);
    buffer.check();
    assert_eq!(buffer.pages.page(frame), Some(page), "the page is elsewhere");
    assert_eq!(known(buffer), was_known, "bytes or spans have changed");
    assert_eq!(order(buffer), was_in_order, "visits or ranks have not followed their pages");
    assert_eq!(view(buffer), was_seen, "the window has not gone along");
    let are_at = places(buffer);
    assert_eq!(are_at[fixed.clone()], were_at[fixed], "a page under the window has moved");
    let start = buffer.stretch_start(frame);
    assert_eq!(buffer.pages.page(start), Some(first));
    assert_eq!(run, buffer.run(start), "another run than the first of the stretch");
    let (_, is_first) = calls(buffer, start);
    assert!(is_first >= was_first, "the first call has become shorter");

    let block = first..first + is_first as u64;
    let joins = |at: &[Option<u64>]| {
        let is_join = |pair: &&[Option<u64>]| {
            let next = pair[0].and_then(|page| page.checked_add(1));
            pair[0].is_some_and(|page| block.contains(&page))
                && next.is_some_and(|page| block.contains(&page) && pair[1] == Some(page))
        };
        at.windows(2).filter(is_join).count()
    };
    let saved = joins(&are_at) - joins(&were_at);
    let swaps = swaps(were_at, &are_at);
    assert!(swaps <= saved * MOST_SWAPS, "{swaps} exchanges save {saved} calls");
    (frame, run)
}

/// In how many exchanges of two frames each page comes from where it was to where it is.
fn swaps(mut places: Vec<Option<u64>>, are_at: &[Option<u64>]) -> usize {
    let mut swaps = 0;
    for (frame, &page) in are_at.iter().enumerate() {
        if page.is_some() && places[frame] != page {
            let from = places.iter().position(|&was| was == page).expect("a page is new");
            places.swap(frame, from);
            swaps += 1;
        }
    }
    swaps
}

/// A buffer of 16 pages of four bytes, and the frame that stays clean.
fn pages_written(pages: &[u64]) -> Owner {
    let mut owner = Owner::new(64, &[]);
    for &page in pages {
        owner.buffer.seek(page * 4);
        owner.write(&[u8::try_from(page).unwrap(); 4]);
    }
    owner.buffer.fold();
    owner.buffer.close_at(400);
    owner
}

#[test]
fn pages_that_were_written_backwards_are_one_call() {
    let pages: Vec<u64> = (0..16).rev().collect();
    let mut owner = pages_written(&pages);
    owner.flush();
    assert_eq!(owner.writes, [0]);
}

#[test]
fn what_follows_is_brought_to_the_longest_run() {
    // Frames:                      0  1  2  3  4  5  6
    let mut owner = pages_written(&[9, 2, 3, 4, 8, 1, 5]);
    let frame = owner.buffer.pages.find(3).unwrap();
    join(&mut owner.buffer, frame);
    let pages = [1, 2, 3, 4, 5, 9, 8].map(Some);
    assert_eq!(places(&owner.buffer)[..7], pages);
}

#[test]
fn pages_that_make_room_may_join_too() {
    // Frames:                      0   1   2   3   4  5  6   7   8   9  10 11 12 13 14
    let mut owner = pages_written(&[30, 15, 16, 17, 8, 9, 10, 11, 12, 13, 14, 5, 6, 7, 4]);
    let frame = owner.buffer.pages.find(4).unwrap();
    join(&mut owner.buffer, frame);
    let pages = (4..18).chain([30]).map(Some).collect::<Vec<_>>();
    assert_eq!(places(&owner.buffer)[..15], pages);
}

#[test]
fn where_there_is_no_room_after_the_longest_run_all_move() {
    // 0 and 1 are in the last frames but one, and only one frame comes after them.
    let mut owner = pages_written(&[50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 5, 4, 3, 2, 0, 1]);
    owner.flush();
    assert_eq!(owner.writes, [0, 200]);
}

#[test]
fn two_long_runs_are_two_calls() {
    let mut owner = pages_written(&[8, 9, 10, 11, 4, 5, 6, 7]);
    let before = places(&owner.buffer);
    owner.flush();
    assert_eq!(owner.writes, [16, 32]);
    assert_eq!(places(&owner.buffer), before);
}

#[test]
fn a_page_that_is_not_dirty_to_its_end_has_no_neighbour() {
    let mut owner = Owner::new(64, &[]);
    for (at, len) in [(8, 4), (4, 3), (1, 3)] {
        owner.buffer.seek(at);
        owner.write(&vec![1; len]);
    }
    owner.flush();
    assert_eq!(owner.writes, [1, 8]);
}

#[test]
fn a_window_on_a_page_goes_along_with_it() {
    let mut owner = pages_written(&[7, 6, 5, 4, 3, 2, 1, 0]);
    owner.buffer.seek(2 * 4 + 1);
    owner.flush();
    assert_eq!(owner.writes, [0]);
    assert_eq!(owner.buffer.readable(), [2; 3]);
    assert!(owner.buffer.try_write(&[9]));
    owner.flush();
    assert_eq!(owner.stream[8..12], [2, 9, 2, 2]);
}

#[test]
fn the_frames_of_a_window_over_several_pages_stay() {
    let mut owner = Owner::new(64, &[9; 80]);
    // Pages 10 to 14 in frames 0 to 4. A window is to span the last four, so that the frame before them
    // and those after them are apart.
    for at in [40, 44] {
        owner.buffer.seek(at);
        owner.read(1);
    }
    for page in (19..32).rev() {
        owner.buffer.seek(page * 4);
        owner.write(&[7; 4]);
    }
    owner.buffer.fold();
    owner.buffer.close_at(44);
    owner.read(1);
    assert_eq!(owner.buffer.frames_of_window(), 1..5);
    owner.flush();
    assert_eq!(owner.writes, [19 * 4, 20 * 4]);
    assert_eq!(owner.buffer.readable().len(), 15);
}

/// Whole pages, or parts of them.
fn writes() -> impl Strategy<Value = Vec<(u64, usize, usize)>> {
    let spans = prop_oneof![6 => Just((0, 4)), 1 => Just((0, 2)), 1 => Just((2, 4))];
    let write = (0..24_u64, spans).prop_map(|(page, (start, end))| (page, start, end));
    prop::collection::vec(write, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_written_in_any_order_are_written_back_once_in_order_and_whole(
        writes in writes(),
        per_call in prop::sample::select(vec![3_usize, 4, 7, usize::MAX]),
        back in prop::option::of(0..24_u64),
    ) {
        let mut model = vec![0; 24 * 4];
        let mut owner = Owner { per_call, ..Owner::new(64, &model) };
        for (fresh, (page, start, end)) in (1..).zip(writes) {
            owner.buffer.seek(page * 4 + start as u64);
            owner.write(&vec![fresh; end - start]);
            let first = usize::try_from(page * 4).unwrap();
            model[first + start..first + end].fill(fresh);
        }
        owner.buffer.fold();
        // With a window on a page, or with none.
        match back {
            Some(page) => owner.buffer.seek(page * 4),
            None => owner.buffer.seek(4000),
        }
        owner.flush();
        prop_assert_eq!(owner.stream, model);
    }
}
