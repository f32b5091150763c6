// Types that openapi-typescript makes of the vendor's document: a booking is made and cancelled with them.
import createClient from "openapi-fetch";
import type { components, paths } from "./atlas-types.js";

const [baseUrl, client_id, token] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });
const days = { start_date: "2026-03-09", end_date: "2026-03-13", exam_length: 60 };
const test_id = "EXAM1";
const near = await client.GET("/bookingService/1.0.9/tests/{test_id}/locations", {
  params: { path: { test_id }, query: { ...days, country: "USA", zip: "64111" } },
});
const location_id = near.data!.locations[0]!.location_id;
const found = await client.GET("/bookingService/1.0.9/tests/{test_id}/locations/{location_id}/timeslots", {
  params: { path: { test_id, location_id }, query: days },
});
const wanted: components["schemas"]["BookingRequest"] = {
  client_id,
  test_id,
  candidate_details: { candidate_id: "C-3", candidate_name: { first_name: "Ann", last_name: "Doe" } },
};
const performed_by_user = "portal";
const booked = await client.POST("/bookingService/1.0.9/bookings", {
  params: { query: { timeslot_id: found.data!.data.dates[0]!.timeslots[0]!.timeslot_id, performed_by_user } },
  body: wanted,
});
if (!booked.data?.is_confirmed) throw new Error(JSON.stringify(booked.error));
const path = { booking_id: booked.data.booking_id };
const cancel = () =>
  client.DELETE("/bookingService/1.0.9/bookings/{booking_id}", { params: { path, query: { performed_by_user } } });
if (!(await cancel()).data?.is_cancelled) throw new Error("it is not cancelled");
const refused = await cancel();
if (refused.response.status !== 400) throw new Error(JSON.stringify(refused));
console.log("round trip done");
