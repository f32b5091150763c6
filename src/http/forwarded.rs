//! The address of a caller behind proxies: `Forwarded` (RFC 7239) and `X-Forwarded-For`.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

/// The address of the client of a call that came from `peer`: the right-most hop that is no trusted proxy.
///
/// The headers of an untrusted peer have no effect. `None` if a trusted proxy names no address: no header
/// at all (it hides its client, and is not the client itself), a chain that is malformed, `unknown` or
/// obfuscated, or two headers that contradict each other (a proxy often writes one of them and lets the caller's other
/// one through).
///
/// Source: RFC 7239 sections 4, 6 and 7.4.
pub fn client<'a>(
    peer: IpAddr,
    trusted: &[IpNet],
    forwarded: impl Iterator<Item = &'a [u8]>,
    x_forwarded_for: impl Iterator<Item = &'a [u8]>,
) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return Some(peer);
    }
    let mut forwarded = forwarded.peekable();
    let mut listed = x_forwarded_for.peekable();
    let standard = forwarded.peek().is_some().then(|| last_untrusted(&standard_hops(forwarded)?, trusted));
    let usual = listed.peek().is_some().then(|| last_untrusted(&listed_hops(listed)?, trusted));
    match (standard, usual) {
        (None, None) => None,
        (Some(client), None) | (None, Some(client)) => client,
        (Some(standard), Some(usual)) => standard.filter(|_| standard == usual),
    }
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|block| block.contains(&address))
}

/// The right-most hop that is not trusted, else the left-most one; `None` if that one has no address.
fn last_untrusted(hops: &[Option<IpAddr>], trusted: &[IpNet]) -> Option<IpAddr> {
    let is_proxy = |hop: &Option<IpAddr>| hop.is_some_and(|hop| is_trusted(hop, trusted));
    hops.iter().rev().find(|hop| !is_proxy(hop)).or(hops.first()).copied().flatten()
}

/// The hops of `X-Forwarded-For`; one that is no address stays as a hop without one.
fn listed_hops<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Vec<Option<IpAddr>>> {
    let mut hops = Vec::new();
    for line in lines {
        let line = std::str::from_utf8(line).ok()?;
        hops.extend(line.split(',').map(|hop| node(unquoted(hop.trim()))));
    }
    Some(hops)
}

/// The hops of `Forwarded`; `None` if a line is malformed: a quote left open would swallow the hops behind it.
fn standard_hops<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Vec<Option<IpAddr>>> {
    let mut hops = Vec::new();
    for line in lines {
        for element in split(std::str::from_utf8(line).ok()?, ',')? {
            let mut hop = None;
            for pair in split(element, ';')? {
                let (name, value) = pair.trim().split_once('=')?;
                let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
                if !is_token || !is_value(value) {
                    return None;
                }
                if name.eq_ignore_ascii_case("for") && hop.replace(node(unquoted(value))).is_some() {
                    return None;
                }
            }
            hops.push(hop.flatten());
        }
    }
    Some(hops)
}

/// Splits at a separator that is not in quotes; `None` if a quote is left open.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if c == separator && !is_quoted => {
                parts.push(&text[start..index]);
                start = index + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (!is_quoted).then_some(parts)
}

/// A token, or a quoted string from its first character to its last.
fn is_value(value: &str) -> bool {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) => !inner.contains(['"', '\\']),
        None => !value.is_empty() && !value.contains('"') && value.bytes().all(|byte| byte.is_ascii_graphic()),
    }
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}

/// An address with or without a port; an IPv6 one in brackets, or bare without a port.
fn node(text: &str) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_sound = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        let address: Ipv6Addr = address.parse().ok().filter(|_| is_sound)?;
        return Some(IpAddr::V6(address).to_canonical());
    }
    let address = match text.split_once(':') {
        Some((address, port)) if is_port(port) && !address.is_empty() => address.parse().ok().map(IpAddr::V4)?,
        _ => text.parse().ok()?,
    };
    Some(address.to_canonical())
}

/// A port, or one that the proxy hides: `_` and a word.
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(word) => {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        }
        None => (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const DIRECT: &str = "203.0.113.9";
    const PROXY: &str = "10.0.0.1";

    fn trusted() -> Vec<IpNet> {
        ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"].iter().map(|block| block.parse().expect("a block")).collect()
    }

    #[track_caller]
    fn holds(peer: &str, forwarded: &[&str], listed: &[&str], expected: Option<&str>) {
        let trusted = trusted();
        let found = client(
            peer.parse().expect("an address"),
            &trusted,
            forwarded.iter().map(|line| line.as_bytes()),
            listed.iter().map(|line| line.as_bytes()),
        );
        assert_eq!(found.map(|ip| ip.to_string()).as_deref(), expected, "{peer} {forwarded:?} {listed:?}");
    }

    #[test]
    fn an_untrusted_peer_says_what_it_likes_to_no_effect() {
        holds(DIRECT, &["for=127.0.0.1"], &["127.0.0.1"], Some(DIRECT));
        holds(DIRECT, &["for=\""], &[], Some(DIRECT));
        holds("::ffff:203.0.113.9", &[], &["127.0.0.1"], Some(DIRECT));
    }

    #[test]
    fn a_trusted_proxy_that_names_nobody_stands_for_nobody() {
        holds(PROXY, &[], &[], None);
        holds("::ffff:10.0.0.1", &[], &[], None);
    }

    #[test]
    fn the_right_most_hop_that_is_no_proxy_is_the_client() {
        for (listed, expected) in [
            (&["198.51.100.7"][..], Some("198.51.100.7")),
            (&["127.0.0.1, 198.51.100.7"], Some("198.51.100.7")),
            (&["127.0.0.1", "198.51.100.7", "10.1.1.1"], Some("198.51.100.7")),
            (&["garbage, 198.51.100.7 , 10.1.1.1"], Some("198.51.100.7")),
            (&["198.51.100.7:4711"], Some("198.51.100.7")),
            (&["2001:db8::7"], Some("2001:db8::7")),
            (&["[2001:db8::7]"], Some("2001:db8::7")),
            (&["[2001:db8::7]:443"], Some("2001:db8::7")),
            (&["\"[2001:db8::7]:443\""], Some("2001:db8::7")),
            (&["::ffff:198.51.100.7"], Some("198.51.100.7")),
            (&["[::ffff:10.2.2.2]:1, fd00::1"], Some("10.2.2.2")),
            (&["10.9.9.9, 10.1.1.1"], Some("10.9.9.9")),
            (&["198.51.100.7, unknown"], None),
            (&["198.51.100.7, _hidden"], None),
            (&["198.51.100.7,"], None),
            (&[""], None),
            (&["127.0.0.1 127.0.0.1"], None),
            (&["127.0.0.1:"], None),
            (&["127.0.0.1:port"], None),
            (&["127.0.0.1:123456"], None),
            (&["[127.0.0.1]"], None),
            (&["[::1"], None),
            (&["[::1]x"], None),
            (&["fe80::1%eth0"], None),
            (&["0177.0.0.1"], None),
            (&["localhost"], None),
        ] {
            holds(PROXY, &[], listed, expected);
        }
    }

    #[test]
    fn forwarded_is_read_by_its_grammar_or_not_at_all() {
        for (lines, expected) in [
            (&["for=198.51.100.7"][..], Some("198.51.100.7")),
            (&["For=\"198.51.100.7:80\";proto=https;by=10.0.0.1"], Some("198.51.100.7")),
            (&["proto=https; for=198.51.100.7"], Some("198.51.100.7")),
            (&["for=\"[2001:db8::7]:4711\""], Some("2001:db8::7")),
            (&["for=\"[2001:db8::7]\", for=10.0.0.2"], Some("2001:db8::7")),
            (&["for=127.0.0.1, for=198.51.100.7", "for=10.0.0.2"], Some("198.51.100.7")),
            (&["for=\"198.51.100.7:_gone\""], Some("198.51.100.7")),
            (&["for=10.7.7.7"], Some("10.7.7.7")),
            (&["for=unknown"], None),
            (&["for=127.0.0.1, for=unknown"], None),
            (&["for=\"_mystery\""], None),
            (&["for=127.0.0.1, proto=https"], None),
            (&["for=127.0.0.1;for=127.0.0.1"], None),
            (&["for=\"127.0.0.1;x=, for=198.51.100.7"], None),
            (&["for=127.0.0.1, for=\", for=\"[2001:db8::7]\""], None),
            (&["for=\"127.0.0.1\\\""], None),
            (&["for=127.0.0.1,"], None),
            (&["for = 127.0.0.1"], None),
            (&["for"], None),
            (&["127.0.0.1"], None),
            (&[""], None),
        ] {
            holds(PROXY, lines, &[], expected);
        }
    }

    #[test]
    fn two_headers_count_only_where_they_agree() {
        holds(PROXY, &["for=198.51.100.7"], &["198.51.100.7"], Some("198.51.100.7"));
        holds(PROXY, &["for=127.0.0.1"], &["198.51.100.7"], None);
        holds(PROXY, &["for=\""], &["198.51.100.7"], None);
    }

    /// Anything a caller may write into a header, near to what the grammars know.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let near = select(vec![
            "for=",
            "For=\"",
            "\"",
            "\\",
            ",",
            ", ",
            ";",
            "=",
            "[",
            "]",
            ":",
            "[::1]",
            "127.0.0.1",
            "10.0.0.2",
            "fd00::1",
            "203.0.113.1",
            "198.51.100.99",
            ":80",
            "unknown",
            "_x",
            "proto=https",
            "by=",
            " ",
            "\t",
            "\u{e9}",
        ]);
        let piece = prop_oneof![4 => near.prop_map(|text| text.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..4)];
        vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    fn lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
        vec(bytes(), 0..3)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_untrusted_peer_is_itself_whatever_it_writes(standard in lines(), usual in lines()) {
            let peer: IpAddr = DIRECT.parse().expect("an address");
            let (standard, usual) = (standard.iter().map(Vec::as_slice), usual.iter().map(Vec::as_slice));
            prop_assert_eq!(client(peer, &trusted(), standard, usual), Some(peer));
        }

        #[test]
        fn behind_a_proxy_a_caller_is_itself_or_nobody_whatever_it_writes(
            standard in lines(),
            usual in lines(),
            is_joined in any::<bool>(),
            (writes_standard, writes_usual) in select(vec![(true, false), (false, true), (true, true)]),
            (told, quoted) in select(vec![
                ("198.51.100.7", "198.51.100.7"),
                ("2001:db8::7", "\"[2001:db8::7]\""),
                ("198.51.100.7", "\"198.51.100.7:4711\""),
            ]),
        ) {
            // A proxy adds the address it saw behind what the caller wrote: to its last line, or as a line of its own.
            let add = |mut lines: Vec<Vec<u8>>, hop: String| {
                match lines.last_mut().filter(|_| is_joined) {
                    Some(line) => line.extend_from_slice(format!(", {hop}").as_bytes()),
                    None => lines.push(hop.into_bytes()),
                }
                lines
            };
            let standard = if writes_standard { add(standard, format!("for={quoted}")) } else { standard };
            let usual = if writes_usual { add(usual, told.to_owned()) } else { usual };
            let proxy: IpAddr = PROXY.parse().expect("an address");
            let found = client(
                proxy,
                &trusted(),
                standard.iter().map(Vec::as_slice),
                usual.iter().map(Vec::as_slice),
            );
            let caller: IpAddr = told.parse().expect("an address");
            prop_assert!(found.is_none_or(|found| found == caller), "{:?} of {:?} {:?}", found, standard, usual);
        }

        #[test]
        fn no_chain_panics_and_no_address_is_made_up(standard in lines(), usual in lines()) {
            let proxy: IpAddr = PROXY.parse().expect("an address");
            let (standard, usual) = (standard.iter().map(Vec::as_slice), usual.iter().map(Vec::as_slice));
            let written = standard.clone().chain(usual.clone()).map(|line| String::from_utf8_lossy(line).into_owned());
            let written = written.collect::<Vec<_>>().join(" ");
            if let Some(found) = client(proxy, &trusted(), standard, usual).filter(IpAddr::is_ipv4) {
                prop_assert!(found == proxy || written.contains(&found.to_string()), "{} of {}", found, written);
            }
        }
    }
}
