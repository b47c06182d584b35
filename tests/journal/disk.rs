//! A disk in memory that loses its power: a file and its journal, and every state in which a cut may
//! leave them.
//!
//! A write reaches the disk at the next sync, or before, or in part: of what was written and cut to a
//! length since the last sync, any subset may have arrived, each sector of 512 bytes by itself; and of
//! what made a file longer, the length without the bytes, which are zeros or junk then.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

use mmio_file::Storage;

const SECTOR: u64 = 512;

/// Numbers that look random: the same for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33).unwrap() % n
    }
}

/// One thing that reaches the disk whole or not at all.
#[derive(Clone, Debug)]
enum Atom {
    Bytes(u64, Vec<u8>),
    Len(u64),
}

impl Atom {
    /// What may become of it: 0 lost, 1 arrived, 2 and 3 only the length, with zeros and with junk.
    fn fates(&self, durable: usize) -> usize {
        match self {
            Self::Bytes(at, bytes) if *at as usize + bytes.len() > durable => 4,
            _ => 2,
        }
    }

    fn happen(&self, fate: usize, bytes: &mut Vec<u8>) {
        match (self, fate) {
            (_, 0) => {}
            (Self::Len(len), _) => bytes.resize(*len as usize, 0),
            (Self::Bytes(at, new), fate) => {
                let (start, end, old) = (*at as usize, *at as usize + new.len(), bytes.len());
                bytes.resize(old.max(end), 0);
                match fate {
                    1 => bytes[start..end].copy_from_slice(new),
                    3 if old < end => bytes[old.max(start)..end].fill(0xA5),
                    _ => {}
                }
            }
        }
    }
}

/// One of the two files.
#[derive(Clone, Debug, Default)]
pub(crate) struct OnDisk {
    /// What a cut can't take any more.
    durable: Vec<u8>,
    /// What has happened since the last sync.
    pending: Vec<Atom>,
    /// What every program sees while there is power.
    pub(crate) seen: Vec<u8>,
}

impl OnDisk {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self { durable: bytes.into(), pending: Vec::new(), seen: bytes.into() }
    }

    fn write(&mut self, at: u64, bytes: &[u8]) {
        let mut at = at;
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = rest.len().min((SECTOR - at % SECTOR) as usize);
            let atom = Atom::Bytes(at, rest[..n].into());
            atom.happen(1, &mut self.seen);
            self.pending.push(atom);
            at += n as u64;
            rest = &rest[n..];
        }
    }

    fn set_len(&mut self, len: u64) {
        Atom::Len(len).happen(1, &mut self.seen);
        self.pending.push(Atom::Len(len));
    }

    /// Everything arrives.
    fn sync(&mut self) {
        for atom in self.pending.drain(..) {
            atom.happen(1, &mut self.durable);
        }
    }

    /// What the disk holds if each atom has the fate that `fate` chooses of so many.
    fn image(&self, mut fate: impl FnMut(usize) -> usize) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for atom in &self.pending {
            let fate = fate(atom.fates(bytes.len()));
            atom.happen(fate, &mut bytes);
        }
        bytes
    }

    /// All that a cut may leave, if that is at most `most`; else so many of it.
    pub(crate) fn images(&self, most: usize, random: &mut Random) -> Vec<Vec<u8>> {
        let all = self.pending.iter().try_fold(1_usize, |all, atom| {
            all.checked_mul(atom.fates(self.durable.len())).filter(|&all| all <= most)
        });
        let mut images = Vec::new();
        if let Some(all) = all {
            for number in 0..all {
                let mut rest = number;
                images.push(self.image(|fates| {
                    let fate = rest % fates;
                    rest /= fates;
                    fate
                }));
            }
        } else {
            images.push(self.image(|_| 0));
            images.push(self.image(|_| 1));
            for _ in 2..most {
                // Mostly there, mostly gone, or half and half.
                let bias = random.below(4);
                images.push(self.image(|fates| match bias {
                    0 | 1 if random.below(6) > 0 => bias,
                    _ => random.below(fates),
                }));
            }
        }
        images.sort();
        images.dedup();
        images
    }

    /// A sync that fails: something of it arrived, and the rest never will, though it is still seen.
    fn fail_to_sync(&mut self, random: &mut Random) {
        let bias = random.below(3);
        self.durable = self.image(|fates| if bias < 2 { bias } else { random.below(fates) });
        self.pending.clear();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Main,
    Journal,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does nothing.
    Fails,
    /// It does all, and fails.
    DoneAndFails,
    /// A write does half, and says so; the next one fails.
    Half,
    /// From then on, nothing that makes the file write succeeds until there is room.
    Full,
    /// It does half, and fails.
    HalfAndFails,
    /// It is interrupted once, which must not be noticed.
    Interrupted,
}

pub(crate) const FAULTS: [Fault; 6] = [
    Fault::Fails,
    Fault::DoneAndFails,
    Fault::Half,
    Fault::Full,
    Fault::HalfAndFails,
    Fault::Interrupted,
];

/// The disk.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) main: OnDisk,
    pub(crate) journal: OnDisk,
    /// Whether the journal's name is durable.
    pub(crate) is_named: bool,
    /// How many calls were made that change something, or can fail.
    pub(crate) calls: usize,
    /// The call that is not made any more, nor any after it.
    pub(crate) cut: usize,
    /// The calls that fail.
    pub(crate) faults: Vec<(usize, Fault)>,
    full: Option<Which>,
    pub(crate) met: Option<(Which, Fault)>,
    pub(crate) random: Random,
    pub(crate) synced: [usize; 2],
}

pub(crate) type Shared = Rc<RefCell<Disk>>;

impl Disk {
    pub(crate) fn new(main: &[u8], journal: Option<&[u8]>, seed: u64) -> Shared {
        Rc::new(RefCell::new(Self {
            main: OnDisk::new(main),
            journal: OnDisk::new(journal.unwrap_or_default()),
            is_named: journal.is_some(),
            calls: 0,
            cut: usize::MAX,
            faults: Vec::new(),
            full: None,
            met: None,
            random: Random(seed | 1),
            synced: [0; 2],
        }))
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.calls > self.cut
    }

    pub(crate) fn make_room(&mut self) {
        self.full = None;
        self.faults.clear();
    }

    fn file(&mut self, which: Which) -> &mut OnDisk {
        match which {
            Which::Main => &mut self.main,
            Which::Journal => &mut self.journal,
        }
    }

    /// Begins a call: an error if there is no power, or else its fault.
    fn begin(&mut self, which: Which, grows: bool) -> io::Result<Option<Fault>> {
        self.calls += 1;
        if self.is_cut() {
            return Err(io::Error::other("the power is gone"));
        }
        let call = self.calls - 1;
        let fault = self.faults.iter().find(|fault| fault.0 == call).map(|fault| fault.1);
        if let Some(fault) = fault {
            self.met = Some((which, fault));
        }
        match fault {
            Some(Fault::Full) => self.full = Some(which),
            Some(Fault::Interrupted) => return Err(ErrorKind::Interrupted.into()),
            Some(Fault::Fails) => return Err(io::Error::other("put in by the test")),
            _ => {}
        }
        if grows && self.full == Some(which) {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(fault)
    }
}

/// A handle on one of the two.
#[derive(Debug)]
pub(crate) struct SimFile {
    pub(crate) disk: Shared,
    which: Which,
    position: u64,
}

impl SimFile {
    pub(crate) fn pair(disk: &Shared) -> (Self, Self) {
        let [main, journal] = [Which::Main, Which::Journal].map(|which| Self {
            disk: disk.clone(),
            which,
            // Not where it is expected to be.
            position: 3,
        });
        (main, journal)
    }

    fn sync(&mut self) -> io::Result<()> {
        let disk = &mut *self.disk.borrow_mut();
        match disk.begin(self.which, false) {
            Ok(None) => disk.file(self.which).sync(),
            Ok(Some(Fault::DoneAndFails)) => {
                disk.file(self.which).sync();
                return Err(io::Error::other("put in by the test"));
            }
            answer => {
                let is_interrupted =
                    answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::Interrupted);
                if !disk.is_cut() && !is_interrupted {
                    let mut random = disk.random.clone();
                    disk.file(self.which).fail_to_sync(&mut random);
                    disk.random = random;
                }
                answer?;
                return Err(io::Error::other("put in by the test"));
            }
        }
        disk.synced[self.which as usize] += 1;
        // As the journal beside a file does it: its name is durable with it.
        disk.is_named |= self.which == Which::Journal;
        Ok(())
    }
}

impl Read for SimFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let disk = &mut *self.disk.borrow_mut();
        let fault = disk.begin(self.which, false)?;
        if !matches!(fault, None | Some(Fault::Half | Fault::Full)) {
            return Err(io::Error::other("put in by the test"));
        }
        let bytes = &disk.file(self.which).seen;
        let rest = bytes.get(self.position as usize..).unwrap_or_default();
        let mut n = rest.len().min(out.len());
        if fault == Some(Fault::Half) && n > 1 {
            n /= 2;
        }
        out[..n].copy_from_slice(&rest[..n]);
        self.position += n as u64;
        Ok(n)
    }
}

impl Write for SimFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let disk = &mut *self.disk.borrow_mut();
        let fault = disk.begin(self.which, true)?;
        if self.which == Which::Main {
            assert!(disk.journal.pending.is_empty(), "the file is written before it is decided");
        }
        let n = match fault {
            Some(Fault::Half | Fault::HalfAndFails) if bytes.len() > 1 => bytes.len() / 2,
            _ => bytes.len(),
        };
        disk.file(self.which).write(self.position, &bytes[..n]);
        self.position += n as u64;
        match fault {
            Some(Fault::DoneAndFails | Fault::HalfAndFails) => {
                Err(io::Error::other("put in by the test"))
            }
            Some(Fault::Half) => {
                let next = disk.calls;
                disk.faults.push((next, Fault::Fails));
                Ok(n)
            }
            _ => Ok(n),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for SimFile {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let len = self.disk.borrow_mut().file(self.which).seen.len() as u64;
        self.position = match target {
            SeekFrom::Start(offset) => offset,
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance).unwrap(),
            SeekFrom::End(distance) => len.checked_add_signed(distance).unwrap(),
        };
        Ok(self.position)
    }
}

impl Storage for SimFile {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let disk = &mut *self.disk.borrow_mut();
        let fault = disk.begin(self.which, true)?;
        if self.which == Which::Main {
            assert!(disk.journal.pending.is_empty(), "the file is cut before it is decided");
        }
        disk.file(self.which).set_len(len);
        match fault {
            None | Some(Fault::Full | Fault::Half) => Ok(()),
            _ => Err(io::Error::other("put in by the test")),
        }
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.sync()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.sync()
    }
}
