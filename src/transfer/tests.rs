//! Every goal, over a stream that gives and takes little, fails, or is not waited for.

use proptest::prelude::*;

use super::{Around, Goal, Step, Transfer};
use crate::buffer::{Arena, Geometry, PageBuffer};
use crate::rules::Rules;

/// What the stream makes of a step.
#[derive(Clone, Debug)]
enum Answer {
    /// Moves this many bytes, or all that it can.
    Moves(usize),
    /// Has moved this many bytes, but fails.
    Fails(usize),
    /// Has moved this many bytes, but does not answer yet.
    Waits(usize),
    /// The same, and the front end gives up.
    IsLeft(usize),
}

use Answer::{Fails, IsLeft, Moves, Waits};

const ALL: Answer = Moves(usize::MAX);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Reached,
    Failed,
    GivenUp,
}

/// A front end, and the vector that is its stream. What is not in `answers` is answered with all.
struct FrontEnd {
    buffer: PageBuffer,
    stream: Vec<u8>,
    answers: std::vec::IntoIter<Answer>,
    /// Where the stream was asked to read, and to write.
    reads: Vec<u64>,
    writes: Vec<u64>,
}

impl FrontEnd {
    fn new(capacity: usize, stream: &[u8]) -> Self {
        Self::with_rules(capacity, stream, Rules::default())
    }

    fn with_rules(capacity: usize, stream: &[u8], rules: Rules) -> Self {
        let geometry = Geometry::of(capacity);
        let arena = Arena::new(geometry.memory());
        Self {
            buffer: PageBuffer::new(geometry, arena, Some(0), rules),
            stream: stream.to_vec(),
            answers: Vec::new().into_iter(),
            reads: Vec::new(),
            writes: Vec::new(),
        }
    }

    fn reach(&mut self, goal: Goal, answers: &[Answer]) -> End {
        self.answers = Vec::from(answers).into_iter();
        let position = self.buffer.position();
        let mut transfer = Transfer::new(goal);
        let mut unanswered = None;
        let end = loop {
            let step = transfer.next(&mut self.buffer);
            if let Some(unanswered) = unanswered.take() {
                assert_eq!(shape(&step), unanswered, "another step before this one was answered");
            }
            let is_read = matches!(step, Step::Read { .. });
            let before = shape(&step);
            let answer = match step {
                Step::Done => break End::Reached,
                Step::Read { offset, space } => {
                    self.reads.push(offset);
                    read(&self.stream, offset, space, &mut self.answers)
                }
                Step::Write { offset, bytes } => {
                    self.writes.push(offset);
                    write(&mut self.stream, offset, bytes, &mut self.answers)
                }
            };
            match answer {
                Moves(n) if is_read => transfer.read(&mut self.buffer, n),
                Moves(n) => transfer.wrote(&mut self.buffer, n),
                Fails(_) if is_read && transfer.could_not_read(&mut self.buffer) => {}
                Fails(_) if !is_read && transfer.could_not_write(&mut self.buffer) => {}
                Fails(_) => break End::Failed,
                Waits(_) => unanswered = Some(before),
                IsLeft(_) => break End::GivenUp,
            }
            self.buffer.check();
        };
        if end == End::Reached {
            let again = transfer.next(&mut self.buffer);
            assert!(matches!(again, Step::Done), "a goal that was reached is not");
        } else {
            transfer.abandon(&mut self.buffer);
        }
        self.buffer.check();
        assert_eq!(self.buffer.position(), position);
        end
    }

    fn write(&mut self, bytes: &[u8], answers: &[Answer]) -> usize {
        if self.reach(Goal::Write { len: bytes.len() }, answers) != End::Reached {
            return 0;
        }
        let n = self.buffer.write_some(bytes);
        assert!(n > 0, "no room");
        n
    }

    fn write_all(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let n = self.write(bytes, &[]);
            bytes = &bytes[n..];
        }
    }
}

/// What distinguishes one step from another.
fn shape(step: &Step<'_>) -> (u64, usize, Vec<u8>) {
    match step {
        Step::Done => (0, 0, Vec::new()),
        Step::Read { offset, space } => (*offset, space.len(), Vec::new()),
        Step::Write { offset, bytes } => (*offset, 0, bytes.to_vec()),
    }
}

fn read(
    stream: &[u8],
    offset: u64,
    space: &mut [u8],
    answers: &mut impl Iterator<Item = Answer>,
) -> Answer {
    let start = usize::try_from(offset).unwrap().min(stream.len());
    let there = space.len().min(stream.len() - start);
    let answer = answers.next().unwrap_or(ALL);
    let (Moves(n) | Fails(n) | Waits(n) | IsLeft(n)) = answer;
    // An end that is none would be a lie.
    let n = n.max(1).min(there);
    space.fill(0xEE);
    space[..n].copy_from_slice(&stream[start..start + n]);
    if let Moves(_) = answer { Moves(n) } else { answer }
}

fn write(
    stream: &mut Vec<u8>,
    offset: u64,
    bytes: &[u8],
    answers: &mut impl Iterator<Item = Answer>,
) -> Answer {
    assert!(!bytes.is_empty(), "nothing to write");
    let start = usize::try_from(offset).unwrap();
    let answer = answers.next().unwrap_or(ALL);
    let (Moves(n) | Fails(n) | Waits(n) | IsLeft(n)) = answer;
    let least = usize::from(matches!(answer, Moves(_)));
    let n = n.max(least).min(bytes.len());
    if n > 0 {
        stream.resize(stream.len().max(start + n), 0);
        stream[start..start + n].copy_from_slice(&bytes[..n]);
    }
    if let Moves(_) = answer { Moves(n) } else { answer }
}

#[test]
fn a_write_goes_on_where_the_hole_before_it_cannot_be_read() {
    let mut file = FrontEnd::new(64, &[7; 4]);
    file.write_all(&[1]);
    file.buffer.seek(3);
    assert_eq!(file.write(&[2], &[Fails(1)]), 1);
    assert_eq!(file.writes, [0]);
    file.reach(Goal::Clean, &[]);
    assert_eq!(file.stream, [1, 7, 7, 2]);
}

#[test]
fn a_read_goes_on_where_nothing_can_be_written() {
    let mut file = FrontEnd::new(2, &[7; 9]);
    file.write_all(&[1, 2]);
    // The third frame; what is read after that has to push out the oldest page.
    file.buffer.seek(5);
    assert_eq!(file.reach(Goal::Read { len: 1 }, &[]), End::Reached);
    file.buffer.seek(8);
    assert_eq!(file.reach(Goal::Read { len: 1 }, &[Fails(0)]), End::Reached);
    assert_eq!((file.buffer.readable(), file.buffer.dirty_len()), (&[7][..], 2));
}

#[test]
fn a_read_goes_on_where_what_is_read_ahead_before_it_cannot_be_read() {
    let mut file = FrontEnd::new(64, &[7; 200]);
    for (at, answers) in [(100, &[][..]), (96, &[Fails(0)])] {
        file.buffer.seek(at);
        assert_eq!(file.reach(Goal::Read { len: 1 }, answers), End::Reached);
    }
    // Towards the start of the file, four pages are read; or only the one that is needed.
    assert_eq!(file.reads, [100, 84, 96]);
}

#[test]
fn where_nothing_can_be_written_a_change_fails() {
    let mut file = FrontEnd::new(2, &[7; 4]);
    file.write_all(&[1, 2]);
    assert_eq!(file.reach(Goal::Change, &[ALL, Fails(0)]), End::Failed);
    assert_eq!(file.buffer.dirty_len(), 2);
    assert_eq!(file.reach(Goal::Change, &[]), End::Reached);
    assert_eq!(file.buffer.readable_mut(), [7]);
}

#[test]
fn nothing_is_read_at_or_past_the_greatest_length() {
    let rules = Rules { max_len: 8, ..Rules::default() };
    let mut file = FrontEnd::with_rules(64, &[7; 8], rules);
    for at in [8, 9, 100] {
        file.buffer.seek(at);
        assert_eq!(file.reach(Goal::Read { len: 1 }, &[]), End::Reached);
        assert!(file.buffer.readable().is_empty() && file.reads.is_empty(), "at {at}");
    }
}

#[test]
fn a_hole_is_not_read_where_nothing_may_be() {
    let rules = Rules { may_read: false, ..Rules::default() };
    let mut file = FrontEnd::with_rules(64, &[7; 4], rules);
    file.write_all(&[1]);
    file.buffer.seek(3);
    file.write_all(&[2]);
    assert_eq!((file.reads.len(), &file.writes[..]), (0, &[0][..]));
    file.reach(Goal::Clean, &[]);
    assert_eq!(file.stream, [1, 7, 7, 2]);
}

#[test]
fn a_page_that_starts_anew_is_the_one_that_moved_to_its_neighbour() {
    let rules = Rules { may_read: false, ..Rules::default() };
    let mut file = FrontEnd::with_rules(64, &[0; 100], rules);
    // One frame each. 3 comes to 2, and what is between them goes where it was.
    for (page, len) in [(8, 4), (2, 4), (20, 4), (3, 1)] {
        file.buffer.seek(page * 4);
        file.write_all(&vec![1; len]);
    }
    file.buffer.seek(3 * 4 + 3);
    file.write_all(&[2]);
    assert_eq!(file.writes, [2 * 4]);
    file.reach(Goal::Clean, &[]);
    assert_eq!(file.stream[8..16], [1, 1, 1, 1, 1, 0, 0, 2]);
    assert_eq!(file.writes, [2 * 4, 3 * 4 + 3, 8 * 4, 20 * 4]);
}

#[test]
fn what_is_dirty_is_written_in_ascending_order() {
    let mut file = FrontEnd::new(64, &[]);
    for at in [40, 8, 24] {
        file.buffer.seek(at);
        file.write_all(&[1; 4]);
    }
    assert_eq!(file.reach(Goal::Clean, &[Moves(3)]), End::Reached);
    assert_eq!(file.writes, [8, 11, 24, 40]);
}

#[test]
fn what_the_stream_has_not_answered_for_is_dirty() {
    let mut file = FrontEnd::new(64, &[]);
    file.write_all(&[1; 8]);
    assert_eq!(file.reach(Goal::Clean, &[Waits(8), Waits(8), IsLeft(8)]), End::GivenUp);
    assert_eq!(file.buffer.dirty_len(), 8);
    assert_eq!(file.writes, [0, 0, 0]);
}

#[test]
fn giving_up_again_and_again_costs_no_pages() {
    let mut file = FrontEnd::new(64, &[7; 400]);
    // Spots that are far apart, so that each is a page; one frame of 17 stays free.
    let spots = (0..16).map(|spot| spot * 8);
    for spot in spots.clone() {
        file.buffer.seek(spot);
        assert_eq!(file.reach(Goal::Read { len: 1 }, &[]), End::Reached);
    }
    for answer in [IsLeft(0), IsLeft(3), Fails(2)].iter().cycle().take(60) {
        file.buffer.seek(300);
        assert_ne!(file.reach(Goal::Read { len: 1 }, std::slice::from_ref(answer)), End::Reached);
    }
    for spot in spots {
        file.buffer.seek(spot);
        assert!(!file.buffer.readable().is_empty(), "the page at {spot} is gone");
    }
}

#[test]
fn a_read_goes_around_up_to_the_next_dirty_byte() {
    let mut file = FrontEnd::new(4, &[7; 40]);
    file.buffer.seek(20);
    file.write_all(&[1]);
    let around = |file: &mut FrontEnd, at, len, least| {
        file.buffer.seek(at);
        Around::read(&mut file.buffer, len, least).map(|around| around.len())
    };
    assert_eq!(around(&mut file, 0, 40, 4), Some(20));
    assert_eq!(around(&mut file, 0, 4, 4), Some(4));
    assert_eq!(around(&mut file, 0, 3, 4), None);
    assert_eq!(around(&mut file, 16, 9, 4), Some(4));
    assert_eq!(around(&mut file, 17, 9, 4), None);
    assert_eq!(around(&mut file, 17, 9, 1), Some(3));
    assert_eq!(around(&mut file, 20, 9, 0), None);
    assert_eq!(around(&mut file, 21, 9, 4), Some(9));
}

#[derive(Clone, Debug)]
enum Call {
    Seek(u64),
    Read(Vec<Answer>),
    Change(Vec<Answer>),
    Write(usize, Vec<Answer>),
    Clean(Vec<Answer>),
    ReadAround(usize),
    WriteAround(usize, Answer),
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let answer = prop_oneof![
        2 => Just(ALL),
        4 => (0..9_usize).prop_map(Moves),
        2 => (0..9_usize).prop_map(Fails),
        2 => (0..9_usize).prop_map(Waits),
        1 => (0..9_usize).prop_map(IsLeft),
    ];
    let answers = || prop::collection::vec(answer.clone(), 0..6);
    let call = prop_oneof![
        6 => (0..120_u64).prop_map(Call::Seek),
        4 => answers().prop_map(Call::Read),
        2 => answers().prop_map(Call::Change),
        6 => (1..24_usize, answers()).prop_map(|(len, answers)| Call::Write(len, answers)),
        2 => answers().prop_map(Call::Clean),
        1 => (0..40_usize).prop_map(Call::ReadAround),
        1 => (1..40_usize, prop::sample::select(vec![ALL, Moves(3), Fails(0)]))
            .prop_map(|(len, answer)| Call::WriteAround(len, answer)),
    ];
    prop::collection::vec(call, 1..60)
}

/// The file as it should be.
struct Model {
    bytes: Vec<u8>,
    position: usize,
}

impl Model {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    fn write(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let end = self.position + bytes.len();
        self.bytes.resize(self.bytes.len().max(end), 0);
        self.bytes[self.position..end].copy_from_slice(bytes);
        self.position = end;
    }
}

fn make(call: &Call, fresh: u8, file: &mut FrontEnd, model: &mut Model) {
    let may_read = file.buffer.rules().may_read;
    match call {
        Call::Seek(to) => {
            file.buffer.seek(*to);
            model.position = usize::try_from(*to).unwrap();
        }
        Call::Read(answers) if may_read => {
            if file.reach(Goal::Read { len: 1 }, answers) == End::Reached {
                let mut out = [0; 5];
                let n = file.buffer.read_some(&mut out);
                assert!(n > 0 || model.rest().is_empty(), "the end of the file inside of it");
                assert_eq!(out[..n], model.rest()[..n]);
                model.position += n;
            }
        }
        Call::Change(answers) if may_read => {
            if file.reach(Goal::Change, answers) == End::Reached {
                if file.buffer.readable().is_empty() {
                    assert!(model.rest().is_empty(), "the end of the file inside of it");
                    return;
                }
                let bytes = file.buffer.readable_mut();
                assert_eq!(bytes, &model.rest()[..bytes.len()]);
                bytes[0] = fresh;
                model.bytes[model.position] = fresh;
            }
        }
        Call::Write(len, answers) => {
            let bytes = vec![fresh; *len];
            let n = file.write(&bytes, answers);
            model.write(&bytes[..n]);
        }
        Call::Clean(answers) => {
            if file.reach(Goal::Clean, answers) == End::Reached {
                assert_eq!(file.stream, model.bytes);
            }
        }
        Call::ReadAround(len) if may_read => {
            if let Some(around) = Around::read(&mut file.buffer, *len, 3) {
                let mut out = vec![0xEE; around.len()];
                let space = &mut out[..];
                let Moves(n) = read(&file.stream, around.offset(), space, &mut file.answers) else {
                    return;
                };
                let n = around.was_read(&mut file.buffer, &mut out, n);
                assert!(n > 0 || model.rest().is_empty(), "the end of the file inside of it");
                assert_eq!(out[..n], model.rest()[..n]);
                model.position += n;
            }
        }
        Call::WriteAround(len, answer) => {
            if file.reach(Goal::Clean, &[]) == End::Reached {
                let bytes = vec![fresh; *len];
                let around = Around::write(&mut file.buffer, *len);
                file.buffer.check();
                let answers = &mut [answer.clone()].into_iter();
                let answer = write(&mut file.stream, around.offset(), &bytes, answers);
                if let Moves(n) = answer {
                    around.was_written(&mut file.buffer, n);
                    model.write(&bytes[..n]);
                }
            }
        }
        Call::Read(_) | Call::Change(_) | Call::ReadAround(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_buffer_is_whole_after_every_step(
        capacity in prop::sample::select(vec![1_usize, 2, 3, 8, 16, 33, 64, 128]),
        len in 0..100_usize,
        may_read in prop::bool::weighted(0.8),
        calls in calls(),
    ) {
        let mut model = Model { bytes: (1..).take(len).collect(), position: 0 };
        let rules = Rules { may_read, ..Rules::default() };
        let mut file = FrontEnd::with_rules(capacity, &model.bytes, rules);
        for (fresh, call) in (100..).zip(&calls) {
            make(call, fresh, &mut file, &mut model);
            file.buffer.check();
            prop_assert_eq!(file.buffer.position(), model.position as u64);
        }
        file.reach(Goal::Clean, &[]);
        prop_assert_eq!(&file.stream, &model.bytes);
    }
}
