//! The verdict on a case, and on all of them: what was answered, and what the state shows.

use serde::Serialize;

use super::call::Call;
use super::case::Case;

/// What the state showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// What it should.
    Right,
    /// Something else, in words.
    Wrong(String),
    /// The receiver shows no state.
    Hidden,
}

/// The verdict on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The case.
    pub case: Case,
    /// Its name in words.
    pub title: &'static str,
    /// What a sound receiver does.
    pub expected: &'static str,
    /// What this one answered, call by call, and what its state showed instead.
    pub answered: String,
    /// Whether it is sound.
    pub passed: bool,
    /// Whether the effect was looked up, and not the status alone.
    pub effect_checked: bool,
    /// What to do; of a failed case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// Judges a case by the answers to its calls (a status, or why there is none) and by its effect.
pub fn judge(case: Case, calls: &[Call], answers: &[Result<u16, String>], effect: &Effect, millis: u64) -> Verdict {
    let words = answers.iter().map(|answer| match answer {
        Ok(status) => status.to_string(),
        Err(reason) => reason.clone(),
    });
    let mut answered = words.collect::<Vec<_>>().join(", ");
    if let Effect::Wrong(reason) = effect {
        answered = format!("{answered}; {reason}");
    }
    let passed = is_sound(calls, answers) && !matches!(effect, Effect::Wrong(_));
    Verdict {
        case,
        title: case.title(),
        expected: case.expected(),
        answered,
        passed,
        effect_checked: *effect != Effect::Hidden,
        hint: (!passed).then(|| case.hint()),
        millis,
    }
}

/// Whether every call was answered as a sound receiver answers it.
pub fn is_sound(calls: &[Call], answers: &[Result<u16, String>]) -> bool {
    answers.len() == calls.len()
        && answers.iter().zip(calls).all(|(answer, call)| answer.as_ref().is_ok_and(|got| call.sound.contains(got)))
}

impl Verdict {
    /// Passed by its status, though a status cannot tell.
    pub fn is_half_checked(&self) -> bool {
        self.passed && !self.effect_checked && matches!(self.case, Case::Duplicate | Case::OutOfOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_passes_when_every_answer_and_the_effect_are_right() {
        let call = |sound| Call { headers: Vec::new(), body: Vec::new(), sound };
        let twice = [call(&[200]), call(&[200])];
        let verdict = |answers: &[Result<u16, String>], effect| judge(Case::Duplicate, &twice, answers, &effect, 1);
        let good = verdict(&[Ok(200), Ok(200)], Effect::Right);
        assert_eq!((good.passed, good.hint, good.answered.as_str()), (true, None, "200, 200"));
        assert!(!good.is_half_checked());
        assert!(verdict(&[Ok(200), Ok(200)], Effect::Hidden).is_half_checked());
        for (answers, effect) in [
            (vec![Ok(200), Ok(409)], Effect::Right),
            (vec![Ok(200), Err("no answer".to_owned())], Effect::Hidden),
            (vec![Ok(200)], Effect::Right),
            (vec![Ok(200), Ok(200)], Effect::Wrong("twice".to_owned())),
        ] {
            let bad = verdict(&answers, effect);
            assert!(!bad.passed && bad.hint.is_some(), "{bad:?}");
        }
    }
}
