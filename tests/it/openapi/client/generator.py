# A client of openapi-generator (python): an account is made, an exam booked, and its notification read.
import sys
sys.path.insert(0, sys.argv[2])
import control_client as c
from control_client.models import *
client = c.ApiClient(c.Configuration(host=sys.argv[1]))
made = c.AccountsApi(client).create_account(Given.from_dict({
    "eligibilities": [{"test_code": "EXAM1", "candidate": {"candidate_id": "C1"}}],
    "subscriptions": {"booking_notification": {"url": "inbox:mine"}},
}))
code = made.account_code
people = c.CandidatesAndStaffApi(client)
record = people.list_account_eligibilities(code).items[0]
booking = people.schedule_eligibility(code, record.psi_eligiblity_id, ScheduleInput(delivery_mode="SITE_PROCTORED"))
assert booking.state == "BOOKED", booking
done = c.RequestsApi(client).wait_for(code, Thing.DELIVERY, status="delivered")
rows = c.DeliveriesApi(client).list_deliveries(code).items
assert [row.booking_code for row in rows] == [booking.booking_code], rows
try:
    people.get_booking(code, "NOSUCH00"); assert False
except c.exceptions.NotFoundException as error:
    assert "NOSUCH00" in error.body, error.body
c.AccountsApi(client).delete_account(code)
print("round trip done")
