//! Private keys: RSA, ECDSA on P-256, Ed25519 and DSA.
//!
//! Known difference: of elliptic curves only P-256 is read; Go reads P-224, P-384 and P-521 as well.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature as EcSignature, SigningKey as EcKey};
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha256};
use trimtab_template::{Error, Functions, Run, Value};

use super::{der, of_texts, pem};
use crate::context;
use crate::random::Stream;

mod dsa;

pub(super) fn add(functions: &mut Functions) {
    functions.add_native("genPrivateKey", of_texts(1), |run, a| {
        let kind = a.text(0)?;
        let key = match kind.as_bytes() {
            b"" | b"rsa" => rsa_key(run, "genPrivateKey", 4_096)?,
            b"ecdsa" => ec_key(&mut context::of(run)?.randomness("genPrivateKey"))?,
            b"ed25519" => ed25519_key(&mut context::of(run)?.randomness("genPrivateKey")),
            b"dsa" => {
                run.work(STEPS_OF_4096)?;
                let mut stream = context::of(run)?.randomness("genPrivateKey");
                PrivateKey::Dsa(dsa::generated(run, &mut stream)?)
            }
            _ => return Ok(Value::from(format!("Unknown type {kind}"))),
        };
        key.pem().map(Value::from)
    });
}

/// How many steps of a run a key of so many bits counts for, about by the time that it takes.
const STEPS_OF_2048: u64 = 500_000;
const STEPS_OF_4096: u64 = 5_000_000;

/// A private key.
pub(super) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    Ec(Box<EcKey>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    /// Its encoding: nothing is signed with it.
    Dsa(Vec<u8>),
}

/// Object identifiers, encoded.
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const SHA256_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const ECDSA_WITH_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

/// What stands before a SHA-256 digest that RSA signs (RFC 8017, section 9.2).
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// A stream of randomness as the RSA library takes it.
struct Source<'s>(&'s mut Stream);

impl rsa::rand_core::RngCore for Source<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        self.0.number()
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.0.fill(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.0.fill(out);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Source<'_> {}

/// A new RSA key of so many bits.
pub(super) fn rsa_key(
    run: &mut Run<'_>,
    function: &'static str,
    bits: usize,
) -> Result<PrivateKey, Error> {
    run.work(if bits > 2_048 { STEPS_OF_4096 } else { STEPS_OF_2048 })?;
    let mut stream = context::of(run)?.randomness(function);
    let key = RsaPrivateKey::new(&mut Source(&mut stream), bits);
    key.map(|key| PrivateKey::Rsa(Box::new(key)))
        .map_err(|error| Error::message(format!("error generating rsa key: {error}")))
}

fn ec_key(stream: &mut Stream) -> Result<PrivateKey, Error> {
    // Nearly every number is a key.
    for _ in 0..100 {
        let mut bytes = [0; 32];
        stream.fill(&mut bytes);
        if let Ok(key) = EcKey::from_slice(&bytes) {
            return Ok(PrivateKey::Ec(Box::new(key)));
        }
    }
    Err(Error::message("failed to generate private key: no number was a key"))
}

fn ed25519_key(stream: &mut Stream) -> PrivateKey {
    let mut bytes = [0; 32];
    stream.fill(&mut bytes);
    PrivateKey::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&bytes)))
}

impl PrivateKey {
    /// The key in PEM.
    pub(super) fn pem(&self) -> Result<String, Error> {
        Ok(match self {
            Self::Rsa(key) => {
                let document =
                    key.to_pkcs1_der().map_err(|error| Error::message(error.to_string()))?;
                pem::encoded("RSA PRIVATE KEY", document.as_bytes())
            }
            Self::Ec(key) => {
                let parts = [
                    der::integer(&[1]),
                    der::element(der::OCTET_STRING, &key.to_bytes()),
                    der::element(der::context(0), &der::identifier(P256)),
                    der::element(der::context(1), &der::bits(&key.verifying_key().to_sec1_bytes())),
                ];
                pem::encoded("EC PRIVATE KEY", &der::element(der::SEQUENCE, &parts.concat()))
            }
            Self::Ed25519(key) => {
                let inside = der::element(der::OCTET_STRING, key.as_bytes());
                let parts = [
                    der::integer(&[0]),
                    der::sequence(&[&der::identifier(ED25519)]),
                    der::element(der::OCTET_STRING, &inside),
                ];
                pem::encoded("PRIVATE KEY", &der::element(der::SEQUENCE, &parts.concat()))
            }
            Self::Dsa(encoded) => pem::encoded("DSA PRIVATE KEY", encoded),
        })
    }

    /// Reads a key in PEM. Source: Sprig `parsePrivateKeyPEM`.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let block = pem::decoded(text).ok_or("no PEM data in input")?;
        if block.label == "PRIVATE KEY" {
            return of_pkcs8(&block.bytes).ok_or_else(|| {
                "decoding PEM as PKCS#8: x509: failed to parse private key".to_owned()
            });
        }
        let Some(kind) = block.label.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {}", block.label));
        };
        let malformed = |kind: &str| {
            format!("parsing {kind} private key from PEM: x509: failed to parse private key")
        };
        match kind {
            "RSA" => of_pkcs1(&block.bytes).ok_or_else(|| malformed("RSA")),
            "EC" => of_sec1(&block.bytes).ok_or_else(|| malformed("EC")),
            "DSA" => Ok(Self::Dsa(block.bytes)),
            _ => Err(format!("invalid private key type {}", block.label)),
        }
    }

    /// The public key with its algorithm; `None` of a key that signs nothing here.
    pub(super) fn public(&self) -> Option<Vec<u8>> {
        let algorithm =
            |parts: &[&[u8]], key: &[u8]| der::sequence(&[&der::sequence(parts), &der::bits(key)]);
        Some(match self {
            Self::Rsa(key) => {
                let public = RsaPublicKey::from(&**key).to_pkcs1_der().ok()?;
                let null = der::element(der::NULL, &[]);
                algorithm(&[&der::identifier(RSA), &null], public.as_bytes())
            }
            Self::Ec(key) => algorithm(
                &[&der::identifier(EC_PUBLIC_KEY), &der::identifier(P256)],
                &key.verifying_key().to_sec1_bytes(),
            ),
            Self::Ed25519(key) => {
                algorithm(&[&der::identifier(ED25519)], key.verifying_key().as_bytes())
            }
            Self::Dsa(_) => return None,
        })
    }

    /// The algorithm of its signatures.
    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => {
                der::sequence(&[&der::identifier(SHA256_WITH_RSA), &der::element(der::NULL, &[])])
            }
            Self::Ec(_) => der::sequence(&[&der::identifier(ECDSA_WITH_SHA256)]),
            Self::Ed25519(_) | Self::Dsa(_) => der::sequence(&[&der::identifier(ED25519)]),
        }
    }

    /// Signs a message.
    pub(super) fn signed(&self, message: &[u8]) -> Option<Vec<u8>> {
        let digest = Sha256::digest(message);
        match self {
            Self::Rsa(key) => {
                let padding = Pkcs1v15Sign { hash_len: Some(32), prefix: Box::new(SHA256_PREFIX) };
                key.sign(padding, &digest).ok()
            }
            Self::Ec(key) => {
                let signature: EcSignature = key.sign_prehash(&digest).ok()?;
                let bytes = signature.to_bytes();
                let (r, s) = bytes.split_at(32);
                Some(der::sequence(&[&der::integer(r), &der::integer(s)]))
            }
            Self::Ed25519(key) => {
                use ed25519_dalek::Signer;
                Some(key.sign(message).to_bytes().to_vec())
            }
            Self::Dsa(_) => None,
        }
    }
}

fn of_pkcs1(bytes: &[u8]) -> Option<PrivateKey> {
    RsaPrivateKey::from_pkcs1_der(bytes).ok().map(|key| PrivateKey::Rsa(Box::new(key)))
}

/// RFC 5915.
fn of_sec1(bytes: &[u8]) -> Option<PrivateKey> {
    let mut parts = der::Reader::new(der::Reader::new(bytes).expect(der::SEQUENCE)?.content);
    parts.expect(der::INTEGER)?;
    let key = parts.expect(der::OCTET_STRING)?.content;
    let curve = parts.next().filter(|part| part.tag == der::context(0));
    if curve.is_some_and(|curve| curve.content != der::identifier(P256)) {
        return None;
    }
    EcKey::from_slice(key).ok().map(|key| PrivateKey::Ec(Box::new(key)))
}

/// RFC 5958.
fn of_pkcs8(bytes: &[u8]) -> Option<PrivateKey> {
    let mut parts = der::Reader::new(der::Reader::new(bytes).expect(der::SEQUENCE)?.content);
    parts.expect(der::INTEGER)?;
    let mut algorithm = der::Reader::new(parts.expect(der::SEQUENCE)?.content);
    let name = algorithm.expect(der::OBJECT_IDENTIFIER)?.content;
    let key = parts.expect(der::OCTET_STRING)?.content;
    match name {
        RSA => of_pkcs1(key),
        EC_PUBLIC_KEY if algorithm.next()?.content == P256 => of_sec1(key),
        ED25519 => {
            let seed = der::Reader::new(key).expect(der::OCTET_STRING)?.content;
            let key = ed25519_dalek::SigningKey::from_bytes(seed.try_into().ok()?);
            Some(PrivateKey::Ed25519(Box::new(key)))
        }
        _ => None,
    }
}
