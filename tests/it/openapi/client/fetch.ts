// The same with a client of openapi-generator (typescript-fetch).
import { AccountsApi, CandidatesAndStaffApi, Configuration, DeliveriesApi, RequestsApi, ResponseError } from "./client/index.js";

const configuration = new Configuration({ basePath: process.argv[2] });
const [accounts, people] = [new AccountsApi(configuration), new CandidatesAndStaffApi(configuration)];
const made = await accounts.createAccount({ given: {
  eligibilities: [{ testCode: "EXAM1", candidate: { candidateId: "C1" } }],
  subscriptions: { bookingNotification: { url: "inbox:mine" } },
} });
const { accountCode } = made;
const records = await people.listAccountEligibilities({ accountCode });
const psiEligiblityId = records.items[0]!.psiEligiblityId;
const scheduleInput = { deliveryMode: "SITE_PROCTORED" as const };
const booking = await people.scheduleEligibility({ accountCode, psiEligiblityId, scheduleInput });
if (booking.state !== "BOOKED") throw new Error(JSON.stringify(booking));
await new RequestsApi(configuration).waitFor({ accountCode, _for: "delivery", status: "delivered" });
const rows = await new DeliveriesApi(configuration).listDeliveries({ accountCode });
if (rows.items[0]!.bookingCode !== booking.bookingCode) throw new Error(JSON.stringify(rows));
try {
  await people.getBooking({ accountCode, bookingCode: "NOSUCH00" });
  throw new Error("it was found");
} catch (error) {
  if (!(error instanceof ResponseError) || error.response.status !== 404) throw error;
}
await accounts.deleteAccount({ accountCode });
console.log("round trip done");
