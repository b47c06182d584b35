//! The format of a journal: the header, and the entries of the index. No I/O.
//!
//! All numbers are little-endian. `docs/journal-format.md` describes the same for other programs.

use std::hash::Hasher;

use twox_hash::XxHash64;

/// The header has a sector of its own.
pub(super) const HEADER: usize = 512;
/// Where the payload begins.
pub(super) const PAYLOAD: u64 = HEADER as u64;
/// How many old bytes an entry keeps at most.
pub(super) const SAMPLE: u64 = 4096;
/// The fixed part of an entry.
pub(super) const ENTRY: usize = 32;
/// No file is longer than this.
const MAX_LEN: u64 = i64::MAX.cast_unsigned();

/// The magic, and the version of the format.
const SIGNATURE: [u8; 16] = *b"mmiojrnl\x01\0\0\0\0\0\0\0";
/// Where the header's own hash is. It is the last field, and covers all others.
const SEAL: usize = HEADER - 8;

/// A header without a commit.
pub(super) const BLANK: [u8; HEADER] = {
    let mut header = [0; HEADER];
    let mut at = 0;
    while at < SIGNATURE.len() {
        header[at] = SIGNATURE[at];
        at += 1;
    }
    header
};

/// The lengths that a file has in a transaction, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    /// Before it.
    pub(super) old: u64,
    /// The lowest length during it: up to here, the old bytes are still content.
    pub(super) low: u64,
    /// After it.
    pub(super) new: u64,
}

impl Lengths {
    /// For a file that is not changed.
    pub(super) fn unchanged(len: u64) -> Self {
        Self { old: len, low: len, new: len }
    }

    fn are_possible(self) -> bool {
        self.low <= self.old.min(self.new) && self.old.max(self.new) <= MAX_LEN
    }
}

/// A commit: the lengths it changes, and the place of its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) lengths: Lengths,
    /// Where the index begins in the journal: where the payload ends.
    pub(super) index_at: u64,
    pub(super) index_len: u64,
    pub(super) index_hash: u64,
    /// Hashes of the first and of the last bytes that stay. Bytes that the commit changes count as
    /// zeros.
    pub(super) witness: [u64; 2],
}

/// What the header of a journal contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No commit: the journal is new, or its last commit is complete or was never fully written.
    Nothing,
    /// A commit, which is valid if its index is.
    Commit(Commit),
    /// Not a journal, or one of another version.
    Foreign,
}

impl Commit {
    pub(super) fn to_header(self) -> [u8; HEADER] {
        let Lengths { old, low, new } = self.lengths;
        let [head, tail] = self.witness;
        let fields = [old, low, new, self.index_at, self.index_len, self.index_hash, head, tail];
        let mut header = BLANK;
        let places = header[SIGNATURE.len()..].chunks_exact_mut(8);
        for (place, field) in places.zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        let seal = hash(&header[..SEAL]);
        header[SEAL..].copy_from_slice(&seal.to_le_bytes());
        header
    }

    /// Reads a header. If the journal is shorter than one, so is `header`.
    pub(super) fn from_header(header: &[u8], journal_len: u64) -> Found {
        let same = header.iter().zip(SIGNATURE).take_while(|&(&is, signature)| is == signature);
        let same = same.count();
        if same < SIGNATURE.len() {
            // The journal's creation was interrupted: it has zeros, or the beginning of the
            // signature.
            let is_unfinished = header[same..].iter().all(|&byte| byte == 0);
            return if is_unfinished { Found::Nothing } else { Found::Foreign };
        }
        if header.len() < BLANK.len() || u64_at(header, SEAL) != hash(&header[..SEAL]) {
            return Found::Nothing;
        }
        let field = |index: usize| u64_at(header, SIGNATURE.len() + index * 8);
        let commit = Self {
            lengths: Lengths { old: field(0), low: field(1), new: field(2) },
            index_at: field(3),
            index_len: field(4),
            index_hash: field(5),
            witness: [field(6), field(7)],
        };
        let index_end = commit.index_at.checked_add(commit.index_len);
        let is_inside =
            commit.index_at >= PAYLOAD && index_end.is_some_and(|end| end <= journal_len);
        // Each entry has at least a byte of payload, and its sample is no longer than its payload.
        let longest = commit.index_at.saturating_sub(PAYLOAD).saturating_mul(ENTRY as u64 + 1);
        if is_inside && commit.index_len <= longest && commit.lengths.are_possible() {
            Found::Commit(commit)
        } else {
            Found::Nothing
        }
    }
}

/// A range of the file, and where its new bytes are in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// From the start of the file.
    pub(super) start: u64,
    /// Not 0.
    pub(super) len: u64,
    /// From the start of the journal.
    pub(super) at: u64,
    /// Of the new bytes.
    pub(super) hash: u64,
}

impl Entry {
    pub(super) fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        let fields = [self.start, self.len, self.at, self.hash];
        for (place, field) in bytes.chunks_exact_mut(8).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }

    /// Reads an entry of `commit`, which begins in the file at `from` or after it.
    pub(super) fn from_bytes(bytes: &[u8], commit: &Commit, from: u64) -> Option<Self> {
        let [start, len, at, hash] = [0, 8, 16, 24].map(|place| u64_at(bytes, place));
        let is_in_file = start.checked_add(len).is_some_and(|end| end <= commit.lengths.new);
        let is_in_payload = at.checked_add(len).is_some_and(|end| end <= commit.index_at);
        let is_possible = len > 0 && start >= from && is_in_file && at >= PAYLOAD && is_in_payload;
        is_possible.then_some(Self { start, len, at, hash })
    }

    pub(super) fn end(&self) -> u64 {
        self.start + self.len
    }

    /// How many of the old bytes follow the entry in the index.
    pub(super) fn sample(&self, lengths: Lengths) -> usize {
        let sample = lengths.low.saturating_sub(self.start).min(self.len).min(SAMPLE);
        usize::try_from(sample).expect("a sample is of at most 4096 bytes")
    }
}

pub(super) fn hash(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(0, bytes)
}

/// A hash of bytes that come in pieces.
pub(super) struct Hash(XxHash64);

impl Hash {
    pub(super) fn new() -> Self {
        Self(XxHash64::with_seed(0))
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    pub(super) fn finish(&self) -> u64 {
        self.0.finish()
    }
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes are eight bytes"))
}
