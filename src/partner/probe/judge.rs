//! Judges a case by the answers to its calls and by what the state shows.

use serde::Serialize;

use super::call::ProbeCall;
use super::case::Case;

/// The effect of a case, as the state shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservedEffect {
    /// The right one.
    Right,
    /// A wrong one, in words.
    Wrong(String),
    /// The receiver shows no state.
    Hidden,
}

/// The verdict on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseVerdict {
    /// The case.
    pub case: Case,
    /// Its title.
    pub title: &'static str,
    /// What a sound receiver does.
    pub expected: &'static str,
    /// What this receiver answered to each call, and what its state shows if that is wrong.
    pub answered: String,
    /// Whether the receiver handled the case as a sound one does.
    pub passed: bool,
    /// Whether the effect was checked, not only the status.
    pub effect_checked: bool,
    /// What to do about a failed case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// Judges a case by the answers to its calls (a status, or why there is none) and by its effect.
pub fn judge(
    case: Case,
    calls: &[ProbeCall],
    answers: &[Result<u16, String>],
    effect: &ObservedEffect,
    millis: u64,
) -> CaseVerdict {
    let words = answers.iter().map(|answer| match answer {
        Ok(status) => status.to_string(),
        Err(reason) => reason.clone(),
    });
    let mut answered = words.collect::<Vec<_>>().join(", ");
    if let ObservedEffect::Wrong(reason) = effect {
        answered = format!("{answered}; {reason}");
    }
    let passed = is_sound(calls, answers) && !matches!(effect, ObservedEffect::Wrong(_));
    CaseVerdict {
        case,
        title: case.title(),
        expected: case.expected(),
        answered,
        passed,
        effect_checked: *effect != ObservedEffect::Hidden,
        hint: (!passed).then(|| case.hint()),
        millis,
    }
}

/// Whether every answer is one that a sound receiver gives.
pub fn is_sound(calls: &[ProbeCall], answers: &[Result<u16, String>]) -> bool {
    answers.len() == calls.len()
        && answers.iter().zip(calls).all(|(answer, call)| answer.as_ref().is_ok_and(|got| call.sound.contains(got)))
}

impl CaseVerdict {
    /// Whether it passed by its status alone, though its effect matters.
    pub fn is_half_checked(&self) -> bool {
        self.passed && !self.effect_checked && matches!(self.case, Case::Duplicate | Case::OutOfOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_passes_when_every_answer_and_the_effect_are_right() {
        let call = |sound| ProbeCall { headers: Vec::new(), body: Vec::new(), sound };
        let twice = [call(&[200]), call(&[200])];
        let verdict = |answers: &[Result<u16, String>], effect| judge(Case::Duplicate, &twice, answers, &effect, 1);
        let good = verdict(&[Ok(200), Ok(200)], ObservedEffect::Right);
        assert_eq!((good.passed, good.hint, good.answered.as_str()), (true, None, "200, 200"));
        assert!(!good.is_half_checked());
        assert!(verdict(&[Ok(200), Ok(200)], ObservedEffect::Hidden).is_half_checked());
        for (answers, effect) in [
            (vec![Ok(200), Ok(409)], ObservedEffect::Right),
            (vec![Ok(200), Err("no answer".to_owned())], ObservedEffect::Hidden),
            (vec![Ok(200)], ObservedEffect::Right),
            (vec![Ok(200), Ok(200)], ObservedEffect::Wrong("twice".to_owned())),
        ] {
            let bad = verdict(&answers, effect);
            assert!(!bad.passed && bad.hint.is_some(), "{bad:?}");
        }
    }
}
