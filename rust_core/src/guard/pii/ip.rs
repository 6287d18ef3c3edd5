//! Addresses of machines. Loopback, unspecified and masks are nobody's; private and documentation ranges stay found.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::text::{Stems, begins, ends, words};
use crate::guard::rule::{Candidate, Rule};

const ENTITY: &str = "IP_ADDRESS";

pub const RULES: [Rule; 3] = [
    Rule {
        id: "ipv4",
        entity: ENTITY,
        keywords: &[],
        pattern: r"(?-u)(?P<v>[0-9]{1,3}(?:(?:\.|。)[0-9]{1,3}){3})(?:\.[0-9]|[-+_]?[A-Za-z])?",
        check: v4,
        core: true,
    },
    // Beginnings of their own, so that words such as `added` are not tried: `64:ff9b::`, `2001:db8::`, `::ffff:`.
    Rule {
        id: "ipv6",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>[0-9A-Fa-f]{3,4}:[0-9A-Fa-f]{0,4}:(?:[0-9A-Fa-f]{0,4}:){0,6}",
            r"(?:[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|[0-9A-Fa-f]{1,4})(?:%[0-9A-Za-z_.\-]{1,15})?)",
            r"(?::[0-9A-Fa-f:])?"
        ),
        check: v6,
        core: true,
    },
    Rule {
        id: "ipv6-translated",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>(?:::|[0-9]{2}:)[0-9A-Fa-f]{2,4}:(?:[0-9A-Fa-f]{0,4}:){0,6}",
            r"(?:[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|[0-9A-Fa-f]{1,4})(?:%[0-9A-Za-z_.\-]{1,15})?)",
            r"(?::[0-9A-Fa-f:])?"
        ),
        check: v6,
        core: true,
    },
];

/// Words for what has an address.
const MACHINES: Stems = Stems {
    whole: &[
        "ip",
        "ips",
        "addr",
        "address",
        "addresses",
        "host",
        "hosts",
        "ping",
        "from",
        "dns",
        "gateway",
        "src",
        "dst",
        "client",
        "peer",
        "remote",
        "login",
        "via",
        "nameserver",
        "inet",
        "router",
        "subnet",
        "cidr",
        "whois",
        "traceroute",
        "ssh",
        "bind",
        "listen",
    ],
    start: &["ipv", "ipaddr", "server", "adres", "direcci", "machine", "device", "connect", "proxy", "block"],
    within: &["_ip", "host", "address"],
};

/// Words for what has a version, a section or an object number.
const VERSIONED: Stems = Stems {
    whole: &[
        "v",
        "ver",
        "rev",
        "build",
        "release",
        "section",
        "sec",
        "chapter",
        "oid",
        "chrome",
        "chromium",
        "safari",
        "edg",
        "edge",
        "opr",
        "sections",
        "firefox",
        "crios",
        "electron",
        "applewebkit",
        "firmware",
        "fw",
        "sdk",
        "driver",
        "clause",
        "rfc",
        "table",
        "figure",
    ],
    start: &["version", "headlesschrome", "upgrad", "updat", "nuget", "assembl", "headless"],
    within: &["version"],
};

fn v4(found: &Candidate<'_>) -> bool {
    let before = found.before();
    let suffix = &found.matched()[found.value().len()..];
    let Some(octets) = octets(found.value()) else { return false };
    let dotted = matches!(before.as_bytes(), [.., last, b'.'] if last.is_ascii_alphanumeric());
    begins(before)
        && !dotted
        && !before.ends_with('+')
        && suffix.is_empty()
        && ends(found.after())
        && personal_v4(octets)
        && !versioned(before, octets)
}

fn octets(value: &str) -> Option<[u8; 4]> {
    let parts = || value.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let padded = parts().all(|part| part.len() == 3);
    let mut octets = [0; 4];
    for (octet, part) in octets.iter_mut().zip(parts()) {
        let zero = part.len() > 1 && part.starts_with('0');
        *octet = part.parse().ok().filter(|_| padded || !zero)?;
    }
    Some(octets)
}

fn personal_v4(octets: [u8; 4]) -> bool {
    let bits = u32::from_be_bytes(octets);
    let mask = octets[0] == 255 && bits.leading_ones() + bits.trailing_zeros() >= 32;
    let address = Ipv4Addr::from(octets);
    !address.is_loopback() && !address.is_unspecified() && !mask
}

/// Four numbers can be a version. Small ones are, unless a word speaks of a machine; others, if a word speaks of a version.
fn versioned(before: &str, octets: [u8; 4]) -> bool {
    let near = before.trim_end_matches(['"', '\'', ' ', '(', '[', '=', ':', '`', '/', '-', '_', '*']);
    let between = &before[near.len()..];
    // `Chrome/96.0.4664.110`, `lib-1.2.3.4`, `>= 1.2.3.4`, `pkg==1.2.3.4`.
    let product = matches!(between, "/" | "-" | "_") && near.ends_with(|c: char| c.is_ascii_alphabetic());
    let compared = between.contains("==") || near.ends_with(['<', '>', '~', '^', '!', '@']);
    let small =
        octets[0] < 32 && octets[0] != 10 && octets.iter().all(|&octet| octet < 100) || octets[1..] == [0, 0, 0];
    let nearest = words(before).take(4).find_map(|word| match word {
        _ if VERSIONED.has(word) => Some(true),
        _ if MACHINES.has(word) => Some(false),
        _ => None,
    });
    match nearest {
        Some(versioned) => versioned,
        None => (small || compared && octets[0] < 32 || product && octets[0] < 32) && !before.ends_with("//"),
    }
}

fn v6(found: &Candidate<'_>) -> bool {
    let before = found.before();
    let value = found.value();
    let address = value.split('%').next().unwrap_or(value);
    let digits = address.bytes().filter(u8::is_ascii_hexdigit).count();
    let pairs = address.split(':').all(|group| group.len() == 2);
    begins(before)
        && !before.ends_with([':', '.'])
        && ends(found.after())
        && found.matched().len() == value.len()
        && digits >= 5
        && !pairs
        && address.bytes().any(|byte| byte.is_ascii_digit())
        && address.parse::<Ipv6Addr>().is_ok_and(|address| !address.is_loopback() && !address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::super::harness::expect;
    use super::*;

    #[test]
    fn addresses_are_found() {
        expect(
            ENTITY,
            &[
                "from «203.0.113.7» port 22, «192.168.1.20», «10.0.0.5»:8080, «172.16.4.0»/24",
                "http://«93.184.216.34»/x?ip=«8.8.4.4»",
                "{\"client_ip\":\"«85.12.30.4»\"} dns «1.1.1.1»",
                "«203[.]0[.]113[.]7» «２０３.0.113.7» «203.0\u{200b}.113.7» «203.0.113.7».",
                "«10.0.0.1»-«10.0.0.20»",
                "«2001:0db8:85a3:0000:0000:8a2e:0370:7334» «2001:db8::1» [«fe80::1ff:fe23:4567:890a»]:443",
                "«fe80::a00:27ff:fe4e:66a1%eth0», «::ffff:192.0.2.128», «64:ff9b::192.0.2.33»",
                "«2a00:1450:4001:81b::200e»: unreachable",
            ],
        );
    }

    #[test]
    fn versions_times_and_nobodys_addresses_are_not_found() {
        expect(
            ENTITY,
            &[
                "127.0.0.1 0.0.0.0 255.255.255.0 255.255.255.255 ::1 :: 2001:db8::/32",
                "version 192.168.1.20, v10.0.19041.1, Version=4.0.0.0, rails (5.2.4.3), foo==1.2.3.4, x@1.2.3.4",
                "Chrome/96.0.4664.110 Safari/537.36, Chrome/120.0.0.0, libfoo-1.2.3.4.tar.gz, build 10.0.22631.1",
                "1.3.6.1.4.1.311, section 3.1.2.4, 1.2.3, 256.1.1.1, 1.2.3.4.5, 192.168.01.1",
                "12:30:45, 2024-01-01T12:30:45, std::vec::Vec, a::b, x[1::2], dead::beef",
                "00:1b:44:11:3a:b7 00:11:22:33:44:55:66:77",
                "aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99",
            ],
        );
    }
}
