//! Throttling: how many calls a minute a tier lets through, counted per access token.

use crate::domain::contract::service::InService;
use crate::domain::record::application::Tier;
use crate::domain::record::settings::Profile;
use crate::domain::value::stamp::Timestamp;

/// Which tier a call went beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The API's own; reached by fault injection only.
    Api,
    /// The resource's; reached by fault injection only.
    Resource,
    /// That of many calls at once; reached by fault injection only.
    Burst,
    /// The application's.
    Application,
    /// The subscription's.
    Subscription,
}

/// A call beyond its tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// Which tier.
    pub level: Level,
    /// When the next call gets through.
    pub next_access: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct ThrottleWindow {
    /// None: the application's.
    service: Option<InService>,
    start: Timestamp,
    calls: u32,
}

/// The calls of one access token in the present minute; empty while no tier limits it.
#[derive(Debug, Default)]
pub struct Usage(Vec<ThrottleWindow>);

impl Tier {
    /// Calls a minute; `None` if there is no limit.
    ///
    /// Source: platform §3.
    pub fn limit(self, profile: Profile) -> Option<u32> {
        let is_old = profile == Profile::Wso2V1;
        match self {
            Self::Unlimited => None,
            Self::Gold => Some(if is_old { 20 } else { 5000 }),
            Self::Silver => Some(if is_old { 5 } else { 2000 }),
            Self::Bronze => Some(if is_old { 1 } else { 1000 }),
        }
    }
}

impl Usage {
    /// Counts a call of a service against both tiers, or against neither if one is used up.
    ///
    /// Assumed: the minute starts with the first call in it; the subscription's tier is looked at first.
    ///
    /// # Errors
    /// [`Throttled`].
    pub fn count(
        &mut self,
        service: InService,
        application: Option<u32>,
        subscription: Option<u32>,
        now: Timestamp,
    ) -> Result<(), Throttled> {
        let limits = [(Level::Subscription, Some(service), subscription), (Level::Application, None, application)];
        for (level, key, limit) in limits {
            let Some(limit) = limit else { continue };
            let window = self.window(key, now);
            if window.calls >= limit {
                return Err(Throttled { level, next_access: window.start + MINUTE });
            }
        }
        for (_, key, limit) in limits {
            if limit.is_some() {
                self.window(key, now).calls += 1;
            }
        }
        Ok(())
    }

    fn window(&mut self, service: Option<InService>, now: Timestamp) -> &mut ThrottleWindow {
        use chrono::SubsecRound as _;
        let start = now.trunc_subsecs(0);
        let index = self.0.iter().position(|window| window.service == service).unwrap_or_else(|| {
            self.0.push(ThrottleWindow { service, start, calls: 0 });
            self.0.len() - 1
        });
        let window = &mut self.0[index];
        // The account's clock may have been set back.
        if now < window.start || now >= window.start + MINUTE {
            *window = ThrottleWindow { service, start, calls: 0 };
        }
        window
    }
}

const MINUTE: chrono::Duration = chrono::Duration::seconds(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_lets_through_as_many_calls_as_the_narrower_tier() {
        let start = Timestamp::UNIX_EPOCH;
        let at = |seconds| start + chrono::Duration::seconds(seconds);
        let (booking, eligibility) = (InService::Booking, InService::Eligibility);
        let mut usage = Usage::default();
        let over = |level, next| Err(Throttled { level, next_access: at(next) });
        for (second, service, expected) in [
            (0, booking, Ok(())),
            (1, booking, over(Level::Subscription, 60)),
            (2, eligibility, Ok(())),
            (3, eligibility, over(Level::Subscription, 62)),
            (3, InService::Payment, over(Level::Application, 60)),
            (59, booking, over(Level::Subscription, 60)),
            (60, booking, Ok(())),
            (61, eligibility, over(Level::Subscription, 62)),
            (-5, booking, Ok(())),
        ] {
            let limit = (service != InService::Payment).then_some(1);
            assert_eq!(usage.count(service, Some(2), limit, at(second)), expected, "{second} {service}");
        }
        let mut free = Usage::default();
        assert!((0..10_000).all(|_| free.count(booking, None, None, start).is_ok()) && free.0.is_empty());
    }

    #[test]
    fn tiers_are_those_of_the_profile() {
        let all = [Tier::Unlimited, Tier::Gold, Tier::Silver, Tier::Bronze];
        let limits = |profile| all.map(|tier| tier.limit(profile));
        assert_eq!(limits(Profile::Wso2), [None, Some(5000), Some(2000), Some(1000)]);
        assert_eq!(limits(Profile::Wso2V1), [None, Some(20), Some(5), Some(1)]);
    }
}
