//! The page that a browser gets at `/`: where everything is.

use std::borrow::Cow;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::listen::reachable;
use crate::admin::guard::Access;
use crate::http::connection::Connection;
use crate::http::route;

const PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
<title>atlas-sandbox</title><link rel=icon href='data:,'><style>body{font:16px/1.5 system-ui,sans-serif;\
max-width:40rem;margin:3rem auto;padding:0 1rem}dt{margin-top:.5rem}dd{color:#555;margin:0}</style>\
<h1>atlas-sandbox</h1><p>A local, offline, stateful emulator of the PSI Atlas API. Partners' systems call it below this \
address as they call Atlas; what it adds for tests is below <code>/_sandbox</code>.\
<h2>Documents</h2><dl>\
<dt><a href='/openapi/'>Browse the API</a><dd>Both documents, to read and to try out\
<dt><a href='/openapi/atlas.json'>atlas.json</a><dd>OpenAPI: the services of Atlas\
<dt><a href='/openapi/control.json'>control.json</a><dd>OpenAPI: the control API</dl>\
<h2>Control API</h2><dl>\
<dt><a href='/_sandbox/accounts'>Accounts</a><dd>Who there is; <code>GET /_sandbox/accounts/DEMO0001?secrets=true</code> \
shows the keys of the demo account\
<dt><a href='/_sandbox/inbox/demo'>Inbox</a><dd>The notifications that the demo account sent\
<dt><a href='/_sandbox/requests'>Requests</a><dd>Calls that name no account: an unknown key, another code in the path\
<dt><a href='/_sandbox/clock'>Clocks</a><dd>The time of each account\
<dt><a href='/_sandbox/fidelity'>Fidelity</a><dd>What is known of Atlas, and what is assumed\
<dt><a href='/_sandbox/health'>Health</a>, <a href='/metrics'>metrics</a><dd>The server itself</dl>\
<h2>To read</h2><p>In the repository:<dl>\
<dt><code>README.md</code><dd>Install, the five-minute tour, tests and CI\
<dt><code>docs/connecting.md</code><dd>Accounts, tokens, base URLs, HTTPS; what the gateway answers\
<dt><code>docs/fixtures.md</code><dd>An account as a document, with every key\
<dt><code>docs/settings.md</code><dd>Every setting; also <code>atlas-sandbox serve --help</code>\
<dt><code>docs/control.md</code><dd>The control API: waiting, clock, snapshots, events, journal, limits\
<dt><code>docs/notifications.md</code><dd>Subscriptions, retries, the error queue, inboxes\
<dt><code>docs/faults.md</code><dd>Calls and notifications that go wrong on request\
<dt><code>docs/signatures.md</code><dd>How to verify a notification\
<dt><code>docs/receivers.md</code><dd>A score card for your receiver\
<dt><code>docs/commands.md</code><dd>The other commands, and exit codes\
<dt><code>docs/fidelity.md</code><dd>What is known of Atlas, service by service, and how much is assumed</dl>";

/// Serves the page.
pub fn routes(config: &mut ServiceConfig) {
    let page = |request: HttpRequest, access: Data<Access>| async move {
        let local = Connection::of(&request).map(|connection| connection.local);
        // Where the control API has an address of its own, there is nothing of it here.
        let page = match access.listen.filter(|at| Some(*at) != local) {
            Some(at) => Cow::Owned(PAGE.replace("'/_sandbox/", &format!("'http://{}/_sandbox/", reachable(at)))),
            None => Cow::Borrowed(PAGE),
        };
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header(("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:"))
            // Programs get the vendor's 404 at the same address.
            .insert_header(("Vary", "Accept"))
            .body(page.into_owned())
    };
    config.service(web::resource("/").guard(route::offered(actix_web::http::Method::GET)).to(page));
}
