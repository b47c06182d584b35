//! What was found, of one file or of all.

use std::collections::BTreeMap;

/// Why something is seen differently by another program.
pub(super) type Reason = &'static str;

#[derive(Default)]
pub(super) struct Report {
    /// How often something was the case.
    figures: BTreeMap<String, u32>,
    /// What is of interest by its name: what was refused.
    notes: Vec<String>,
    /// What others see differently, and why, if that is known.
    differences: Vec<(String, Option<Reason>)>,
}

impl Report {
    pub(super) fn count(&mut self, what: &str) {
        *self.figures.entry(what.to_owned()).or_default() += 1;
    }

    /// Counts something, and notes which file it was.
    pub(super) fn note(&mut self, what: &str) {
        self.count(what);
        self.notes.push(what.to_owned());
    }

    /// Counts an agreement, or notes a difference.
    pub(super) fn compare(
        &mut self,
        what: &str,
        is_alike: bool,
        why: Option<Reason>,
        detail: &str,
    ) {
        if is_alike {
            self.count(&format!("agreed {what}"));
        } else {
            self.differences.push((format!("differs {what}: {detail}"), why));
        }
    }

    /// Takes in what was found of the file with this name.
    pub(super) fn add(&mut self, name: &str, other: Self) {
        for (what, count) in other.figures {
            *self.figures.entry(what).or_default() += count;
        }
        self.notes.extend(other.notes.into_iter().map(|note| format!("{name}: {note}")));
        let named = |(what, why)| (format!("{name}: {what}"), why);
        self.differences.extend(other.differences.into_iter().map(named));
    }

    /// Prints all of it; the differences that nothing explains.
    pub(super) fn print(mut self) -> Vec<String> {
        self.notes.sort();
        self.differences.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
        for note in &self.notes {
            println!("{note}");
        }
        let mut reasons = BTreeMap::<_, u32>::new();
        for (difference, why) in &self.differences {
            let why = why.unwrap_or("NOT EXPLAINED");
            println!("{difference} ({why})");
            *reasons.entry(why).or_default() += 1;
        }
        for (what, count) in &self.figures {
            println!("{count:>6}  {what}");
        }
        for (why, count) in &reasons {
            println!("{count:>6}  differ: {why}");
        }
        let unexplained = self.differences.into_iter().filter(|(_, why)| why.is_none());
        unexplained.map(|(difference, _)| difference).collect()
    }
}
