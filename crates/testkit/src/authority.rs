//! A private certificate authority for servers on loopback.

use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier};

/// A private authority that nobody trusts unless told.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// Why there is no authority or no certificate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key or certificate could not be made.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// TLS cannot use them.
    #[error("cannot use a certificate")]
    Tls(#[from] rustls::Error),
    /// Clients' certificates cannot be checked with it.
    #[error("cannot check certificates of clients")]
    Clients(#[from] VerifierBuilderError),
}

/// A certificate with its key, both in PEM.
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

impl Authority {
    /// A fresh one.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn new() -> Result<Self, Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// Its certificate, in PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// What a server on 127.0.0.1 needs to show a certificate of this authority.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn server(&self) -> Result<ServerConfig, Error> {
        let (certificate, key) = self.issue("127.0.0.1")?;
        let (chain, key) = for_tls(&certificate, &key);
        Ok(builder()?.with_no_client_auth().with_single_cert(chain, key)?)
    }

    /// What a server on 127.0.0.1 needs that asks for a certificate of this authority as well.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn strict_server(&self) -> Result<ServerConfig, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let (certificate, key) = self.issue("127.0.0.1")?;
        let (chain, key) = for_tls(&certificate, &key);
        Ok(builder()?.with_client_cert_verifier(verifier.build()?).with_single_cert(chain, key)?)
    }

    /// What a client needs to show to a strict server.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn client(&self) -> Result<Identity, Error> {
        let (certificate, key) = self.issue("operator")?;
        Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
    }

    fn issue(&self, name: &str) -> Result<(Certificate, KeyPair), Error> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(vec![name.to_owned()])?;
        Ok((params.signed_by(&key, &self.0)?, key))
    }
}

fn for_tls(
    certificate: &Certificate,
    key: &KeyPair,
) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    (vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
}

fn builder() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?)
}
