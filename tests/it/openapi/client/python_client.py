# The same with a client of openapi-python-client.
import sys
sys.path.insert(0, sys.argv[2])
from control_client import Client
from control_client.api.accounts import create_account, delete_account
from control_client.api.candidates_and_staff import get_booking, list_account_eligibilities, schedule_eligibility
from control_client.api.deliveries import list_deliveries
from control_client.api.requests import wait_for
from control_client.models import DeliveryMode, Given, Problem, ScheduleInput, Thing
client = Client(base_url=sys.argv[1])
made = create_account.sync(client=client, body=Given.from_dict({
    "eligibilities": [{"test_code": "EXAM1", "candidate": {"candidate_id": "C1"}}],
    "subscriptions": {"booking_notification": {"url": "inbox:mine"}},
}))
code = made.account_code
record = list_account_eligibilities.sync(code, client=client).items[0]
booking = schedule_eligibility.sync(code, record.psi_eligiblity_id, client=client, body=ScheduleInput(delivery_mode=DeliveryMode.SITE_PROCTORED))
assert booking.state == "BOOKED", booking
wait_for.sync(code, client=client, for_=Thing.DELIVERY, status="delivered")
rows = list_deliveries.sync(code, client=client).items
assert [row.booking_code for row in rows] == [booking.booking_code], rows
missing = get_booking.sync(code, "NOSUCH00", client=client)
assert isinstance(missing, Problem) and "NOSUCH00" in missing.detail, missing
assert delete_account.sync_detailed(code, client=client).status_code == 204
print("round trip done")
