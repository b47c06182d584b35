//! What programs do, as traces: scans, places, records, and everything between.

use crate::trace::Trace;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const PAGE: u64 = 4096;

/// All of them.
pub(crate) fn all() -> Vec<Trace> {
    let mut traces = Vec::new();
    scans(&mut traces);
    places(&mut traces);
    hot_and_cold(&mut traces);
    structures(&mut traces);
    writers(&mut traces);
    traces
}

/// Numbers as if at random, the same each time: Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(88_172_645_463_325_252)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// One of the first `count` numbers, the n-th as often as 1 / n says.
    fn zipf(&mut self, count: u64) -> u64 {
        let mut at = self.below(1 << 32) as f64 / (1_u64 << 32) as f64
            * (1..=count).map(|rank| 1.0 / rank as f64).sum::<f64>();
        for rank in 1..count {
            at -= 1.0 / rank as f64;
            if at < 0.0 {
                return rank - 1;
            }
        }
        count - 1
    }
}

fn add(traces: &mut Vec<Trace>, name: &str, len: u64, make: impl FnOnce(&mut Trace)) {
    let mut trace = Trace::new(name, len);
    make(&mut trace);
    traces.push(trace);
}

fn scans(traces: &mut Vec<Trace>) {
    for size in [64, 1000, 4096, 20_000] {
        add(traces, &format!("scan by {size}"), 4 * MIB, |t| {
            for _ in 0..4 * MIB / size {
                t.read(size as usize);
            }
        });
    }
    for size in [64, 1000, 4096, 20_000] {
        add(traces, &format!("backwards by {size}"), 4 * MIB, |t| {
            for index in (0..4 * MIB / size).rev() {
                t.seek(index * size).read(size as usize);
            }
        });
    }
    for stride in [512, 4096, 12 * KIB] {
        add(traces, &format!("64 of every {stride}"), 1024 * stride, |t| {
            for index in 0..1024 {
                t.seek(index * stride).read(64);
            }
        });
    }
    for (scans, size) in [(2, 64), (4, 64), (6, 8), (8, 64), (2, 4096), (4, 4096), (2, 10_000)] {
        add(traces, &format!("{scans} scans in turn by {size}"), scans * MIB, |t| {
            for index in 0..MIB / size {
                for scan in 0..scans {
                    t.seek(scan * MIB + index * size).read(size as usize);
                }
            }
        });
    }
    add(traces, "2 scans in turn backwards by 64", 2 * MIB, |t| {
        for index in (0..MIB / 64).rev() {
            for scan in 0..2 {
                t.seek(scan * MIB + index * 64).read(64);
            }
        }
    });
    add(traces, "2 scans, one 8 times as fast", 3 * MIB, |t| {
        for index in 0..MIB / 4 / 64 {
            t.seek(index * 64).read(64);
            t.seek(MIB + index * 512);
            for _ in 0..8 {
                t.read(64);
            }
        }
    });
    add(traces, "demux: audio 512, video 8 of 1 KiB", 5 * MIB, |t| {
        for index in 0..512 {
            t.seek(4 * MIB + index * 512).read(512);
            t.seek(index * 8 * KIB);
            for _ in 0..8 {
                t.read(1024);
            }
        }
    });
    for runs in [2, 4] {
        add(traces, &format!("merge of {runs} sorted runs"), runs * MIB, |t| {
            let mut random = Random::new();
            let mut at = vec![0; runs as usize];
            while at.iter().any(|&at| at < MIB) {
                let run = random.below(runs);
                let at = &mut at[run as usize];
                if *at < MIB {
                    t.seek(run * MIB + *at).read(64);
                    *at += 64;
                }
            }
        });
    }
    add(traces, "archive: index and data in order", 2 * MIB, |t| {
        let mut random = Random::new();
        let mut data = 0;
        for entry in 0..500 {
            t.seek(2 * MIB - 64 * KIB + entry * 46).read(46);
            let len = 1000 + random.below(5000);
            t.seek(data).read(30).read(len as usize - 30);
            data += len;
        }
    });
    add(traces, "scan after a scan, 80 KiB, 50 times", 80 * KIB, |t| {
        for _ in 0..50 {
            t.seek(0);
            for _ in 0..80 * KIB / 64 {
                t.read(64);
            }
        }
    });
}

fn places(traces: &mut Vec<Trace>) {
    for pages in [12, 16, 17, 18, 20, 24, 32] {
        add(traces, &format!("loop over {pages} far pages"), pages * MIB, |t| {
            for _ in 0..100 {
                for page in 0..pages {
                    t.seek(page * MIB + 40).read(16);
                }
            }
        });
    }
    add(traces, "loop over 20 far pages, changed", 20 * MIB, |t| {
        for _ in 0..100 {
            for page in 0..20 {
                t.seek(page * MIB + 40).read(16).seek(page * MIB + 40).write(16);
            }
        }
    });
    add(traces, "random, across two pages", 16 * MIB, |t| {
        let mut random = Random::new();
        for _ in 0..3000 {
            t.seek((1 + random.below(4095)) * PAGE - 32).read(64);
        }
    });
    add(traces, "random, 10,000 in a call", 16 * MIB, |t| {
        let mut random = Random::new();
        for _ in 0..1000 {
            t.seek(random.below(16 * MIB - 10_000)).read(10_000);
        }
    });
    for (name, len) in [("1 MiB", MIB), ("256 MiB", 256 * MIB)] {
        add(traces, &format!("random, 16 in {name}"), len, |t| {
            let mut random = Random::new();
            for _ in 0..3000 {
                t.seek(random.below(len - 16)).read(16);
            }
        });
    }
    add(traces, "random, 16 in 1 MiB, changed", MIB, |t| {
        let mut random = Random::new();
        for _ in 0..3000 {
            let at = random.below(MIB - 16);
            t.seek(at).read(16).seek(at).write(16);
        }
    });
}

fn hot_and_cold(traces: &mut Vec<Trace>) {
    for (name, step, hot) in [("256", 256, 2), ("1000", 1000, 2), ("64", 64, 6)] {
        add(
            traces,
            &format!("scan by {name}, {hot} hot pages between"),
            6 * MIB + hot * MIB,
            |t| {
                for index in 0..6 * MIB / step {
                    t.seek(index * step).read(step as usize);
                    for page in 0..hot {
                        t.seek(6 * MIB + page * MIB).read(16);
                    }
                }
            },
        );
    }
    add(traces, "scan by 256, a counter is patched", 7 * MIB, |t| {
        for index in 0..6 * MIB / 256 {
            t.seek(index * 256).read(256);
            t.seek(6 * MIB).write(8);
        }
    });
    add(traces, "scan by 64 among 8 places", 12 * MIB, |t| {
        let mut random = Random::new();
        for index in 0..2 * MIB / 64 {
            t.seek(index * 64).read(64);
            if index % 16 == 0 {
                t.seek(4 * MIB + random.below(8) * MIB).read(32);
            }
        }
    });
    add(traces, "90/10, 12 hot of 120", 480 * KIB, |t| {
        let mut random = Random::new();
        for _ in 0..10_000 {
            let hot = random.below(10) > 0;
            let page = if hot { random.below(12) * 10 } else { random.below(120) };
            t.seek(page * PAGE + 100).read(16);
        }
    });
    add(traces, "90/10, 12 hot of 120, changed", 480 * KIB, |t| {
        let mut random = Random::new();
        for _ in 0..10_000 {
            let hot = random.below(10) > 0;
            let page = if hot { random.below(12) * 10 } else { random.below(120) };
            let at = page * PAGE + 100;
            t.seek(at).read(16).seek(at).write(16);
        }
    });
    add(traces, "zipf over 200 pages", 200 * PAGE, |t| {
        let mut random = Random::new();
        for _ in 0..10_000 {
            t.seek(random.zipf(200) * 77 % 200 * PAGE + 8).read(16);
        }
    });
    add(traces, "phases: 10 pages, then 10 others", 128 * MIB, |t| {
        let mut random = Random::new();
        for phase in 0..20 {
            for _ in 0..500 {
                t.seek((phase * 3 + random.below(10) * 6) * MIB + 8).read(16);
            }
        }
    });
}

fn structures(traces: &mut Vec<Trace>) {
    add(traces, "tree: root, 8 inner, 500 leaves", 512 * PAGE, |t| {
        let mut random = Random::new();
        for _ in 0..3000 {
            let leaf = random.below(500);
            t.seek(0).read(64).seek((1 + leaf / 63) * PAGE + 128).read(64);
            t.seek((12 + leaf) * PAGE + 300).read(64);
        }
    });
    add(traces, "tree: the same, leaves changed", 512 * PAGE, |t| {
        let mut random = Random::new();
        for _ in 0..3000 {
            let leaf = random.below(500);
            t.seek(0).read(64).seek((1 + leaf / 63) * PAGE + 128).read(64);
            let at = (12 + leaf) * PAGE + 300;
            t.seek(at).read(64).seek(at).write(64);
        }
    });
    add(traces, "tree: range of 40 leaves", 512 * PAGE, |t| {
        let mut random = Random::new();
        for _ in 0..60 {
            let leaf = random.below(460);
            t.seek(0).read(64).seek((1 + leaf / 63) * PAGE + 128).read(64);
            for leaf in leaf..leaf + 40 {
                t.seek((12 + leaf) * PAGE).read(64).seek((12 + leaf) * PAGE + 2000).read(64);
            }
        }
    });
    add(traces, "binary search in 16 MiB", 16 * MIB, |t| {
        let mut random = Random::new();
        for _ in 0..300 {
            let target = random.below(16 * MIB / 64);
            let (mut low, mut high) = (0, 16 * MIB / 64);
            while low < high {
                let middle = u64::midpoint(low, high);
                t.seek(middle * 64).read(64);
                if middle < target { low = middle + 1 } else { high = middle }
            }
        }
    });
    for skip in [300, 3000, 30_000] {
        add(traces, &format!("headers of 8, {skip} skipped"), 1000 * (8 + skip), |t| {
            for chunk in 0..1000 {
                t.seek(chunk * (8 + skip)).read(8);
            }
        });
    }
    add(traces, "small and large: 16, then 20,000", 8 * MIB, |t| {
        for block in 0..400 {
            t.seek(block * 20_016).read(16).read(20_000);
        }
    });
    add(traces, "small here, large there", 16 * MIB, |t| {
        let mut random = Random::new();
        for entry in 0..400 {
            t.seek(entry * 32).read(32);
            t.seek(MIB + random.below(14 * MIB)).read(20_000);
        }
    });
    add(traces, "table of 6 columns by 8", 6 * MIB, |t| {
        for row in 0..20_000 {
            for column in 0..6 {
                t.seek(column * MIB + row * 8).read(8);
            }
        }
    });
}

fn writers(traces: &mut Vec<Trace>) {
    for size in [64, 4096] {
        add(traces, &format!("copy inside the file by {size}"), 4 * MIB, |t| {
            for index in 0..MIB / size {
                t.seek(index * size).read(size as usize);
                t.seek(2 * MIB + index * size).write(size as usize);
            }
        });
    }
    add(traces, "copy to the end by 64", 2 * MIB, |t| {
        for index in 0..MIB / 64 {
            t.seek(index * 64).read(64).seek(2 * MIB + index * 64).write(64);
        }
    });
    add(traces, "scan, each record written back", 2 * MIB, |t| {
        for index in 0..2 * MIB / 64 {
            t.seek(index * 64).read(64).seek(index * 64).write(64);
        }
    });
    add(traces, "scan, every tenth written back", 4 * MIB, |t| {
        for index in 0..4 * MIB / 256 {
            t.seek(index * 256).read(256);
            if index % 10 == 0 {
                t.seek(index * 256).write(256);
            }
        }
    });
    add(traces, "append 100, patch the header", 0, |t| {
        for index in 0..10_000 {
            t.seek(index * 100).write(100).seek(4).write(4);
        }
    });
    add(traces, "append 512, patch three places", 0, |t| {
        for index in 0..4000 {
            t.seek(index * 512).write(512).seek(4).write(4).seek(40).write(4);
            t.seek((index * 512) & !0xFFFF).write(4);
        }
    });
    add(traces, "append 100, flush every tenth", 0, |t| {
        for index in 0..10_000 {
            t.write(100);
            if index % 10 == 9 {
                t.flush();
            }
        }
    });
    add(traces, "2 appenders in turn by 64", 0, |t| {
        for index in 0..MIB / 64 {
            t.seek(index * 64).write(64).seek(4 * MIB + index * 64).write(64);
        }
    });
    add(traces, "append 200, read an earlier record", 0, |t| {
        let mut random = Random::new();
        for index in 0..5000 {
            t.seek(index * 200).write(200).seek(random.below(index + 1) * 200).read(200);
        }
    });
    add(traces, "written backwards by 64", 2 * MIB, |t| {
        for index in (0..2 * MIB / 64).rev() {
            t.seek(index * 64).write(64);
        }
    });
    add(traces, "16 whole pages out of order, flush", 4 * MIB, |t| {
        for group in 0..60 {
            for page in 0..16 {
                t.seek((group * 16 + page * 7 % 16) * PAGE).write(4096);
            }
            t.flush();
        }
    });
    add(traces, "random, 16 written in 256 MiB", 256 * MIB, |t| {
        let mut random = Random::new();
        for _ in 0..3000 {
            t.seek(random.below(256 * MIB - 16)).write(16);
        }
    });
    add(traces, "files of 3,000 created, table patched", 4 * MIB, |t| {
        for file in 0..300 {
            t.seek(8 * KIB + file * 32).write(32);
            t.seek(file * 4).write(4);
            t.seek(64 * KIB + file * 4096).write(3000);
            t.seek(4 * KIB + file * 4).write(4);
        }
    });
}
