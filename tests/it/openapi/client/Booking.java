import atlas.ApiClient;
import atlas.ApiException;
import atlas.api.BookingApi;
import atlas.api.EligibilityApi;
import atlas.api.TokenApiApi;
import atlas.model.*;
import java.time.LocalDate;
import java.util.Base64;

/** A client that openapi-generator (java, native) makes of the vendor's document books, and gives the seat back. */
class Booking {
    /** Arguments: base URL, account, consumer key, secret, username, password. */
    public static void main(String[] given) throws Exception {
        var client = new ApiClient();
        client.updateBaseUri(given[0]);
        var basic = Base64.getEncoder().encodeToString((given[2] + ":" + given[3]).getBytes());
        client.setRequestInterceptor(request -> request.header("Authorization", "Basic " + basic));
        var issued = new TokenApiApi(client).issueToken("password", given[4], given[5], null, null, null, null, null);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + issued.getAccessToken()));
        var booking = new BookingApi(client);

        var first = LocalDate.of(2026, 3, 9);
        var last = first.plusDays(4);
        var locations = booking.listLocations("EXAM1", first, last, 60, "USA", "64111", null, null, null, null, null, null,
            null, null, null, null);
        var location = locations.getLocations().get(0).getLocationId();
        var timeslots = booking.listTimeslots("EXAM1", location, first, last, 60, null, null).getData();
        var timeslot = timeslots.getDates().get(0).getTimeslots().get(0).getTimeslotId();
        var candidate = new CandidateDetails().candidateId("C-2")
            .candidateName(new CandidateName().firstName("Ann").lastName("Doe"));
        var wanted = new BookingRequest().clientId(given[1]).testId("EXAM1").candidateDetails(candidate);
        var booked = booking.createBooking(timeslot, "portal", wanted, null);
        check(booked.getIsConfirmed() && booked.getTimeslotId().equals(timeslot), booked);
        var record = new EligibilityApi(client).listEligibilities(given[1], "C-2").get(0);
        check(record.getPsiEligiblityId().equals(booked.getAtlasRegnId()), record);
        check(booking.deleteBooking(booked.getBookingId(), "portal", null).getIsCancelled(), booked);
        try {
            booking.deleteBooking(booked.getBookingId(), "portal", null);
            check(false, booked);
        } catch (ApiException refused) {
            check(refused.getCode() == 400, refused);
        }
        System.out.println("round trip done");
    }

    static void check(boolean holds, Object told) {
        if (!holds) throw new AssertionError(told);
    }
}
