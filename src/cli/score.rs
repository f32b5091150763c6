//! The score card of `probe`: as text, JSON and JUnit XML.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::output::Output;
use crate::partner::probe::case::Case;
use crate::partner::probe::judge::CaseVerdict;

/// The note on a verdict by status alone.
const HALF: &str = "passed by status; effect not checked";

/// The verdicts on a receiver.
pub struct ScoreCard<'a> {
    /// Its URL.
    pub target: &'a str,
    /// In the order they were played.
    pub verdicts: &'a [CaseVerdict],
}

impl ScoreCard<'_> {
    /// How many cases failed.
    pub fn failed(&self) -> usize {
        self.verdicts.iter().filter(|verdict| !verdict.passed).count()
    }

    /// What to do about a failed case; `None` if it failed as the valid call did, to which the hint is given.
    fn hint(&self, verdict: &CaseVerdict) -> Option<&'static str> {
        if !self.refuses_all() || verdict.case.is_refused() {
            return verdict.hint;
        }
        (verdict.case == Case::Valid).then_some(
            "it refuses whatever is signed well: is --secret the one that it verifies with, and does it want --auth?",
        )
    }

    /// Whether the receiver refuses whatever is signed well, as it does with another secret.
    fn refuses_all(&self) -> bool {
        let is_refused = |verdict: &&CaseVerdict| {
            !verdict.passed && ["400", "401", "403"].iter().any(|status| verdict.answered.starts_with(status))
        };
        let mut signed_well = self.verdicts.iter().filter(|verdict| !verdict.case.is_refused());
        self.verdicts.iter().any(|verdict| verdict.case == Case::Valid) && signed_well.all(|one| is_refused(&one))
    }

    fn half_checked(&self) -> usize {
        self.verdicts.iter().filter(|verdict| verdict.is_half_checked()).count()
    }

    /// Prints the score card for people.
    pub fn print(&self, out: &Output) {
        out.line(&format!("{} {}", out.bold("Probe of"), self.target));
        out.line(&out.dim(&format!("{:<6}{:<23}{:<33}{}", "", "case", "a sound receiver", "this one")));
        for verdict in self.verdicts {
            let mark = if verdict.passed { "pass" } else { "FAIL" };
            let row = format!("{:<6}{:<23}{:<33}{}", mark, verdict.title, verdict.expected, verdict.answered);
            out.line(&if verdict.passed { row } else { out.bold(&row) });
            if let Some(hint) = self.hint(verdict) {
                out.line(&out.dim(&format!("      fix: {hint}")));
            } else if !verdict.passed {
                out.line(&out.dim("      as the valid call"));
            } else if verdict.is_half_checked() {
                out.line(&out.dim(&format!("      {HALF}")));
            }
        }
        let (all, failed, half) = (self.verdicts.len(), self.failed(), self.half_checked());
        out.line(&out.bold(&format!("{} of {all} passed", all - failed)));
        if half > 0 {
            out.line(&format!("{half} of them by status alone: give --state-url, and their effect is checked as well"));
        }
    }

    /// The score card as JSON.
    pub fn json(&self) -> Value {
        let failed = self.failed();
        json!({
            "target": self.target,
            "passed": self.verdicts.len() - failed,
            "failed": failed,
            "effect_not_checked": self.half_checked(),
            "cases": self.verdicts,
        })
    }

    /// The score card as JUnit XML.
    pub fn junit(&self) -> String {
        let (all, failed) = (self.verdicts.len(), self.failed());
        let seconds = |millis: u64| format!("{}.{:03}", millis / 1000, millis % 1000);
        let time = seconds(self.verdicts.iter().map(|verdict| verdict.millis).sum());
        let counts = format!("tests=\"{all}\" failures=\"{failed}\" errors=\"0\" time=\"{time}\"");
        let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n");
        let target = escaped(self.target);
        // Writing to a string cannot fail.
        let _written = writeln!(text, "  <testsuite name=\"atlas-sandbox probe of {target}\" {counts} skipped=\"0\">");
        for verdict in self.verdicts {
            let _written = writeln!(
                text,
                "    <testcase classname=\"atlas-sandbox.probe\" name=\"{}\" time=\"{}\">",
                escaped(verdict.title),
                seconds(verdict.millis)
            );
            let outcome = format!("expected {}, got {}", verdict.expected, verdict.answered);
            if let Some(hint) = verdict.hint.map(|hint| self.hint(verdict).unwrap_or(hint)) {
                let (outcome, hint) = (escaped(&outcome), escaped(hint));
                let _written = writeln!(text, "      <failure type=\"probe\" message=\"{outcome}\">{hint}</failure>");
            } else {
                let note = if verdict.is_half_checked() { format!("{outcome}; {HALF}") } else { outcome };
                let _written = writeln!(text, "      <system-out>{}</system-out>", escaped(&note));
            }
            text.push_str("    </testcase>\n");
        }
        text + "  </testsuite>\n</testsuites>\n"
    }
}

/// A text escaped for XML; characters that XML cannot hold are replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(case: Case, answered: &str, passed: bool) -> CaseVerdict {
        CaseVerdict {
            case,
            title: case.title(),
            expected: case.expected(),
            answered: answered.to_owned(),
            passed,
            effect_checked: false,
            hint: (!passed).then(|| case.hint()),
            millis: 1,
        }
    }

    #[test]
    fn a_wrong_secret_is_told_once() {
        let all = |answered: &str| -> Vec<_> {
            Case::ALL.into_iter().map(|case| verdict(case, answered, case.is_refused())).collect()
        };
        let (wrong, broken) = (all("401"), all("500"));
        let card = ScoreCard { target: "http://h", verdicts: &wrong };
        let told: Vec<_> = wrong.iter().filter_map(|verdict| card.hint(verdict)).collect();
        assert!(told.len() == 1 && told[0].contains("--secret"), "{told:?}");
        // What is not the secret's fault has a hint of its own each.
        let mut half = wrong.clone();
        half[Case::ALL.iter().position(|case| *case == Case::LargeBody).unwrap()] =
            verdict(Case::LargeBody, "200", true);
        for verdicts in [&broken, &half] {
            let card = ScoreCard { target: "http://h", verdicts };
            assert!(verdicts.iter().all(|verdict| card.hint(verdict) == verdict.hint));
        }
    }
}
