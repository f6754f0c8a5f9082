//! Which addresses are not asked: those of this machine's own link and of clouds' metadata services.
//! Whoever may name a repository would make the operator ask there in its own name, and read of the
//! answer what an error says of it. Private networks and loopback are asked: Git servers stand there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use futures::FutureExt as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::config::LinkLocal;

/// Metadata services beside 169.254.0.0/16: of Azure, Alibaba Cloud and Oracle Cloud.
const METADATA: [Ipv4Addr; 3] = [
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// Metadata services beside `fe80::/10`: of AWS, Google Cloud and Scaleway.
const METADATA_6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// An address that is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is an address of the own link or of a cloud's metadata service")]
pub(crate) struct OffLimits(pub(crate) IpAddr);

/// The address that a URL names itself and that is not asked. What a name stands for is seen when it is
/// resolved.
pub(crate) fn off_limits(url: &Url) -> Option<OffLimits> {
    let address = match url.host()? {
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => IpAddr::V6(address),
        Host::Domain(_) => return None,
    };
    is_off_limits(address).then_some(OffLimits(address))
}

/// Resolves names as the system does, and leaves out what is not asked: the connection goes to what was
/// checked, whatever the name stands for a moment later.
pub(crate) struct Resolver(pub(crate) LinkLocal);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let link_local = self.0;
        async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let addresses = match link_local {
                LinkLocal::Allowed => found,
                LinkLocal::Refused => permitted(found)?,
            };
            Ok::<Addrs, Box<dyn std::error::Error + Send + Sync>>(Box::new(addresses.into_iter()))
        }
        .boxed()
    }
}

/// The addresses of a name that are asked; an error where it has others only.
fn permitted(found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, OffLimits> {
    let (refused, permitted): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| is_off_limits(address.ip()));
    match refused.first() {
        Some(refused) if permitted.is_empty() => Err(OffLimits(refused.ip())),
        _ => Ok(permitted),
    }
}

fn is_off_limits(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_off_limits_4(address),
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || METADATA_6.contains(&address)
                || embedded(address).is_some_and(is_off_limits_4)
        }
    }
}

fn is_off_limits_4(address: Ipv4Addr) -> bool {
    address.is_link_local() || METADATA.contains(&address)
}

/// The address of the older protocol that one of the newer stands for: mapped (`::ffff:0:0/96`),
/// compatible (`::/96`), behind a translator (`64:ff9b::/96`), or tunnelled (`2002::/16`).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(of(high, low))
        }
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> bool {
        off_limits(&Url::parse(url).unwrap()).is_some()
    }

    #[test]
    fn no_way_to_write_an_address_of_the_link_or_of_a_metadata_service_is_asked() {
        for host in [
            "169.254.169.254",
            "169.254.0.1",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "169.254.43518",
            "[fe80::1]",
            "[febf::1]",
            "[::ffff:169.254.169.254]",
            "[::169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:a9fe:a9fe::1]",
            "[fd00:ec2::254]",
            "[fd20:ce::254]",
            "[fd00:42::42]",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
        ] {
            assert!(refused(&format!("http://{host}/a.git")), "{host}");
            assert!(refused(&format!("https://{host}:8443/a.git")), "{host}");
        }
    }

    #[test]
    fn private_networks_loopback_and_names_are_asked() {
        for host in [
            "127.0.0.1",
            "localhost",
            "10.96.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "[::1]",
            "[fd12:3456::1]",
            "git.example.org",
            "8.8.8.8",
        ] {
            assert!(!refused(&format!("http://{host}/a.git")), "{host}");
        }
    }

    #[test]
    fn a_name_is_asked_at_its_other_addresses_or_not_at_all() {
        let at = |address: &str| SocketAddr::new(address.parse().unwrap(), 0);
        let (link, private) = (at("169.254.169.254"), at("10.0.0.1"));
        assert_eq!(permitted(vec![link, private]), Ok(vec![private]));
        assert_eq!(permitted(vec![link]), Err(OffLimits(link.ip())));
        assert_eq!(permitted(Vec::new()), Ok(Vec::new()));
    }
}
