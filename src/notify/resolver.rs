//! Finds the addresses of receivers: the hosts file, then the name servers of this machine, and nobody else's.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr as _;
use std::sync::OnceLock;

use hickory_resolver::config::{LookupIpStrategy, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr;
use hickory_resolver::{Resolver, TokioResolver};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The resolver that all clients share. Not the system's own, which a static binary in an empty image lacks.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

/// Why a host has no address, in words.
#[derive(Debug)]
pub struct Unresolved(String);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unresolved {}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str();
            let unresolved = |error: &NetError| Unresolved(describe(host, error));
            let resolver = resolver().map_err(|error| unresolved(&error))?;
            // As a text it would be refused for an underscore, which names of containers have.
            let name = rr::Name::from_str(host).map_err(|_| Unresolved(no_such(host)))?;
            let found = resolver.lookup_ip(name).await.map_err(|error| unresolved(&error))?;
            let addresses: Vec<_> = found.iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Made on first use, as it needs the runtime.
fn resolver() -> Result<&'static TokioResolver, NetError> {
    static RESOLVER: OnceLock<TokioResolver> = OnceLock::new();
    if let Some(resolver) = RESOLVER.get() {
        return Ok(resolver);
    }
    let mut builder = Resolver::builder_tokio().unwrap_or_else(|_| {
        // A machine without name servers still has a hosts file.
        let none = ResolverConfig::from_parts(None, Vec::new(), Vec::new());
        Resolver::builder_with_config(none, TokioRuntimeProvider::default())
    });
    builder.options_mut().ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
    let resolver = builder.build()?;
    Ok(RESOLVER.get_or_init(|| resolver))
}

fn describe(host: &str, error: &NetError) -> String {
    match error {
        NetError::Timeout => format!("the name servers gave no answer for {host:?}"),
        NetError::Io(_) | NetError::Busy => format!("the name servers cannot be asked for {host:?}"),
        NetError::NoConnections => format!("no such host {host:?} (there is no name server to ask)"),
        error if error.is_no_records_found() => no_such(host),
        _ => format!("the name servers could not tell the address of {host:?}"),
    }
}

fn no_such(host: &str) -> String {
    format!("no such host {host:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_name_with_an_underscore_is_looked_up_like_any_other() {
        for host in ["localhost", "partner-app.localhost", "partner_app.localhost", "_a.b_.localhost"] {
            let found = SystemResolver.resolve(host.parse().unwrap()).await.map(Iterator::collect::<Vec<_>>);
            assert!(found.as_ref().is_ok_and(|found| found.iter().all(|address| address.ip().is_loopback())), "{host}");
        }
        let Err(told) = SystemResolver.resolve("no..host".parse().unwrap()).await else { panic!("it was found") };
        assert_eq!(told.to_string(), "no such host \"no..host\"");
    }

    #[test]
    fn no_word_of_the_library_is_told() {
        for (error, words) in [
            (NetError::Timeout, "the name servers gave no answer for \"partnr\""),
            (NetError::NoConnections, "no such host \"partnr\" (there is no name server to ask)"),
            (NetError::Msg("query_type: A".to_owned()), "the name servers could not tell the address of \"partnr\""),
        ] {
            assert_eq!(describe("partnr", &error), words);
        }
    }
}
