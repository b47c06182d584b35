//! A random tree of chunks survives writing, walking and editing, at any capacity, over short
//! counts, and with faults that the program meets by trying again.
//!
//! `MMIO_MODEL_CASES` makes this run longer.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::slice;

use crate::appended::Stream;
use crate::common::stream::{Class, Fault, Faulty, What};
use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, OpenChunk, RiffRead, RiffWrite};
use mmio_file::{FlushFlags, MmioError, MmioFile, Storage};
use proptest::prelude::*;

const CAPACITIES: [usize; 6] = [0, 1, 5, 32, 200, 65536];

/// A chunk as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tree {
    Leaf { id: FourCc, data: Vec<u8> },
    List { form: FourCc, inside: Vec<Tree> },
}

fn name() -> impl Strategy<Value = FourCc> {
    // Not `data`, RIFF and the like, whose sizes mean more than their number.
    "[a-c]{4}".prop_map(|name| name.parse().unwrap())
}

fn any_leaf() -> impl Strategy<Value = Tree> {
    let data = prop::collection::vec(any::<u8>(), 0..40);
    (name(), data).prop_map(|(id, data)| Tree::Leaf { id, data })
}

fn any_tree() -> impl Strategy<Value = Tree> {
    any_leaf().prop_recursive(4, 24, 6, |inside| {
        let inside = prop::collection::vec(inside, 0..6);
        (name(), inside).prop_map(|(form, inside)| Tree::List { form, inside })
    })
}

fn any_trees() -> impl Strategy<Value = Vec<Tree>> {
    prop::collection::vec(any_tree(), 0..6)
}

impl Tree {
    fn new_chunk(&self) -> NewChunk {
        match self {
            Self::Leaf { id, .. } => NewChunk::id(*id),
            Self::List { form, .. } => NewChunk::list(*form),
        }
    }

    /// The bytes of the chunk, by the book.
    fn encode(&self) -> Vec<u8> {
        let (id, mut data) = match self {
            Self::Leaf { id, data } => (*id, data.clone()),
            Self::List { form, inside } => (FourCc::LIST, content(*form, inside)),
        };
        let size = u32::try_from(data.len()).unwrap().to_le_bytes();
        if data.len() % 2 == 1 {
            data.push(0);
        }
        [&id.to_bytes()[..], &size, &data].concat()
    }
}

fn content(form: FourCc, inside: &[Tree]) -> Vec<u8> {
    let inside = inside.iter().flat_map(Tree::encode);
    form.to_bytes().into_iter().chain(inside).collect()
}

const FORM: FourCc = FourCc::new(*b"demo");
const INFO: FourCc = FourCc::new(*b"INFO");
const INAM: FourCc = FourCc::new(*b"INAM");

/// The file that holds these chunks in a RIFF.
fn encode(trees: &[Tree]) -> Vec<u8> {
    let content = content(FORM, trees);
    let size = u32::try_from(content.len()).unwrap().to_le_bytes();
    [&b"RIFF"[..], &size, &content].concat()
}

/// Makes a call until it succeeds, as a program does that waits for room on the disk.
fn insist<T, E: Into<io::Error>>(mut call: impl FnMut() -> Result<T, E>) -> T {
    for _ in 0..9 {
        if let Ok(answer) = call() {
            return answer;
        }
    }
    call().map_err(E::into).unwrap()
}

/// Writes all of `bytes`, beginning anew where the first try did.
fn write(file: &mut MmioFile<impl Storage>, bytes: &[u8]) {
    let start = insist(|| file.stream_position());
    insist(|| file.seek(SeekFrom::Start(start)).and_then(|_| file.write_all(bytes)));
}

/// Insists on a call that begins at the position: a stream that fails twice may not even go back.
fn insist_here<S: Storage, T>(
    file: &mut MmioFile<S>,
    mut call: impl FnMut(&mut MmioFile<S>) -> Result<T, MmioError>,
) -> T {
    let start = insist(|| file.stream_position());
    insist(|| file.seek(SeekFrom::Start(start)).and_then(|_| Ok(call(file)?)))
}

fn write_trees(file: &mut MmioFile<impl Storage>, trees: &[Tree]) {
    for tree in trees {
        let mut chunk = insist_here(file, |file| file.create_chunk(tree.new_chunk()));
        match tree {
            Tree::Leaf { data, .. } => write(file, data),
            Tree::List { inside, .. } => write_trees(file, inside),
        }
        insist(|| file.finish_chunk(&mut chunk));
    }
}

/// Writes what a chunk holds, without trying again.
fn write_content(file: &mut dyn Stream, tree: &Tree) -> io::Result<()> {
    match tree {
        Tree::Leaf { data, .. } => file.write_all(data),
        Tree::List { inside, .. } => inside.iter().try_for_each(|tree| {
            file.write_chunk(tree.new_chunk(), |file| write_content(file, tree))
        }),
    }
}

fn read_trees(file: &mut MmioFile<impl Storage>, parent: &Chunk) -> Vec<Tree> {
    let mut trees = Vec::new();
    while let Some(chunk) = insist_here(file, |file| file.next_chunk(Some(parent))) {
        assert!(!chunk.is_truncated());
        trees.push(if let Some(form) = chunk.form() {
            Tree::List { form, inside: read_trees(file, &chunk) }
        } else {
            let data = insist(|| {
                let mut data = Vec::new();
                file.seek(SeekFrom::Start(chunk.data_offset()))?;
                file.chunk_reader(&chunk).read_to_end(&mut data).map(|_| data)
            });
            Tree::Leaf { id: chunk.id(), data }
        });
        insist_here(file, |file| file.ascend(&chunk));
    }
    trees
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let class = prop::sample::select(vec![Class::Read, Class::Write, Class::Seek, Class::Flush]);
    let what = prop::sample::select(vec![
        What::Fails(io::ErrorKind::StorageFull),
        What::Short(1),
        What::Half,
        What::HalfThenFails(io::ErrorKind::Other),
        What::Interrupted(2),
    ]);
    (class, what, 0..60_u32).prop_map(|(class, what, after)| Fault::once(class, what, after))
}

/// What can be done to a file in place.
#[derive(Clone, Debug)]
enum Edit {
    /// A chunk more in the RIFF, which is reopened.
    Append(Tree),
    /// A chunk more in the RIFF, by `append_chunk`.
    AppendChunk(Tree),
    /// Another title.
    SetInfo(Vec<u8>),
    /// A chunk more in the last chunk, if that is a list, and so on inwards.
    AppendInside(Tree),
    /// A chunk less; of how many, counts around.
    Delete(usize),
    /// A chunk in another's place.
    Replace(usize, Tree),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        any_tree().prop_map(Edit::Append),
        any_tree().prop_map(Edit::AppendChunk),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Edit::SetInfo),
        any_tree().prop_map(Edit::AppendInside),
        any::<usize>().prop_map(Edit::Delete),
        (any::<usize>(), any_tree()).prop_map(|(index, tree)| Edit::Replace(index, tree)),
    ]
}

/// The file, and what should be in it.
struct Edited {
    file: MmioFile<Cursor<Vec<u8>>>,
    trees: Vec<Tree>,
}

impl Edited {
    fn riff(&mut self) -> Chunk {
        self.file.find_chunk(None, Find::Riff(None)).unwrap().unwrap()
    }

    fn make(&mut self, edit: &Edit) -> Result<(), MmioError> {
        let riff = self.riff();
        match edit {
            Edit::Append(tree) => {
                let mut riff = self.file.reopen(riff)?;
                write_trees(&mut self.file, std::slice::from_ref(tree));
                self.file.finish_chunk(&mut riff)?;
                self.trees.push(tree.clone());
            }
            Edit::AppendChunk(tree) => {
                let file: &mut dyn Stream = &mut self.file;
                let appended =
                    file.append_chunk(&riff, tree.new_chunk(), |file| write_content(file, tree));
                appended.map_err(|error| error.downcast::<MmioError>().unwrap())?;
                self.trees.push(tree.clone());
            }
            Edit::SetInfo(text) => {
                let file: &mut dyn Stream = &mut self.file;
                let set = file.set_info(&riff, &[(INAM, text)]);
                set.map_err(|error| error.downcast::<MmioError>().unwrap())?;
                for tree in &mut self.trees {
                    if let Tree::List { form: INFO, inside } = tree {
                        *tree = Tree::Leaf { id: FourCc::JUNK, data: content(INFO, inside) };
                    }
                }
                let title = Tree::Leaf { id: INAM, data: text.clone() };
                self.trees.push(Tree::List { form: INFO, inside: vec![title] });
            }
            Edit::AppendInside(tree) => {
                let mut open = self.reopen_last(riff)?;
                write_trees(&mut self.file, std::slice::from_ref(tree));
                while let Some(mut chunk) = open.pop() {
                    self.file.finish_chunk(&mut chunk)?;
                }
                innermost(&mut self.trees).push(tree.clone());
            }
            Edit::Delete(index) if !self.trees.is_empty() => {
                let index = index % self.trees.len();
                self.resize(riff, index, 0)?;
                self.trees.remove(index);
            }
            Edit::Replace(index, tree) if !self.trees.is_empty() => {
                let index = index % self.trees.len();
                let start = self.resize(riff, index, tree.encode().len() as u64)?;
                self.file.seek(SeekFrom::Start(start)).unwrap();
                write_trees(&mut self.file, std::slice::from_ref(tree));
                self.trees[index] = tree.clone();
            }
            Edit::Delete(_) | Edit::Replace(..) => {}
        }
        Ok(())
    }

    /// Reopens the RIFF, its last chunk if that is a list, and so on inwards.
    fn reopen_last(&mut self, riff: Chunk) -> Result<Vec<OpenChunk>, MmioError> {
        let mut chunks = vec![riff];
        while let Some(parent) = chunks.last().copied() {
            let mut last = None;
            self.file.seek(SeekFrom::Start(parent.data_offset())).unwrap();
            while let Some(chunk) = self.file.next_chunk(Some(&parent))? {
                self.file.ascend(&chunk)?;
                last = Some(chunk);
            }
            let Some(inner) = last.filter(|chunk| chunk.form().is_some()) else { break };
            chunks.push(inner);
        }
        chunks.into_iter().map(|chunk| self.file.reopen(chunk)).collect()
    }

    /// Gives a chunk of the RIFF so many bytes, header and pad byte included; where it begins.
    fn resize(&mut self, riff: Chunk, index: usize, len: u64) -> Result<u64, MmioError> {
        let file = &mut self.file;
        file.seek(SeekFrom::Start(riff.data_offset())).unwrap();
        let mut start = 0;
        for _ in 0..=index {
            let chunk = file.next_chunk(Some(&riff))?.unwrap();
            start = chunk.data_offset() - 8;
            file.ascend(&chunk)?;
        }
        let rest = file.stream_position().unwrap()..file.stream_len()?;
        let end = start + len + (rest.end - rest.start);
        file.copy_within(rest, start + len)?;
        let mut riff = file.reopen(riff)?;
        file.seek(SeekFrom::Start(end)).unwrap();
        file.finish_chunk(&mut riff)?;
        file.set_len(end)?;
        Ok(start)
    }
}

/// The chunks of the last list of the last list and so on.
fn innermost(trees: &mut Vec<Tree>) -> &mut Vec<Tree> {
    if matches!(trees.last(), Some(Tree::List { .. })) {
        let Some(Tree::List { inside, .. }) = trees.last_mut() else { unreachable!() };
        return innermost(inside);
    }
    trees
}

proptest! {
    #![proptest_config(crate::common::random(2_000, "MMIO_MODEL_CASES"))]

    #[test]
    fn a_tree_survives_writing_and_walking_though_calls_fail(
        trees in any_trees(),
        capacity in prop::sample::select(CAPACITIES.to_vec()),
        per_call in prop::sample::select(vec![1, 3, usize::MAX]),
        faults in prop::collection::vec(any_fault(), 0..3),
    ) {
        let stream = Faulty::short(Vec::new(), per_call);
        for fault in faults {
            stream.arm(fault);
        }
        let mut file = MmioFile::with_capacity(capacity, stream.clone());
        let mut riff = insist_here(&mut file, |file| file.create_chunk(NewChunk::riff(FORM)));
        write_trees(&mut file, &trees);
        let riff = insist(|| file.finish_chunk(&mut riff));
        insist(|| file.flush(FlushFlags::EMPTY_BUF));
        prop_assert_eq!(stream.content(), encode(&trees));

        insist(|| file.seek(SeekFrom::Start(12)));
        prop_assert_eq!(read_trees(&mut file, &riff), trees);
    }

    #[test]
    fn a_tree_survives_editing_in_place(
        trees in any_trees(),
        capacity in prop::sample::select(CAPACITIES.to_vec()),
        edits in prop::collection::vec(any_edit(), 1..8),
    ) {
        let file = MmioFile::with_capacity(capacity, Cursor::new(encode(&trees)));
        let mut edited = Edited { file, trees };
        for edit in &edits {
            edited.make(edit).unwrap();
        }
        let expected = encode(&edited.trees);
        prop_assert_eq!(edited.file.into_inner().unwrap().into_inner(), expected);
    }
}

proptest! {
    #![proptest_config(crate::common::random(1_000, "MMIO_MODEL_CASES"))]

    #[test]
    fn a_chunk_is_appended_once_though_calls_fail(
        trees in any_trees(),
        tree in any_tree(),
        capacity in prop::sample::select(CAPACITIES.to_vec()),
        per_call in prop::sample::select(vec![1, 3, usize::MAX]),
        faults in prop::collection::vec(any_fault(), 0..3),
    ) {
        let stream = Faulty::short(encode(&trees), per_call);
        for fault in faults {
            stream.arm(fault);
        }
        let mut file = MmioFile::with_capacity(capacity, stream.clone());
        let expected = [&trees[..], slice::from_ref(&tree)].concat();
        insist(|| {
            let file: &mut dyn Stream = &mut file;
            let riff = file.find_chunk(None, Find::Riff(None))?.expect("the RIFF is lost");
            let new = tree.new_chunk();
            let answer = file.append_chunk(&riff, new, |file| write_content(file, &tree));
            // An unbuffered stream that can be seeked neither on nor back after the name is written has
            // the chunk all the same.
            let is_lost = |error: &io::Error| {
                matches!(MmioError::from_io(error), Some(MmioError::CannotSeek { .. }))
            };
            match answer {
                Err(error) if capacity == 0 && is_lost(&error) => {
                    if appended(stream.content()) == expected { Ok(()) } else { Err(error) }
                }
                answer => answer,
            }
        });
        insist(|| file.flush(FlushFlags::EMPTY_BUF));
        stream.repair();
        prop_assert_eq!(appended(stream.content()), expected);
    }
}

/// What is in a RIFF but for what failed calls have left.
fn appended(bytes: Vec<u8>) -> Vec<Tree> {
    let mut file = MmioFile::new(Cursor::new(bytes));
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    let mut found = read_trees(&mut file, &riff);
    found.retain(|tree| !matches!(tree, Tree::Leaf { id: FourCc::JUNK, .. }));
    found
}

/// Half of a header was written, and the stream can't be seeked back at once: a second try that began
/// where the first one had ended left a broken tree. The position is put back without the stream.
#[test]
fn a_chunk_is_created_anew_though_the_stream_could_not_go_back() {
    let stream = Faulty::short(Vec::new(), 1);
    stream.arm(Fault::once(Class::Write, What::Fails(io::ErrorKind::Other), 3));
    let mut file = MmioFile::with_capacity(0, stream.clone());
    insist(|| file.seek(SeekFrom::Start(0)));
    stream.arm(Fault::once(Class::Seek, What::Fails(io::ErrorKind::Other), 0));
    assert!(file.create_chunk(NewChunk::riff(FORM)).is_err());
    assert_eq!(file.stream_position().unwrap(), 0);
    stream.repair();
    let mut riff = file.create_chunk(NewChunk::riff(FORM)).unwrap();
    file.finish_chunk(&mut riff).unwrap();
    assert_eq!(stream.content(), encode(&[]));
}
