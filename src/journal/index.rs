//! The index of a commit, written and read piece by piece, so that it takes little memory however
//! long the journal is.

use std::io;

use super::exact::{CHUNK, read_exact_at, write_all_at};
use super::format::{Commit, ENTRY, Entry, Hash};
use crate::Storage;

/// Writes an index to the end of a journal.
pub(super) struct IndexWriter {
    at: u64,
    len: u64,
    hash: Hash,
    unwritten: Vec<u8>,
}

impl IndexWriter {
    pub(super) fn new(at: u64) -> Self {
        Self { at, len: 0, hash: Hash::new(), unwritten: Vec::new() }
    }

    /// Adds an entry, and the old bytes that it replaces.
    pub(super) fn push<J: Storage>(
        &mut self,
        journal: &mut J,
        entry: Entry,
        sample: &[u8],
    ) -> io::Result<()> {
        self.unwritten.extend_from_slice(&entry.to_bytes());
        self.unwritten.extend_from_slice(sample);
        if self.unwritten.len() < CHUNK { Ok(()) } else { self.write(journal) }
    }

    /// The length and the hash of the complete index.
    pub(super) fn finish<J: Storage>(mut self, journal: &mut J) -> io::Result<(u64, u64)> {
        self.write(journal)?;
        Ok((self.len, self.hash.finish()))
    }

    fn write<J: Storage>(&mut self, journal: &mut J) -> io::Result<()> {
        write_all_at(journal, self.at + self.len, &self.unwritten)?;
        self.hash.add(&self.unwritten);
        self.len += self.unwritten.len() as u64;
        self.unwritten.clear();
        Ok(())
    }
}

/// Reads the index of a commit, entry by entry.
pub(super) struct IndexReader<'a> {
    commit: &'a Commit,
    /// Where the bytes that are not in `bytes` yet begin, and where they end.
    at: u64,
    end: u64,
    bytes: Vec<u8>,
    taken: usize,
    /// Where the last entry ends in the file.
    reached: u64,
}

/// The next part of an index.
pub(super) enum Next<'a> {
    /// An entry, and the old bytes that it replaces.
    Entry(Entry, &'a [u8]),
    /// The end.
    End,
    /// Bytes that are not an entry.
    Invalid,
}

impl<'a> IndexReader<'a> {
    pub(super) fn new(commit: &'a Commit) -> Self {
        let end = commit.index_at + commit.index_len;
        Self { commit, at: commit.index_at, end, bytes: Vec::new(), taken: 0, reached: 0 }
    }

    pub(super) fn next<J: Storage>(&mut self, journal: &mut J) -> io::Result<Next<'_>> {
        if self.at == self.end && self.taken == self.bytes.len() {
            return Ok(Next::End);
        }
        let Some(fixed) = self.take(journal, ENTRY)? else {
            return Ok(Next::Invalid);
        };
        let Some(entry) = Entry::from_bytes(&self.bytes[fixed..], self.commit, self.reached) else {
            return Ok(Next::Invalid);
        };
        self.reached = entry.end();
        let len = entry.sample(self.commit.lengths);
        let Some(sample) = self.take(journal, len)? else {
            return Ok(Next::Invalid);
        };
        Ok(Next::Entry(entry, &self.bytes[sample..sample + len]))
    }

    /// Where in `bytes` the next `n` are; `None` if there are fewer.
    fn take<J: Storage>(&mut self, journal: &mut J, n: usize) -> io::Result<Option<usize>> {
        if self.bytes.len() - self.taken < n {
            self.bytes.drain(..self.taken);
            self.taken = 0;
            let old = self.bytes.len();
            let more = usize::try_from(self.end - self.at).unwrap_or(CHUNK).min(CHUNK);
            self.bytes.resize(old + more, 0);
            read_exact_at(journal, self.at, &mut self.bytes[old..])?;
            self.at += more as u64;
        }
        if self.bytes.len() < n {
            return Ok(None);
        }
        let start = self.taken;
        self.taken += n;
        Ok(Some(start))
    }
}
