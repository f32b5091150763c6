//! The bare servers: what actix-web costs for the same bytes when there is no sandbox behind it.

use std::net::TcpListener;
use std::path::Path;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::rt::System;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context, Result};
use serde::Deserialize;

use crate::options::BareAnswer;
use crate::process;
use crate::sample;

/// Serves one recorded answer to GET.
pub fn serve_get(answer: BareAnswer) -> Result<()> {
    let (port_file, answer) = CannedResponse::read(answer)?;
    let path = sample::candidate_path("{candidate_id}");
    serve(&port_file, |listener| {
        let server = HttpServer::new(move || App::new().app_data(answer.clone()).route(&path, web::get().to(get)));
        Ok(server.workers(2).listen(listener)?.run())
    })
}

/// Parses the write model, and serves one recorded answer to POST.
pub fn serve_post(answer: BareAnswer) -> Result<()> {
    let (port_file, answer) = CannedResponse::read(answer)?;
    serve(&port_file, |listener| {
        let server = HttpServer::new(move || {
            App::new().app_data(answer.clone()).route(sample::CANDIDATES, web::post().to(post))
        });
        Ok(server.workers(2).listen(listener)?.run())
    })
}

/// Reads the body, whatever it is, and serves one recorded answer to any call.
pub fn serve_any(answer: BareAnswer) -> Result<()> {
    let (port_file, answer) = CannedResponse::read(answer)?;
    serve(&port_file, |listener| {
        let server = HttpServer::new(move || App::new().app_data(answer.clone()).default_service(web::to(any)));
        Ok(server.workers(2).listen(listener)?.run())
    })
}

/// Runs a server on a free port of this machine until it is stopped.
pub fn serve(port_file: &Path, start: impl FnOnce(TcpListener) -> Result<Server>) -> Result<()> {
    process::end_with_parent();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    System::new().block_on(async {
        let server = start(listener)?;
        process::write_port(port_file, port)?;
        server.await.context("the server failed")
    })
}

async fn get(answer: Data<CannedResponse>) -> HttpResponse {
    answer.response()
}

async fn any(body: Bytes, answer: Data<CannedResponse>) -> HttpResponse {
    std::hint::black_box(&body);
    answer.response()
}

async fn post(input: web::Json<EligibilityBody>, answer: Data<CannedResponse>) -> HttpResponse {
    std::hint::black_box(&input.0);
    answer.response()
}

/// The one answer of a bare server.
struct CannedResponse {
    status: StatusCode,
    content_type: String,
    body: Bytes,
}

impl CannedResponse {
    fn read(answer: BareAnswer) -> Result<(std::path::PathBuf, Data<Self>)> {
        let body = std::fs::read(&answer.body).with_context(|| format!("cannot read {}", answer.body.display()))?;
        let status = StatusCode::from_u16(answer.status)?;
        let content_type = answer.content_type;
        Ok((answer.port_file, Data::new(Self { status, content_type, body: body.into() })))
    }

    fn response(&self) -> HttpResponse {
        HttpResponse::build(self.status)
            .insert_header((CONTENT_TYPE, self.content_type.as_str()))
            .body(self.body.clone())
    }
}

/// The write model of an eligibility. Source: contract.md §3.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what is measured is that the body is parsed into it")]
struct EligibilityBody {
    candidate: CandidateInput,
    client_eligibility_id: Option<String>,
    eligibility_end_date: Option<String>,
    portion_codes: Option<Vec<String>>,
    registration_mode: Option<String>,
    schedule_start_date: Option<String>,
    test_code: String,
    voucher_codes: Option<Vec<String>>,
}

/// The write model of a candidate.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what is measured is that the body is parsed into it")]
struct CandidateInput {
    additional_attributes: Option<Vec<AttributeInput>>,
    address1: Option<String>,
    address2: Option<String>,
    candidate_id: String,
    city: Option<String>,
    country: Option<String>,
    email: Option<String>,
    first_name: String,
    home_phone: Option<String>,
    last_name: String,
    middle_name: Option<String>,
    office_phone: Option<String>,
    postal_code: Option<String>,
    province_state: Option<String>,
    school_code: Option<String>,
    special_accommodations: Option<Vec<String>>,
    suffix: Option<String>,
}

/// An additional attribute.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what is measured is that the body is parsed into it")]
struct AttributeInput {
    key: String,
    value: String,
}
