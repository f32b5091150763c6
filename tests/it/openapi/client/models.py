# The same with the models of datamodel-code-generator alone.
import sys
sys.path.insert(0, sys.argv[2])
import control_models as models
import httpx
client = httpx.Client(base_url=sys.argv[1], trust_env=False)
given = models.Given.model_validate({
    "eligibilities": [{"test_code": "EXAM1", "candidate": {"candidate_id": "C1"}}],
    "subscriptions": {"booking_notification": {"url": "inbox:mine"}},
})
body = given.model_dump(mode="json", exclude_none=True, exclude_unset=True)
code = client.post("/_sandbox/accounts", json=body).raise_for_status().json()["account_code"]
at = f"/_sandbox/accounts/{code}"
page = models.PageEligibilityView.model_validate(client.get(at + "/eligibilities").json())
chosen = models.ScheduleInput(delivery_mode=models.DeliveryMode.SITE_PROCTORED).model_dump(mode="json", exclude_none=True)
booking = models.Booking.model_validate(client.post(f"{at}/eligibilities/{page.items[0].psi_eligiblity_id}/schedule", json=chosen).json())
assert booking.state.value == "BOOKED", booking
client.get(at + "/wait", params={"for": "delivery", "status": "delivered"}).raise_for_status()
rows = models.PageDelivery.model_validate(client.get(at + "/deliveries").json()).items
assert [row.booking_code for row in rows] == [booking.booking_code], rows
missing = models.Problem.model_validate(client.get(at + "/bookings/NOSUCH00").json())
assert "NOSUCH00" in missing.detail, missing
assert client.delete(at).status_code == 204
print("round trip done")
