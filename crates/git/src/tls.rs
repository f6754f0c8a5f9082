//! Whom we trust, and what we show of ourselves.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use trimtab_ports::git::Access;

/// The TLS settings of one access, or what is wrong with its certificates. Reads the system's
/// certificates from disk the first time.
pub(crate) fn client(access: &Access) -> Result<ClientConfig, String> {
    let builder =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots(access)?);
    let Some(certificate) = &access.certificate else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates(&certificate.chain, "the client certificate")?;
    let key = PrivateKeyDer::from_pem_slice(certificate.key.expose().as_bytes())
        .map_err(|_| "the client certificate's key is no private key in PEM".to_owned())?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|_| "the client certificate and its key do not belong together".to_owned())
}

fn roots(access: &Access) -> Result<Arc<RootCertStore>, String> {
    let system = system_roots();
    let Some(authorities) = &access.authorities else { return Ok(system) };
    let mut roots = RootCertStore::clone(&system);
    for certificate in certificates(authorities, "the authorities' bundle")? {
        roots
            .add(certificate)
            .map_err(|_| "the authorities' bundle has an odd certificate".to_owned())?;
    }
    Ok(Arc::new(roots))
}

fn certificates(pem: &str, what: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(format!("{what} holds no certificate in PEM")),
    }
}

/// The system's authorities. A system without any trusts only what a source brings along.
fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    Arc::clone(ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "some of the system's certificates cannot be read");
        }
        roots.add_parsable_certificates(found.certs);
        Arc::new(roots)
    }))
}
