//! The operations of the Booking service.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};
use crate::domain::contract::service::InService;

/// What they have in common.
///
/// Observed: a generated client of the vendor's, which calls `/atlasApi/1.0.9` (contract §6).
const ROW: Operation = Operation {
    id: "",
    service: Some(InService::Booking),
    method: "GET",
    path: "",
    aliases: &[Alias::AtlasApi],
    standing: Standing::Observed,
    source: "",
    words: RefusalTexts::USUAL,
};

operations! {
    /// Lists the timeslots of a location.
    ListTimeslots {
        id: "list_timeslots",
        source: "contract §6 number 7",
        path: "/bookingService/1.0.9/tests/{test_id}/locations/{location_id}/timeslots",
        ..ROW
    }
    /// Lists locations by distance.
    ListLocations {
        id: "list_locations",
        source: "contract §6 number 6",
        path: "/bookingService/1.0.9/tests/{test_id}/locations",
        ..ROW
    }
    /// Makes a registration and its booking.
    CreateBooking {
        id: "create_booking",
        source: "contract §6 number 1",
        method: "POST",
        path: "/bookingService/1.0.9/bookings",
        ..ROW
    }
    /// Books for a registration.
    BookRegistration {
        id: "book_registration",
        source: "contract §6 number 2",
        method: "POST",
        path: "/bookingService/1.0.9/bookings/{timeslot_id}/registrations/{regn_id}",
        ..ROW
    }
    /// Confirms a booking on hold.
    ConfirmHold {
        id: "confirm_hold",
        source: "contract §6 number 4",
        method: "PUT",
        path: "/bookingService/1.0.9/bookings/confirm/{booking_id}",
        ..ROW
    }
    /// Moves a booking.
    ChangeTimeslot {
        id: "change_timeslot",
        source: "contract §6 number 3",
        method: "PUT",
        path: "/bookingService/1.0.9/bookings/{booking_id}/{timeslot_id}",
        ..ROW
    }
    /// Cancels a booking.
    DeleteBooking {
        id: "delete_booking",
        source: "contract §6 number 5",
        method: "DELETE",
        path: "/bookingService/1.0.9/bookings/{booking_id}",
        ..ROW
    }
    /// Lists the locations of a country.
    ListTestLocations {
        id: "list_test_locations",
        source: "contract §6 number 8",
        path: "/bookingService/1.0.9/testconfig/{test_id}/locations/{country_code}",
        ..ROW
    }
    /// Suggests places.
    SuggestGeoLocations {
        id: "suggest_geo_locations",
        source: "contract §6 number 9",
        path: "/bookingService/1.0.9/autocomplete/geo_locations/{country}",
        ..ROW
    }
    /// Makes a registration and a booking at home.
    CreateWebDelivery {
        id: "create_web_delivery",
        source: "contract §6 number 10",
        method: "POST",
        path: "/bookingService/1.0.9/webdeliveries/{location_id}",
        ..ROW
    }
    /// Gets the event of an invitation.
    GetInvitation {
        id: "get_invitation",
        source: "contract §6 number 11",
        path: "/bookingService/1.0.9/invitations/{invitation_code}",
        ..ROW
    }
    /// Books a seat of an event.
    AcceptInvitation {
        id: "accept_invitation",
        source: "contract §6 number 12",
        method: "POST",
        path: "/bookingService/1.0.9/invitations/{invitation_code}",
        ..ROW
    }
}
