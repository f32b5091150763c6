//! How a receiver misbehaves on request: an answer per call, in order, then what all others get.

use std::collections::VecDeque;
use std::str::FromStr;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Answered with this status. A 2xx is what a sound receiver's answer becomes, so the call has its effect; with
    /// any other it has none.
    Status(u16),
    /// Never answered; no effect.
    Hang,
    /// The connection is closed without an answer; no effect.
    Close,
}

/// The steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    steps: VecDeque<Step>,
    rest: Step,
}

impl Script {
    /// The first `count` calls are answered with a status, all others well.
    pub fn failing(count: usize, status: u16) -> Self {
        Self { steps: std::iter::repeat_n(Step::Status(status), count).collect(), rest: Step::Status(200) }
    }

    /// Every call is answered with a status.
    pub fn always(status: u16) -> Self {
        Self { steps: VecDeque::new(), rest: Step::Status(status) }
    }

    /// What happens to the next call.
    pub fn step(&mut self) -> Step {
        self.steps.pop_front().unwrap_or(self.rest)
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::always(200)
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let steps = text.split(',').map(|step| step.trim().parse()).collect::<Result<_, _>>()?;
        Ok(Self { steps, ..Self::default() })
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "hang" => Ok(Self::Hang),
            "close" => Ok(Self::Close),
            _ => match text.parse() {
                // What is below 200 is no final answer.
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
        let mut script: Script = "500, hang,close,204".parse().expect("a script");
        let played: Vec<_> = (0..5).map(|_| script.step()).collect();
        let status = Step::Status;
        assert_eq!(played, [status(500), Step::Hang, Step::Close, status(204), status(200)]);
        let mut failing = Script::failing(1, 503);
        assert_eq!([failing.step(), failing.step()], [status(503), status(200)]);
        let mut always = Script::always(410);
        assert_eq!([always.step(), always.step()], [status(410), status(410)]);
        for wrong in ["", "199", "600", "500,", "slow"] {
            assert!(wrong.parse::<Script>().is_err(), "{wrong}");
        }
    }
}
