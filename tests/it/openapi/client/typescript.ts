// The same with the types of openapi-typescript.
import createClient from "openapi-fetch";
import type { components, paths } from "./control.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const given: components["schemas"]["Given"] = {
  eligibilities: [{ test_code: "EXAM1", candidate: { candidate_id: "C1" } }],
  subscriptions: { booking_notification: { url: "inbox:mine" } },
};
const made = await client.POST("/_sandbox/accounts", { body: given });
if (!made.data) throw new Error(made.error.detail);
const account = { account_code: made.data.account_code };
const records = await client.GET("/_sandbox/accounts/{account_code}/eligibilities", { params: { path: account } });
const psi_eligiblity_id = records.data!.items[0]!.psi_eligiblity_id;
const booked = await client.POST("/_sandbox/accounts/{account_code}/eligibilities/{psi_eligiblity_id}/schedule", {
  params: { path: { ...account, psi_eligiblity_id } },
  body: { delivery_mode: "SITE_PROCTORED" },
});
if (booked.data?.state !== "BOOKED") throw new Error(JSON.stringify(booked.error));
await client.GET("/_sandbox/accounts/{account_code}/wait", {
  params: { path: account, query: { for: "delivery", status: "delivered" } },
});
const rows = await client.GET("/_sandbox/accounts/{account_code}/deliveries", { params: { path: account } });
if (rows.data!.items[0]!.booking_code !== booked.data.booking_code) throw new Error(JSON.stringify(rows.data));
const missing = await client.GET("/_sandbox/accounts/{account_code}/bookings/{booking_code}", {
  params: { path: { ...account, booking_code: "NOSUCH00" } },
});
if (!missing.error?.detail.includes("NOSUCH00")) throw new Error(JSON.stringify(missing));
const gone = await client.DELETE("/_sandbox/accounts/{account_code}", { params: { path: account } });
if (gone.response.status !== 204) throw new Error(String(gone.response.status));
console.log("round trip done");
