//! The client of a call: the peer, or the address that a trusted proxy names.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use actix_web::web::Data;
use ipnet::IpNet;

use crate::http::forwarded;

/// The proxies whose word counts.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Arc<[IpNet]>);

/// The client's address; `None` if a trusted proxy names none, or one that cannot be read.
pub fn client(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let proxies = request.app_data::<Data<TrustedProxies>>().filter(|proxies| !proxies.0.is_empty());
    let Some(proxies) = proxies else { return Some(peer.to_canonical()) };
    let lines = |name| request.headers().get_all(name).map(HeaderValue::as_bytes);
    forwarded::client(peer, &proxies.0, lines("forwarded"), lines("x-forwarded-for"))
}
