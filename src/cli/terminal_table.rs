//! The table of `receive`, redrawn in place on a terminal, and the lines that other outputs get instead.

use std::collections::BTreeMap;

use super::output::Output;
use crate::partner::ledger::{CallCounts, CallOutcome, ExamRecord, LedgerView};
use crate::partner::notification::{Content, Notification};
use crate::partner::receiver::CallReport;

/// The column heads: `DUP` counts duplicates, `LATE` counts events that came after a newer one.
const HEAD: [&str; 9] =
    ["CANDIDATE", "EXAM", "BOOKING", "LAST CHANGE", "BOOKED ON", "EFFECTIVE", "EVENTS", "DUP", "LATE"];

/// The columns of the change reason and of the dates.
const LAST_CHANGE: usize = 3;
const BOOKED_ON: usize = 4;
const EFFECTIVE: usize = 5;

/// How far columns are apart.
const GAP: usize = 2;

/// The first column of numbers.
const NUMBERS: usize = 6;

/// The members that a line shows of services other than the Booking Notification, in this order.
const SHOWN: [&str; 10] = [
    "change_reason",
    "result",
    "review_status",
    "verb",
    "candidate_id",
    "location_code",
    "session_id",
    "test_code",
    "booking_code",
    "effective_date",
];

/// No column is made narrower than this.
const NARROWEST: usize = 4;

/// A table that is drawn over the one before.
#[derive(Debug, Default)]
pub struct TerminalTable {
    drawn: usize,
    /// Why the last refused call was refused.
    pub refusal: Option<String>,
}

impl TerminalTable {
    /// Draws a view in place of what was drawn before, in a terminal of this width.
    pub fn draw(&mut self, out: &Output, view: &LedgerView, width: usize) {
        let lines = lines(view, self.refusal.as_deref(), width);
        let mut text = if self.drawn > 0 { format!("\r\x1b[{}A\x1b[J", self.drawn) } else { String::new() };
        for (index, line) in lines.iter().enumerate() {
            text.push_str(&if index == 1 { out.bold(line) } else { line.clone() });
            text.push('\n');
        }
        out.raw(&text);
        self.drawn = lines.len();
    }
}

/// The number of records that fit into a terminal of this height.
pub fn room(height: usize) -> usize {
    // All but the counts, the head, the lines for a refusal and for what is left out, and the cursor's line.
    height.saturating_sub(5).max(1)
}

/// The counts as a line.
pub fn counts(counts: &CallCounts) -> String {
    let by_status = |counts: &BTreeMap<u16, u64>| {
        let each: Vec<_> = counts.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) }
    };
    let others = match counts.of_other_services {
        0 => String::new(),
        others => format!(" ({others} of other services)"),
    };
    format!(
        "accepted {}{others}, duplicates {}, out of order {}, refused {}{}, scripted failures {}",
        counts.accepted,
        counts.duplicates,
        counts.out_of_order,
        counts.refused,
        by_status(&counts.refused_by_status),
        counts.scripted
    )
}

/// The report of one call as a line.
pub fn line(report: &CallReport) -> String {
    let outcome = match report.outcome {
        CallOutcome::Accepted => "accepted",
        CallOutcome::OutOfOrder => "out of order",
        CallOutcome::Duplicate => "duplicate",
        CallOutcome::Refused => "refused",
        CallOutcome::Scripted => "scripted",
    };
    let status = report.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let rest = match (&report.notification, &report.reason) {
        (Some(notification), _) => described(notification),
        (None, Some(reason)) => reason.clone(),
        (None, None) => String::new(),
    };
    plain(format!("{status:>3} {outcome:<12} {rest}").trim_end())
}

/// What a refused call was answered, and why.
pub fn refusal(report: &CallReport) -> String {
    let status = report.status.map(|status| format!("{status} ")).unwrap_or_default();
    status + report.reason.as_deref().unwrap_or_default()
}

/// The part of a line that describes a notification.
fn described(notification: &Notification) -> String {
    match &notification.content {
        Content::Booking(booking) => {
            let effective = booking.effective_date.as_deref().unwrap_or("-");
            let reason = shown_reason(&booking.change_reason, booking.has_known_reason());
            format!("{reason}  {}  {}  {}  {effective}", booking.candidate_id, booking.exam_code, booking.booking_code)
        }
        Content::Other(members) => {
            let shown = SHOWN.iter().filter_map(|&name| members.get(name)).map(String::as_str);
            let service = notification.service.name();
            std::iter::once(service).chain(shown).collect::<Vec<_>>().join("  ")
        }
    }
}

fn lines(view: &LedgerView, refusal: Option<&str>, width: usize) -> Vec<String> {
    let mut rows = vec![HEAD.map(str::to_owned)];
    // The newest on top: it may be all that fits.
    rows.extend(view.newest.iter().map(cells));
    let left = view.records - view.newest.len();
    let widths = widths(&rows, width);
    let mut lines = vec![cut(&counts(&view.counts), width)];
    for row in &rows {
        let shown = row.iter().zip(widths).enumerate().filter(|(_, (_, width))| *width > 0);
        let padded = shown.map(|(column, (text, width))| {
            let text = cut(text, width);
            if column < NUMBERS { format!("{text:<width$}") } else { format!("{text:>width$}") }
        });
        // A terminal narrower than the narrowest table shows its left side.
        lines.push(cut(padded.collect::<Vec<_>>().join("  ").trim_end(), width));
    }
    if let Some(refusal) = refusal {
        lines.push(cut(&plain(&format!("refused last: {refusal}")), width));
    }
    if left > 0 {
        lines.push(cut(&format!("... and {left} more; all of them: GET /state"), width));
    }
    lines
}

fn cells(record: &ExamRecord) -> [String; 9] {
    let newest = &record.newest;
    [
        plain(&newest.candidate_id),
        plain(&newest.exam_code),
        plain(&newest.booking_code),
        plain(&shown_reason(&newest.change_reason, record.known_reason)),
        // To the minute: exams start at full minutes.
        plain(&newest.booking_on.chars().take(16).collect::<String>()),
        plain(newest.effective_date.as_deref().unwrap_or("-")),
        record.events.to_string(),
        record.duplicates.to_string(),
        record.out_of_order.to_string(),
    ]
}

fn shown_reason(reason: &str, is_known: bool) -> String {
    if is_known { reason.to_owned() } else { format!("{reason} (unknown)") }
}

/// The widths of the columns: as wide as their texts. Where they do not fit, the effective date is left out (0) and the
/// others are narrowed, first the date of the exam, then the widest; what happened last is told whole for longest.
fn widths(rows: &[[String; 9]], width: usize) -> [usize; 9] {
    let mut widths: [usize; 9] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
    let all = |widths: &[usize; 9]| widths.iter().filter(|width| **width > 0).map(|width| width + GAP).sum::<usize>();
    if all(&widths) > width + GAP {
        widths[EFFECTIVE] = 0;
    }
    while all(&widths) > width + GAP {
        let narrowed = widths.iter().enumerate().filter(|(_, width)| **width > NARROWEST);
        let gives_way = |(column, width): &(usize, &usize)| (*column == BOOKED_ON, *column != LAST_CHANGE, **width);
        match narrowed.max_by_key(gives_way) {
            Some((widest, _)) => widths[widest] -= 1,
            None => break,
        }
    }
    widths
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A text without control characters, so that a notification cannot control the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partner::booking::BookingNotification;
    use crate::partner::ledger::ReceiverLedger;

    fn booking(candidate_id: &str, reason: &str, hour: u8) -> Notification {
        let notification = BookingNotification {
            candidate_id: candidate_id.to_owned(),
            exam_code: "EXAM1".to_owned(),
            client_eligibility_id: None,
            booking_code: format!("BOOK{hour}"),
            booking_on: "2026-03-09T09:00:00Z".to_owned(),
            change_reason: reason.to_owned(),
            effective_date: Some(format!("2026-03-01T{hour:02}:00:00Z")),
        };
        notification.into()
    }

    fn view(height: usize) -> LedgerView {
        let mut ledger = ReceiverLedger::default();
        ledger.take("m1", &booking("C-1001", "BOOKING_CREATED", 1));
        ledger.take("m2", &booking("C-\x1b[31m1", "SOMETHING_NEW", 2));
        ledger.take("m3", &booking("C-1001", "BOOKING_RESCHEDULED", 3));
        ledger.take("m3", &booking("C-1001", "BOOKING_RESCHEDULED", 3));
        ledger.refuse(401);
        ledger.view(room(height))
    }

    #[test]
    fn a_wide_terminal_shows_every_column_the_newest_on_top() {
        insta::assert_snapshot!(lines(&view(24), None, 160).join("\n"), @r"
        accepted 3, duplicates 1, out of order 0, refused 1 (401: 1), scripted failures 0
        CANDIDATE  EXAM   BOOKING  LAST CHANGE              BOOKED ON         EFFECTIVE             EVENTS  DUP  LATE
        C-1001     EXAM1  BOOK3    BOOKING_RESCHEDULED      2026-03-09T09:00  2026-03-01T03:00:00Z       2    1     0
        C-�[31m1   EXAM1  BOOK2    SOMETHING_NEW (unknown)  2026-03-09T09:00  2026-03-01T02:00:00Z       1    0     0
        ");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_nor_the_table_higher() {
        for width in [1, 20, 60, 80, 120] {
            for line in
                lines(&view(24), Some("401 no secret fits\x1b: another one signed, or the call was changed"), width)
            {
                assert!(line.chars().count() <= width, "{width}: {line}");
                assert!(!line.contains('\x1b'), "{line:?}");
            }
        }
        let low = lines(&view(6), None, 120);
        assert_eq!(low.len(), 4);
        assert!(low[2].starts_with("C-1001") && low[3].starts_with("... and 1 more"), "{low:?}");
    }

    #[test]
    fn eighty_columns_show_what_happened_last_and_why_a_call_was_refused() {
        let refusal = "401 no secret fits: another one signed, or the call was changed";
        insta::assert_snapshot!(lines(&view(24), Some(refusal), 80).join("\n"), @r"
        accepted 3, duplicates 1, out of order 0, refused 1 (401: 1), scripted failures…
        CANDIDATE  EXAM   BOOKING  LAST CHANGE              BOOKED ON  EVENTS  DUP  LATE
        C-1001     EXAM1  BOOK3    BOOKING_RESCHEDULED      2026-03-…       2    1     0
        C-�[31m1   EXAM1  BOOK2    SOMETHING_NEW (unknown)  2026-03-…       1    0     0
        refused last: 401 no secret fits: another one signed, or the call was changed
        ");
    }

    #[test]
    fn a_line_of_another_service_names_it() {
        let body = serde_json::json!({ "location_code": "L1\n", "change_reason": "TEST_CENTER_CLOSED",
            "effective_date": "2026-03-01T09:00:00Z" });
        let notification = Notification::read(&body).expect("understood");
        let mut ledger = ReceiverLedger::default();
        let outcome = ledger.take("m1", &notification);
        let report =
            CallReport { at: 0, outcome, status: Some(200), id: None, reason: None, notification: Some(notification) };
        let expected =
            "200 accepted     test_center_notification  TEST_CENTER_CLOSED  L1\u{fffd}  2026-03-01T09:00:00Z";
        assert_eq!(line(&report), expected);
        assert!(counts(&ledger.counts()).starts_with("accepted 1 (1 of other services), duplicates 0"));
    }
}
