//! The places at which the program reads or writes sequentially.

use core::ops::Range;

/// How many are known at a time.
const PLACES: usize = 12;

/// How many frames a ring has at most.
pub(super) const MOST: usize = u16::MAX as usize;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The page that continues it.
    pub(super) next: u64,
    /// The first of the frames that it used last, and how many these are: its ring.
    first: u32,
    count: u16,
    /// When it moved on last, in turns of all places.
    turn: u16,
    /// The last bits of the visit at which the program was in one of its pages last.
    seen: u16,
    /// How many frames its ring may have.
    pub(super) wanted: u16,
    /// How many frames the ring had before it began anew.
    pub(super) reach: u16,
    /// Whether it goes on towards the start of the file.
    pub(super) is_backward: bool,
}

impl Place {
    pub(super) fn ring(&self) -> Range<usize> {
        let first = self.first as usize;
        first..first + usize::from(self.count)
    }

    /// Has the ring go on in `frame`, if it is the next one or one of those that the ring had before it began
    /// anew. Otherwise, `false`.
    pub(super) fn goes_on_in(&mut self, frame: usize) -> bool {
        let end = self.ring().end;
        let is_next = frame == end || (end..self.reach()).contains(&frame);
        let goes_on = is_next && frame - (self.first as usize) < MOST;
        if goes_on {
            self.set_ring(self.first as usize..frame + 1);
        }
        goes_on
    }

    /// The frame after those that the ring had before it began anew.
    pub(super) fn reach(&self) -> usize {
        self.first as usize + usize::from(self.reach)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "frames are counted in 32 bits, and see MOST"
    )]
    pub(super) fn set_ring(&mut self, ring: Range<usize>) {
        debug_assert!(ring.len() <= MOST);
        self.first = ring.start as u32;
        self.count = ring.len() as u16;
    }

    #[expect(clippy::cast_possible_truncation, reason = "only the last bits are kept")]
    pub(super) fn see(&mut self, now: u32) {
        self.seen = now as u16;
    }

    /// Limits its ring to `wanted` frames.
    pub(super) fn set_wanted(&mut self, wanted: usize) {
        self.wanted = u16::try_from(wanted).unwrap_or(u16::MAX);
    }
}

/// A place that no page continues.
const NOWHERE: Place = Place {
    next: u64::MAX,
    first: 0,
    count: 0,
    turn: 0,
    seen: 0,
    wanted: 1,
    reach: 0,
    is_backward: false,
};

/// The places, named by their index.
#[derive(Debug)]
pub(super) struct Places {
    places: [Place; PLACES],
    /// How often a place moved on.
    turns: u16,
}

impl Places {
    pub(super) fn new() -> Self {
        Self { places: [NOWHERE; PLACES], turns: 0 }
    }

    /// The place that `page` continues, in this direction.
    pub(super) fn find(&self, page: u64, is_backward: bool) -> Option<u8> {
        let is_it = |place: &Place| place.next == page && place.is_backward == is_backward;
        (0..).zip(&self.places).find(|(_, place)| is_it(place)).map(|(index, _)| index)
    }

    pub(super) fn get(&self, place: u8) -> &Place {
        &self.places[usize::from(place)]
    }

    pub(super) fn get_mut(&mut self, place: u8) -> &mut Place {
        &mut self.places[usize::from(place)]
    }

    /// Records that the program was in a page of `place` at the visit `now`, if there is such a place.
    #[inline]
    pub(super) fn see(&mut self, place: u8, now: u32) {
        if let Some(place) = self.places.get_mut(usize::from(place)) {
            place.see(now);
        }
    }

    /// The place that moved on before all others, to be used for another.
    pub(super) fn oldest(&self) -> u8 {
        let places = (0..).zip(&self.places);
        places.max_by_key(|(_, place)| self.age(place)).map_or(0, |(index, _)| index)
    }

    fn age(&self, place: &Place) -> u16 {
        self.turns.wrapping_sub(place.turn)
    }

    /// How many places move on as often as this one, or more often; this one among them.
    pub(super) fn sharing(&self, place: u8) -> usize {
        usize::from(self.age(self.get(place))).clamp(1, PLACES)
    }

    /// Records that `place` moves on.
    pub(super) fn take_turn(&mut self, place: u8) {
        self.turns = self.turns.wrapping_add(1);
        self.get_mut(place).turn = self.turns.wrapping_sub(1);
    }

    /// Whether a place goes on in `frame`, if it can.
    pub(super) fn one_goes_on_in(&self, frame: usize) -> bool {
        self.places.iter().any(|place| place.count > 0 && place.ring().end == frame)
    }

    /// Whether the program still moves on at `place`: it was there no more than `patience` visits
    /// before `now`, and the other places have not moved on without it for long.
    #[expect(clippy::cast_possible_truncation, reason = "only the last bits are kept")]
    pub(super) fn is_alive(&self, place: u8, now: u32, patience: u32) -> bool {
        let known = self.get(place);
        let age = (now as u16).wrapping_sub(known.seen);
        u32::from(age) <= patience && usize::from(self.age(known)) <= PLACES + 1
    }
}
