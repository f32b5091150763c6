//! A script for a receiver that fails on request: one step for each of the first calls, then one for all others.

use std::collections::VecDeque;
use std::str::FromStr;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureStep {
    /// Answered with this status. With a 2xx the call is handled as usual and has its effect; with any other status it
    /// has none.
    Status(u16),
    /// Never answered, without effect.
    Hang,
    /// The connection is closed without an answer and without effect.
    Close,
}

/// What happens to the first calls, and to all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureScript {
    steps: VecDeque<FailureStep>,
    rest: FailureStep,
}

impl FailureScript {
    /// The first `count` calls are answered with a status, all others with success.
    pub fn failing(count: usize, status: u16) -> Self {
        Self {
            steps: std::iter::repeat_n(FailureStep::Status(status), count).collect(),
            rest: FailureStep::Status(200),
        }
    }

    /// Every call is answered with a status.
    pub fn always(status: u16) -> Self {
        Self { steps: VecDeque::new(), rest: FailureStep::Status(status) }
    }

    /// What happens to the next call.
    pub fn step(&mut self) -> FailureStep {
        self.steps.pop_front().unwrap_or(self.rest)
    }
}

impl Default for FailureScript {
    fn default() -> Self {
        Self::always(200)
    }
}

impl FromStr for FailureScript {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let steps = text.split(',').map(|step| step.trim().parse()).collect::<Result<_, _>>()?;
        Ok(Self { steps, ..Self::default() })
    }
}

impl FromStr for FailureStep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "hang" => Ok(Self::Hang),
            "close" => Ok(Self::Close),
            _ => match text.parse() {
                // A status below 200 is not a final answer.
                Ok(status @ 200..=599) => Ok(Self::Status(status)),
                _ => Err(format!("expected statuses from 200 to 599, hang or close, with commas, got {text:?}")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_played_once_and_then_all_is_well() {
        let mut script: FailureScript = "500, hang,close,204".parse().expect("a script");
        let played: Vec<_> = (0..5).map(|_| script.step()).collect();
        let status = FailureStep::Status;
        assert_eq!(played, [status(500), FailureStep::Hang, FailureStep::Close, status(204), status(200)]);
        let mut failing = FailureScript::failing(1, 503);
        assert_eq!([failing.step(), failing.step()], [status(503), status(200)]);
        let mut always = FailureScript::always(410);
        assert_eq!([always.step(), always.step()], [status(410), status(410)]);
        for wrong in ["", "199", "600", "500,", "slow"] {
            assert!(wrong.parse::<FailureScript>().is_err(), "{wrong}");
        }
    }
}
