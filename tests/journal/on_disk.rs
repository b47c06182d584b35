//! [`OnDisk`]: a file, and the states in which a power cut may leave it.

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
                    // Zeros up to where it begins are as much data as the rest.
                    3 if old < end => bytes[old..end].fill(0xA5),
                    _ => {}
                }
            }
        }
    }
}

/// One of the two files.
#[derive(Clone, Debug, Default)]
pub(crate) struct OnDisk {
    /// What a cut can no longer lose.
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

    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) {
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

    pub(crate) fn set_len(&mut self, len: u64) {
        Atom::Len(len).happen(1, &mut self.seen);
        self.pending.push(Atom::Len(len));
    }

    /// Everything arrives.
    pub(crate) fn sync(&mut self) {
        for atom in self.pending.drain(..) {
            atom.happen(1, &mut self.durable);
        }
    }

    /// What the disk holds if `fate` chooses a fate for each atom, given how many there are to choose from.
    fn image(&self, mut fate: impl FnMut(usize) -> usize) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for atom in &self.pending {
            let fate = fate(atom.fates(bytes.len()));
            atom.happen(fate, &mut bytes);
        }
        bytes
    }

    /// Every state that a cut may leave, if there are at most `most`; otherwise `most` of them.
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
    pub(crate) fn fail_to_sync(&mut self, random: &mut Random) {
        let bias = random.below(3);
        self.durable = self.image(|fates| if bias < 2 { bias } else { random.below(fates) });
        self.pending.clear();
    }
}
