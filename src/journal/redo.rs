//! The steps of a commit: writing, finding, checking, applying and wiping it.
//!
//! A crash can interrupt each of these anywhere. Until [`write`] and a sync are complete, the journal
//! holds no commit. From then until [`wipe`], it holds this one, and [`apply`] can be repeated as often
//! as necessary: it depends on the journal alone, and changes nothing in it.

use std::io;

use super::Recovered;
use super::exact::{each_chunk, len, read_exact_at, set_len, sync_all, sync_data, write_all_at};
use super::format::{BLANK, Commit, Entry, Found, HEADER, Hash, Lengths, PAYLOAD, hash};
use super::index::{IndexReader, IndexWriter, Next};
use super::pieces::Pieces;
use crate::{MmioError, Storage};

/// How many of the file's first and last bytes identify it, in bytes each.
const WITNESS: usize = 512;

/// Writes the index of a commit past the payload, which ends at `index_at`.
///
/// The caller writes the header. As soon as it does, the commit may be decided at any moment. The offset in an error is
/// one of the storage that failed.
pub(super) fn write<S: Storage, J: Storage>(
    main: &mut S,
    journal: &mut J,
    lengths: Lengths,
    pieces: &Pieces,
    index_at: u64,
) -> Result<Commit, MmioError> {
    let unread = |offset| move |source| MmioError::CannotRead { offset, source };
    let unwritten = |source| MmioError::CannotWrite { offset: index_at, unwritten: 0, source };
    let mut index = IndexWriter::new(index_at);
    let mut witness = Witness::of(main, lengths).map_err(unread(0))?;
    let mut sample = Vec::new();
    for (start, piece) in pieces.iter() {
        let hash = hash_of(journal, piece.at, piece.len).map_err(unread(piece.at))?;
        let entry = Entry { start, len: piece.len, at: piece.at, hash };
        sample.resize(entry.sample(lengths), 0);
        read_exact_at(main, start, &mut sample).map_err(unread(start))?;
        witness.pass(&entry);
        index.push(journal, entry, &sample).map_err(unwritten)?;
    }
    let (index_len, index_hash) = index.finish(journal).map_err(unwritten)?;
    Ok(Commit { lengths, index_at, index_len, index_hash, witness: witness.hashes() })
}

/// Durably makes this a journal without a commit, with room for a header.
pub(super) fn prepare<J: Storage>(journal: &mut J) -> io::Result<()> {
    let len = len(journal)?;
    if len <= PAYLOAD {
        // A crash may leave arbitrary bytes where a write has just made a file longer. So the header
        // exists, all zeros, before anything is written to it.
        set_len(journal, PAYLOAD)?;
        sync_data(journal)?;
    }
    if len >= PAYLOAD {
        // A commit may have been withdrawn in the system's memory alone.
        wipe(journal)?;
        sync_data(journal)?;
    }
    Ok(())
}

/// Withdraws the header, so that the journal holds no commit.
pub(super) fn wipe<J: Storage>(journal: &mut J) -> io::Result<()> {
    write_all_at(journal, 0, &BLANK)
}

/// Applies the journal's commit, if there is one. Afterwards, the journal holds none.
pub(super) fn recover<S: Storage, J: Storage>(
    main: &mut S,
    journal: &mut J,
) -> Result<Recovered, MmioError> {
    let unread = |source| MmioError::CannotRead { offset: 0, source };
    let commit = match find(journal).map_err(unread)? {
        Found::Nothing => {
            if len(journal).map_err(unread)? > 0 {
                prepare(journal).map_err(|source| MmioError::CannotSync { source })?;
            }
            return Ok(Recovered::Nothing);
        }
        Found::Foreign => return Err(MmioError::journal_foreign()),
        Found::Commit(commit) => commit,
    };
    if !is_of(main, journal, &commit).map_err(unread)? {
        return Err(MmioError::journal_foreign());
    }
    settle(journal, &commit)
        .and_then(|()| apply(main, journal, &commit, true))
        .and_then(|()| sync_all(main))
        .and_then(|()| wipe(journal))
        .and_then(|()| sync_data(journal))
        .map_err(|source| MmioError::CommitUnapplied { source })?;
    Ok(Recovered::Applied)
}

/// Makes a commit durable that was found in the journal. It may be in the system's memory alone,
/// because the program that wrote it was killed before its sync, or its sync failed.
///
/// After a failed sync, the next one may return `Ok` for bytes that never arrive. So everything is
/// written once more.
fn settle<J: Storage>(journal: &mut J, commit: &Commit) -> io::Result<()> {
    each_chunk(journal, 0, commit.index_at + commit.index_len, write_all_at)?;
    sync_data(journal)
}

/// The commit that the journal holds, if all of it is there.
fn find<J: Storage>(journal: &mut J) -> io::Result<Found> {
    let journal_len = len(journal)?;
    let mut header = [0; HEADER];
    let header = &mut header[..usize::try_from(journal_len).unwrap_or(HEADER).min(HEADER)];
    read_exact_at(journal, 0, header)?;
    let found = Commit::from_header(header, journal_len);
    match found {
        Found::Commit(commit) if !is_whole(journal, &commit)? => Ok(Found::Nothing),
        found => Ok(found),
    }
}

/// Whether the index matches the header, and the payload the index.
fn is_whole<J: Storage>(journal: &mut J, commit: &Commit) -> io::Result<bool> {
    if hash_of(journal, commit.index_at, commit.index_len)? != commit.index_hash {
        return Ok(false);
    }
    // Entries that share their payload would make this read it again and again.
    let mut unread = commit.index_at - PAYLOAD;
    let mut index = IndexReader::new(commit);
    loop {
        match index.next(journal)? {
            Next::End => return Ok(true),
            Next::Entry(entry, _) if entry.len <= unread => {
                if hash_of(journal, entry.at, entry.len)? != entry.hash {
                    return Ok(false);
                }
                unread -= entry.len;
            }
            Next::Entry(..) | Next::Invalid => return Ok(false),
        }
    }
}

/// Whether the commit was made for this file: each sampled byte is the old one or the new one.
fn is_of<S: Storage, J: Storage>(
    main: &mut S,
    journal: &mut J,
    commit: &Commit,
) -> io::Result<bool> {
    let Lengths { old, low, new } = commit.lengths;
    if !(low..=old.max(new)).contains(&len(main)?) {
        return Ok(false);
    }
    let mut witness = Witness::of(main, commit.lengths)?;
    let mut index = IndexReader::new(commit);
    let (mut is, mut to_be) = (Vec::new(), Vec::new());
    while let Next::Entry(entry, was) = index.next(journal)? {
        is.resize(was.len(), 0);
        to_be.resize(was.len(), 0);
        read_exact_at(main, entry.start, &mut is)?;
        read_exact_at(journal, entry.at, &mut to_be)?;
        let mut bytes = is.iter().zip(was.iter().zip(&to_be));
        if !bytes.all(|(is, (was, to_be))| is == was || is == to_be) {
            return Ok(false);
        }
        witness.pass(&entry);
    }
    Ok(witness.hashes() == commit.witness)
}

/// Applies the commit to the file.
///
/// `again` means that it may have been begun before. Then everything is written again, even bytes
/// that the file seems to have: after a failed sync, they may be in the system's memory alone.
pub(super) fn apply<S: Storage, J: Storage>(
    main: &mut S,
    journal: &mut J,
    commit: &Commit,
    again: bool,
) -> io::Result<()> {
    let Lengths { old, low, new } = commit.lengths;
    if low < old || (again && low < new) {
        set_len(main, low)?;
    }
    let mut reached = low;
    let mut index = IndexReader::new(commit);
    loop {
        match index.next(journal)? {
            Next::Entry(entry, _) => {
                each_chunk(journal, entry.at, entry.len, |_, done, bytes| {
                    write_all_at(main, entry.start + done, bytes)
                })?;
                reached = reached.max(entry.end());
            }
            Next::End => break,
            Next::Invalid => return Err(io::Error::other("the journal has changed")),
        }
    }
    if reached < new { set_len(main, new) } else { Ok(()) }
}

fn hash_of<J: Storage>(journal: &mut J, at: u64, len: u64) -> io::Result<u64> {
    let mut hash = Hash::new();
    each_chunk(journal, at, len, |_, _, bytes| {
        hash.add(bytes);
        Ok(())
    })?;
    Ok(hash.finish())
}

/// The first and the last bytes of the part of the file that stays, with zeros where a piece
/// changes them.
struct Witness([Window; 2]);

struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Witness {
    fn of<S: Storage>(main: &mut S, Lengths { low, .. }: Lengths) -> io::Result<Self> {
        let len = usize::try_from(low).unwrap_or(WITNESS).min(WITNESS);
        let mut windows = [0, low - len as u64].map(|start| Window { start, bytes: vec![0; len] });
        for Window { start, bytes } in &mut windows {
            read_exact_at(main, *start, bytes)?;
        }
        Ok(Self(windows))
    }

    fn pass(&mut self, entry: &Entry) {
        for Window { start, bytes } in &mut self.0 {
            // Where in the window the entry begins and ends.
            let place = |offset: u64| {
                let offset = usize::try_from(offset.saturating_sub(*start));
                offset.map_or(bytes.len(), |offset| offset.min(bytes.len()))
            };
            let (from, to) = (place(entry.start), place(entry.end()));
            bytes[from..to].fill(0);
        }
    }

    fn hashes(&self) -> [u64; 2] {
        self.0.each_ref().map(|window| hash(&window.bytes))
    }
}
