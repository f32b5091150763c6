//! The calls of a case: their bodies and headers, and the answers of a sound receiver.

use serde_json::{Map, Value, json};

use super::case::Case;
use super::sign::{Signer, SigningInput};
use crate::domain::value::stamp::{Stamp, Timestamp};

/// How many seconds a stale or future timestamp is off: twice the tolerance.
const SKEW: i64 = 600;

/// The size of the large body.
const LARGE: usize = 1 << 20;

/// What all calls of a run share.
#[derive(Debug, Clone, Copy)]
pub struct ProbeContext<'a> {
    /// Makes the candidates and identifiers of this run unique.
    pub run: &'a str,
    /// Signs the calls.
    pub signer: &'a Signer,
    /// The method.
    pub method: &'a str,
    /// The target.
    pub url: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// One call of a case.
#[derive(Debug, Clone)]
pub struct ProbeCall {
    /// The headers: `content-type` and those of the signature.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The statuses that a sound receiver may answer.
    pub sound: &'static [u16],
}

const TAKEN: &[u16] = &[200];
const REFUSED: &[u16] = &[401, 400, 403];
const UNSUPPORTED: &[u16] = &[415, 400];

/// The candidate of a case; each case of each run has its own, so that they cannot interfere.
pub fn candidate_id(run: &str, case: Case) -> String {
    format!("PROBE-{run}-{case}")
}

/// The booking code of a case; its older event has another one. Eight letters and digits, as all have: five of the run, so
/// that a receiver which remembers earlier runs sees new ones.
pub fn booking_code(run: &str, case: Case, is_older: bool) -> String {
    let index = Case::ALL.iter().position(|known| *known == case).unwrap_or_default();
    let run: String = run.chars().take(5).collect();
    format!("{}{index:02}{}", run.to_ascii_uppercase(), if is_older { 'A' } else { 'B' })
}

/// The calls of a case, in order.
pub fn calls(case: Case, context: &ProbeContext<'_>) -> Vec<ProbeCall> {
    let signer = context.signer;
    let own = std::slice::from_ref(&signer.secret);
    let now = context.now.timestamp();
    let make = CallBuilder { case, context };
    let id = |number: u8| format!("msg_probe_{}_{case}_{number}", context.run);
    let newest = make.body(false);
    match case {
        Case::Valid => vec![make.call(&id(1), now, own, &newest, TAKEN)],
        Case::Duplicate => {
            vec![make.call(&id(1), now, own, &newest, TAKEN), make.call(&id(1), now + 1, own, &newest, TAKEN)]
        }
        Case::StaleTimestamp => vec![make.call(&id(1), now - SKEW, own, &newest, REFUSED)],
        Case::FutureTimestamp => vec![make.call(&id(1), now + SKEW, own, &newest, REFUSED)],
        Case::WrongKey => vec![make.call(&id(1), now, std::slice::from_ref(&signer.stranger), &newest, REFUSED)],
        Case::OldKey => {
            let keys = rotation(signer);
            (1..).zip(&keys).map(|(number, keys)| make.call(&id(number), now, keys, &newest, TAKEN)).collect()
        }
        Case::AlteredBody => {
            let mut call = make.call(&id(1), now, own, &newest, REFUSED);
            let mut altered = newest.clone();
            altered.insert("change_reason".to_owned(), json!("BOOKING_CANCELLED"));
            call.body = bytes(&altered);
            vec![call]
        }
        Case::ReserialisedBody => {
            let mut call = make.call(&id(1), now, own, &newest, REFUSED);
            call.body = serde_json::to_vec_pretty(&newest).unwrap_or_default();
            vec![call]
        }
        Case::MissingSignature => {
            let mut call = make.call(&id(1), now, own, &newest, REFUSED);
            call.headers.retain(|(name, _)| !name.contains("signature"));
            vec![call]
        }
        Case::UnknownMember => {
            let mut body = newest;
            body.insert("probe_member".to_owned(), json!({ "nested": [1, null] }));
            vec![make.call(&id(1), now, own, &body, TAKEN)]
        }
        Case::UnknownChangeReason => {
            let mut body = newest;
            body.insert("change_reason".to_owned(), json!("PROBE_REASON"));
            vec![make.call(&id(1), now, own, &body, TAKEN)]
        }
        Case::OutOfOrder => {
            vec![make.call(&id(2), now, own, &newest, TAKEN), make.call(&id(1), now, own, &make.body(true), TAKEN)]
        }
        Case::LargeBody => {
            let body = padded(newest);
            vec![make.call(&id(1), now, own, &body, TAKEN)]
        }
        Case::WrongContentType => vec![make.typed(&id(1), now, own, "text/plain", &newest, UNSUPPORTED)],
    }
}

/// The keys that sign during a rotation: the newest first, and then the one that the receiver knows.
fn rotation(signer: &Signer) -> Vec<Vec<String>> {
    let mut keys = vec![vec![signer.stranger.clone(), signer.secret.clone()]];
    if let Some(old) = &signer.old {
        keys.push(vec![signer.secret.clone(), old.clone()]);
        keys.push(vec![old.clone()]);
    }
    keys
}

/// The body, padded to the largest allowed size.
fn padded(mut body: Map<String, Value>) -> Map<String, Value> {
    body.insert("probe_padding".to_owned(), json!(""));
    let missing = LARGE.saturating_sub(bytes(&body).len());
    body.insert("probe_padding".to_owned(), json!("x".repeat(missing)));
    body
}

fn bytes(body: &Map<String, Value>) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

struct CallBuilder<'a> {
    case: Case,
    context: &'a ProbeContext<'a>,
}

impl CallBuilder<'_> {
    /// A notification as the sandbox would send it; the older one is about the booking before.
    fn body(&self, is_older: bool) -> Map<String, Value> {
        let ProbeContext { run, now, .. } = *self.context;
        let stamp = |hours| Stamp::seconds(now + chrono::Duration::hours(hours)).to_string();
        let (reason, effective) = match (self.case, is_older) {
            (_, true) => ("BOOKING_CREATED", stamp(-1)),
            (Case::OutOfOrder, false) => ("BOOKING_RESCHEDULED", stamp(0)),
            (_, false) => ("BOOKING_CREATED", stamp(0)),
        };
        let members = json!({
            "booking_code": booking_code(run, self.case, is_older),
            "booking_on": stamp(if is_older { 48 } else { 72 }),
            "candidate_fname": "Zoë",
            "candidate_id": candidate_id(run, self.case),
            "candidate_lname": "Probe",
            "change_reason": reason,
            "client_eligibility_id": format!("E-{run}"),
            "delivery_mode": "ATLAS_REMOTE_PROCTORED",
            "effective_date": effective,
            "exam_code": "EXAM1",
            "location_timezone": "America/Chicago",
        });
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    fn call(&self, id: &str, at: i64, keys: &[String], body: &Map<String, Value>, sound: &'static [u16]) -> ProbeCall {
        self.typed(id, at, keys, "application/json", body, sound)
    }

    fn typed(
        &self,
        id: &str,
        at: i64,
        keys: &[String],
        content_type: &str,
        body: &Map<String, Value>,
        sound: &'static [u16],
    ) -> ProbeCall {
        let body = bytes(body);
        let ProbeContext { signer, method, url, .. } = *self.context;
        let mut headers = signer.headers(keys, SigningInput { id, at, method, url, content_type, body: &body });
        headers.push(("content-type".to_owned(), content_type.to_owned()));
        ProbeCall { headers, body, sound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partner::booking::BookingNotification;
    use crate::signing::scheme::Scheme;

    #[test]
    fn booking_codes_have_eight_characters_and_each_is_another() {
        let of =
            |run| Case::ALL.into_iter().flat_map(move |case| [false, true].map(|old| booking_code(run, case, old)));
        let codes: std::collections::BTreeSet<_> = of("0a1b2c3d").chain(of("0a1b4c3d")).collect();
        assert_eq!(codes.len(), 4 * Case::ALL.len());
        let is_code =
            |code: &String| code.len() == 8 && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        assert!(codes.iter().all(is_code), "{codes:?}");
    }

    #[test]
    fn every_case_is_made_as_described() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let old = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
        let signer = Signer::new(Scheme::StandardWebhooks, secret, Some(old), "r1").expect("a signer");
        let now = chrono::DateTime::from_timestamp(1_770_000_000, 0).expect("an instant");
        let context = ProbeContext { run: "r1", signer: &signer, method: "PUT", url: "http://h/", now };
        let read = |call: &ProbeCall| -> BookingNotification {
            BookingNotification::read(&serde_json::from_slice(&call.body).expect("JSON")).expect("a notification")
        };
        for case in Case::ALL {
            let calls = calls(case, &context);
            let count = match case {
                Case::OldKey => 3,
                Case::Duplicate | Case::OutOfOrder => 2,
                _ => 1,
            };
            assert_eq!(calls.len(), count, "{case}");
            assert!(calls.iter().all(|call| read(call).candidate_id == format!("PROBE-r1-{case}")));
            assert_eq!(case.name().parse(), Ok(case));
            let header = |call: &ProbeCall, name: &str| {
                call.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            };
            match case {
                Case::LargeBody => assert_eq!(calls[0].body.len(), 1 << 20),
                Case::OutOfOrder => assert!(read(&calls[1]).at() < read(&calls[0]).at()),
                Case::Duplicate => {
                    assert_eq!(header(&calls[0], "webhook-id"), header(&calls[1], "webhook-id"));
                    assert_eq!(calls[0].body, calls[1].body);
                }
                Case::MissingSignature => assert_eq!(header(&calls[0], "webhook-signature"), None),
                Case::OldKey => {
                    let signatures = header(&calls[0], "webhook-signature").expect("signatures");
                    assert_eq!(signatures.split(' ').count(), 2);
                }
                _ => {}
            }
        }
        assert!("odd".parse::<Case>().is_err_and(|words| words.contains("old-key-in-rotation")));
    }
}
