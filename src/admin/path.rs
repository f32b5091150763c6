//! What the paths of the control face name: the account, and the records in it.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::{Data, Path};
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::domain::contract::error::Error;
use crate::domain::contract::service::{InService, OutService};
use crate::domain::state::State;
use crate::domain::value::id::EligibilityId;
use crate::domain::value::misfit::Misfit;
use crate::domain::value::stamp::Timestamp;
use crate::http::operation::{Signature, Takes};
use crate::service::{Account, Sandbox};

/// The account of a path, and what else the path names.
#[derive(Debug)]
pub struct InAccount<P = AccountOnly> {
    /// The server.
    pub sandbox: Data<Arc<Sandbox>>,
    /// What else the path names.
    pub path: P,
    account_code: String,
}

impl<P> InAccount<P> {
    /// The account; asked for by the handler, so that a wrong parameter or body is told first.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`].
    pub fn account(&self) -> Result<Arc<Account>, Error> {
        self.sandbox.account(&self.account_code)
    }

    /// Looks at the account.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`].
    pub async fn look<T>(&self, look: impl FnMut(&State, Timestamp) -> T) -> Result<T, Error> {
        Ok(self.sandbox.look(&*self.account()?, look).await)
    }
}

impl<P: DeserializeOwned> InAccount<P> {
    fn read(request: &HttpRequest) -> Result<Self, actix_web::Error> {
        let sandbox = Data::extract(request).into_inner()?;
        let named = Path::<AccountPath>::extract(request).into_inner()?.into_inner();
        let path = Path::<P>::extract(request).into_inner()?.into_inner();
        Ok(Self { sandbox, path, account_code: named.account_code })
    }
}

impl<P: DeserializeOwned> FromRequest for InAccount<P> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request))
    }
}

impl<P: IntoParams> Takes for InAccount<P> {
    fn say(signature: &mut Signature) {
        signature.takes::<AccountPath>();
        let named = signature.parameters.len();
        signature.takes::<P>();
        let is_alone = signature.parameters.len() == named;
        signature.answers(404, if is_alone { "No such account." } else { "No such account, or no such record in it." });
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct AccountPath {
    /// The account.
    account_code: String,
}

/// Nothing but the account.
#[derive(Debug, Deserialize)]
pub struct AccountOnly {}

impl IntoParams for AccountOnly {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Vec::new()
    }
}

/// A booking.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct BookingPath {
    /// The booking.
    pub booking_code: String,
}

/// An eligibility.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EligibilityPath {
    /// The eligibility.
    psi_eligiblity_id: String,
}

impl EligibilityPath {
    /// The eligibility.
    ///
    /// # Errors
    /// [`Error::UnknownEligibility`]: no identifier looks like this.
    pub fn id(&self) -> Result<EligibilityId, Error> {
        self.psi_eligiblity_id.parse().map_err(|_| Error::UnknownEligibility(self.psi_eligiblity_id.clone()))
    }
}

/// A delivery.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DeliveryPath {
    /// The delivery; also its `webhook-id`.
    pub id: String,
}

/// A fault.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct FaultPath {
    /// The fault.
    pub id: String,
}

/// A call in a journal.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RequestPath {
    /// The number of the call.
    #[param(value_type = u64)]
    id: String,
}

impl RequestPath {
    /// The number of the call.
    ///
    /// # Errors
    /// [`Error::NotFound`]: it is no number.
    pub fn id(&self) -> Result<u64, Error> {
        self.id.parse().map_err(|_| self.missing())
    }

    /// The journal has no such call.
    pub fn missing(&self) -> Error {
        Error::NotFound { kind: "request", id: self.id.clone() }
    }
}

/// An outgoing service.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OutServicePath {
    /// The outgoing service.
    #[param(value_type = OutService)]
    service: String,
}

impl OutServicePath {
    /// The outgoing service.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn service(&self) -> Result<OutService, Error> {
        let known: Vec<_> = OutService::ALL.iter().map(|one| one.name()).collect();
        self.service.parse().map_err(|_| unknown("outgoing service", &self.service, &known))
    }
}

/// An application.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ApplicationPath {
    /// The application.
    pub name: String,
}

/// A service that an application may be subscribed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ApplicationServicePath {
    /// The application.
    pub name: String,
    /// The service.
    #[param(value_type = InService)]
    service: String,
}

impl ApplicationServicePath {
    /// The service.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn service(&self) -> Result<InService, Error> {
        let known: Vec<_> = InService::ALL.iter().map(|one| one.name()).collect();
        self.service.parse().map_err(|_| unknown("service", &self.service, &known))
    }
}

/// A user.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct UserPath {
    /// The user.
    pub username: String,
}

/// A test.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TestPath {
    /// Its code.
    pub test_code: String,
}

/// A publication of a test.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PublicationPath {
    /// Its identifier.
    pub publication_id: String,
}

/// A proctored session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SessionPath {
    /// Its identifier.
    pub session_id: String,
}

/// A test center.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TestCenterPath {
    /// Its code.
    pub location_code: String,
}

/// A payment.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PaymentPath {
    /// Its identifier.
    pub payment_id: String,
}

/// A voucher.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct VoucherPath {
    /// Its code.
    pub voucher_code: String,
}

/// An invitation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct InvitationPath {
    /// Its code.
    pub invitation_code: String,
}

/// A candidate.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CandidatePath {
    /// Its code.
    pub candidate_id: String,
}

/// An inbox.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct InboxPath {
    /// The inbox; any name will do.
    pub name: String,
}

fn unknown(kind: &'static str, name: &str, known: &[&str]) -> Error {
    Error::UnknownName { kind, misfit: Misfit::unknown("", name, known).into() }
}
