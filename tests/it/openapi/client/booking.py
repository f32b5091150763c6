# A client that openapi-generator (python) makes of the vendor's document books through Booking 1.0.9: a token, a location,
# a timeslot, a hold and its confirmation, another timeslot, the end of it, and a new booking for the same registration.
import sys
from datetime import date
url, folder, account, key, secret, username, password = sys.argv[1:8]
sys.path.insert(0, folder)
import atlas_client as c
from atlas_client.models import *

by_key = c.ApiClient(c.Configuration(host=url, username=key, password=secret))
issued = c.TokenAPIApi(by_key).issue_token("password", username=username, password=password)
client = c.ApiClient(c.Configuration(host=url, access_token=issued.access_token))
booking, eligibility = c.BookingApi(client), c.EligibilityApi(client)

days = {"start_date": date(2026, 3, 9), "end_date": date(2026, 3, 13), "exam_length": 60}
assert booking.suggest_geo_locations("USA", "Kansas").geo_locations
location = booking.list_locations("EXAM1", **days, country="USA", zip="64111").locations[0]
found = booking.list_timeslots("EXAM1", location.location_id, **days)
assert (found.error_code, found.data.time_zone) == ("", location.time_zone), found
slots = [slot.timeslot_id for day in found.data.dates for slot in day.timeslots]

wanted = BookingRequest(
    client_id=account, application_id="portal", test_id="EXAM1",
    candidate_details=CandidateDetails(
        candidate_id="C-1", candidate_name=CandidateName(first_name="Ann", last_name="Doe"),
        contact_info=ContactInfo(address1="7 Elm Street", city="Atchison", state="KS", zip="66002", country="USA"),
    ),
)
held = booking.create_booking(slots[0], "portal", wanted, booking_on_hold=True)
assert (held.is_confirmed, held.timeslot_id, held.location_id) == (False, slots[0], location.location_id), held
confirmed = booking.confirm_hold(held.booking_id, "portal", {"cost_center": "7"})
assert confirmed.is_confirmed and confirmed.booking_id == held.booking_id, confirmed

portions = TestPortionData(test_id="EXAM1", test_portions=[])
moved = booking.change_timeslot(held.booking_id, slots[1], "portal", portions).data
assert moved.is_reschedule and moved.booking_id != held.booking_id and moved.timeslot_id == slots[1], moved
record = eligibility.list_eligibilities(account, "C-1")[0]
assert (record.status, record.psi_eligiblity_id) == ("CSS1", held.atlas_regn_id), record

cancelled = booking.delete_booking(moved.booking_id, "portal")
assert cancelled.is_cancelled, cancelled
assert eligibility.list_eligibilities(account, "C-1")[0].status == "CSS2"
again = booking.book_registration(slots[0], held.atlas_regn_id, "portal", portions).data
assert again.atlas_regn_id == held.atlas_regn_id, again
assert booking.delete_booking(again.booking_id, "portal", cancel_atlas_regn=True).is_cancelled
assert not eligibility.list_eligibilities(account, "C-1")[0].eligible_to_schedule
try:
    booking.delete_booking(again.booking_id, "portal"); assert False
except c.exceptions.BadRequestException as error:
    assert ErrorModel.from_json(error.body).error == "Bad Request", error.body
print("round trip done")
