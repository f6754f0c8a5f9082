//! X.509 certificates, byte for byte of the form that Go gives them. Source: Sprig `crypto.go`, Go
//! `crypto/x509` (`CreateCertificate`).

use core::net::IpAddr;
use std::any::Any;

use sha2::{Digest, Sha256};
use trimtab_template::{Arguments, Error, Functions, Object, Run, Signature, Type, Value};

use super::clock::{Moment, Zone};
use super::key::{PrivateKey, rsa_key};
use super::text::printed;
use super::{codec, der, layout, pem};
use crate::context;

/// A `sprig.certificate`: a certificate and its key in PEM.
struct Certificate {
    certificate: Value,
    key: Value,
}

const TYPE: &str = "sprig.certificate";

impl Object for Certificate {
    fn go_type(&self) -> &str {
        TYPE
    }

    fn field(&self, name: &[u8]) -> Option<Value> {
        match name {
            b"Cert" => Some(self.certificate.clone()),
            b"Key" => Some(self.key.clone()),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", self.certificate.clone()), ("Key", self.key.clone())]
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

pub(super) fn add(functions: &mut Functions) {
    let result = || Type::named(TYPE);
    let custom = Signature::new([Type::String, Type::String], result());
    functions.add_native("buildCustomCert", custom, custom_certificate);
    functions.add_native("genCA", Signature::new([Type::String, Type::INT], result()), |run, a| {
        authority(run, a, "genCA", None)
    });
    let with_key = Signature::new([Type::String, Type::INT, Type::String], result());
    functions
        .add_native("genCAWithKey", with_key, |run, a| authority(run, a, "genCAWithKey", Some(2)));
    let names = || [Type::String, Type::list(), Type::list(), Type::INT];
    let and = |more: &[Type]| {
        Signature::new(names().into_iter().chain(more.iter().cloned()), Type::named(TYPE))
    };
    functions.add_native("genSelfSignedCert", and(&[]), |run, a| {
        self_signed(run, a, "genSelfSignedCert", None)
    });
    functions.add_native("genSelfSignedCertWithKey", and(&[Type::String]), |run, a| {
        self_signed(run, a, "genSelfSignedCertWithKey", Some(4))
    });
    functions.add_native("genSignedCert", and(&[result()]), |run, a| {
        signed(run, a, "genSignedCert", None)
    });
    functions.add_native("genSignedCertWithKey", and(&[result(), Type::String]), |run, a| {
        signed(run, a, "genSignedCertWithKey", Some(5))
    });
}

/// The key in an argument, or a new one.
fn key(
    run: &mut Run<'_>,
    a: Arguments<'_>,
    function: &'static str,
    given: Option<usize>,
) -> Result<PrivateKey, Error> {
    match given {
        None => rsa_key(run, function, 2_048),
        Some(index) => PrivateKey::parse(a.text(index)?)
            .map_err(|reason| Error::message(format!("parsing private key: {reason}"))),
    }
}

fn authority(
    run: &mut Run<'_>,
    a: Arguments<'_>,
    function: &'static str,
    given: Option<usize>,
) -> Result<Value, Error> {
    let key = key(run, a, function, given)?;
    let mut request = Request::new(run, a, function, a.int(1)?)?;
    request.is_authority = true;
    request.certified(&key, None)
}

fn self_signed(
    run: &mut Run<'_>,
    a: Arguments<'_>,
    function: &'static str,
    given: Option<usize>,
) -> Result<Value, Error> {
    let key = key(run, a, function, given)?;
    Request::new(run, a, function, a.int(3)?)?.with_names(run, a)?.certified(&key, None)
}

fn signed(
    run: &mut Run<'_>,
    a: Arguments<'_>,
    function: &'static str,
    given: Option<usize>,
) -> Result<Value, Error> {
    let key = key(run, a, function, given)?;
    let (certificate, signer_key) = match a.at(4) {
        Value::Object(object) => (object.field(b"Cert"), object.field(b"Key")),
        _ => (None, None),
    };
    let text = |value: &Option<Value>| {
        value.as_ref().and_then(Value::as_text).cloned().unwrap_or_default()
    };
    let block = pem::decoded(&text(&certificate))
        .ok_or_else(|| Error::message("unable to decode certificate"))?;
    let parent = Parent::parse(&block.bytes).ok_or_else(|| {
        let reason = "decodedSignerCert.Bytes: x509: malformed certificate";
        Error::message(format!("error parsing certificate: {reason}"))
    })?;
    let signer = PrivateKey::parse(&text(&signer_key))
        .map_err(|reason| Error::message(format!("error parsing private key: {reason}")))?;
    let request = Request::new(run, a, function, a.int(3)?)?.with_names(run, a)?;
    request.certified(&key, Some((&parent, &signer)))
}

/// Who signs, as far as the signed certificate names it.
struct Parent {
    subject: Vec<u8>,
    public: Vec<u8>,
    key_id: Option<Vec<u8>>,
}

impl Parent {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let whole = der::Reader::new(bytes).expect(der::SEQUENCE)?;
        let mut parts =
            der::Reader::new(der::Reader::new(whole.content).expect(der::SEQUENCE)?.content);
        let mut first = parts.next()?;
        if first.tag == der::context(0) {
            first = parts.next()?;
        }
        if first.tag != der::INTEGER {
            return None;
        }
        let _algorithm = parts.expect(der::SEQUENCE)?;
        let _issuer = parts.expect(der::SEQUENCE)?;
        let _validity = parts.expect(der::SEQUENCE)?;
        let subject = parts.expect(der::SEQUENCE)?.whole.to_vec();
        let public = parts.expect(der::SEQUENCE)?.whole.to_vec();
        let mut key_id = None;
        while !parts.is_empty() {
            let part = parts.next()?;
            if part.tag == der::context(3) {
                key_id = subject_key_id(part.content);
            }
        }
        Some(Self { subject, public, key_id })
    }
}

fn subject_key_id(extensions: &[u8]) -> Option<Vec<u8>> {
    let mut extensions =
        der::Reader::new(der::Reader::new(extensions).expect(der::SEQUENCE)?.content);
    while let Some(extension) = extensions.expect(der::SEQUENCE) {
        let mut parts = der::Reader::new(extension.content);
        let is_wanted = parts.expect(der::OBJECT_IDENTIFIER)?.content == SUBJECT_KEY_ID;
        let mut value = parts.next()?;
        if value.tag == der::BOOLEAN {
            value = parts.next()?;
        }
        if is_wanted {
            return Some(
                der::Reader::new(value.content).expect(der::OCTET_STRING)?.content.to_vec(),
            );
        }
    }
    None
}

/// Object identifiers, encoded.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1D, 0x0E];
const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1D, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1D, 0x23];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];
const SERVER: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const CLIENT: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// What a certificate shall say.
struct Request {
    name: String,
    addresses: Vec<IpAddr>,
    names: Vec<String>,
    from: Moment,
    to: Moment,
    serial: [u8; 16],
    is_authority: bool,
}

impl Request {
    fn new(
        run: &Run<'_>,
        a: Arguments<'_>,
        function: &'static str,
        days: i64,
    ) -> Result<Self, Error> {
        let context = context::of(run)?;
        let from = Moment { seconds: context.now.as_second(), nanoseconds: 0, zone: Zone::Utc };
        let to = from.plus(days.wrapping_mul(86_400_000_000_000));
        let mut serial = [0; 16];
        context.randomness(function).fill(&mut serial);
        let name = a.text(0)?.to_string();
        Ok(Self {
            name,
            addresses: Vec::new(),
            names: Vec::new(),
            from,
            to,
            serial,
            is_authority: false,
        })
    }

    fn with_names(mut self, run: &Run<'_>, a: Arguments<'_>) -> Result<Self, Error> {
        for value in a.items(1)? {
            let Value::String(text) = value else {
                let shown = printed(run, value)?;
                return Err(Error::message(format!("error parsing ip: {shown} is not a string")));
            };
            let address = text.as_str().parse();
            self.addresses
                .push(address.map_err(|_| Error::message(format!("error parsing ip: {text}")))?);
        }
        for value in a.items(2)? {
            let Value::String(text) = value else {
                let shown = printed(run, value)?;
                let reason = format!("{shown} is not a string");
                return Err(Error::message(format!(
                    "error processing alternate dns name: {reason}"
                )));
            };
            self.names.push(text.to_string());
        }
        Ok(self)
    }

    /// The certificate of a key, signed by a parent or by the key itself.
    fn certified(
        &self,
        key: &PrivateKey,
        parent: Option<(&Parent, &PrivateKey)>,
    ) -> Result<Value, Error> {
        let refused =
            |reason: &str| Error::message(format!("error creating certificate: {reason}"));
        let signer = parent.map_or(key, |(_, signer)| signer);
        let no_signer =
            || refused("x509: certificate private key does not implement crypto.Signer");
        let signer_public = signer.public().ok_or_else(no_signer)?;
        let only_known = || refused("x509: only RSA, ECDSA and Ed25519 keys supported");
        let public = key.public().ok_or_else(only_known)?;
        let subject = self.subject();
        if parent.is_some_and(|(parent, _)| parent.public != signer_public) {
            return Err(refused("x509: provided PrivateKey doesn't match parent's PublicKey"));
        }
        let issuer = parent.map_or(&subject, |(parent, _)| &parent.subject);
        let authority_id = parent
            .filter(|(parent, _)| parent.subject != subject)
            .and_then(|(parent, _)| parent.key_id.as_deref());
        let algorithm = signer.signature_algorithm();
        let body = der::sequence(&[
            &der::element(der::context(0), &der::integer(&[2])),
            &der::integer(&self.serial),
            &algorithm,
            issuer,
            &der::sequence(&[&encoded_time(&self.from), &encoded_time(&self.to)]),
            &subject,
            &public,
            &der::element(der::context(3), &self.extensions(&public, authority_id)?),
        ]);
        let signature = signer.signed(&body).ok_or_else(no_signer)?;
        let whole = der::sequence(&[&body, &algorithm, &der::bits(&signature)]);
        Ok(Value::object(Certificate {
            certificate: Value::from(pem::encoded("CERTIFICATE", &whole)),
            key: Value::from(key.pem()?),
        }))
    }

    fn subject(&self) -> Vec<u8> {
        if self.name.is_empty() {
            return der::sequence(&[]);
        }
        let is_printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
        let tag = if self.name.chars().all(is_printable) {
            der::PRINTABLE_STRING
        } else {
            der::UTF8_STRING
        };
        let name = der::sequence(&[
            &der::identifier(COMMON_NAME),
            &der::element(tag, self.name.as_bytes()),
        ]);
        der::sequence(&[&der::element(der::SET, &name)])
    }

    fn extensions(&self, public: &[u8], authority_id: Option<&[u8]>) -> Result<Vec<u8>, Error> {
        // Signatures and the encipherment of keys; an authority signs certificates, too.
        let usage: &[u8] = if self.is_authority { &[2, 0xA4] } else { &[5, 0xA0] };
        let mut extensions = vec![
            extension(KEY_USAGE, true, &der::element(der::BIT_STRING, usage)),
            extension(
                EXTENDED_KEY_USAGE,
                false,
                &der::sequence(&[&der::identifier(SERVER), &der::identifier(CLIENT)]),
            ),
        ];
        let constraint = der::element(der::BOOLEAN, &[0xFF]);
        let constraints =
            if self.is_authority { der::sequence(&[&constraint]) } else { der::sequence(&[]) };
        extensions.push(extension(BASIC_CONSTRAINTS, true, &constraints));
        if self.is_authority {
            let id = der::element(der::OCTET_STRING, &key_id(public));
            extensions.push(extension(SUBJECT_KEY_ID, false, &id));
        }
        if let Some(id) = authority_id {
            let id = der::sequence(&[&der::element(0x80, id)]);
            extensions.push(extension(AUTHORITY_KEY_ID, false, &id));
        }
        if !self.names.is_empty() || !self.addresses.is_empty() {
            extensions.push(extension(
                ALTERNATIVE_NAMES,
                self.name.is_empty(),
                &self.alternatives()?,
            ));
        }
        Ok(der::element(der::SEQUENCE, &extensions.concat()))
    }

    fn alternatives(&self) -> Result<Vec<u8>, Error> {
        let mut names = Vec::new();
        for name in &self.names {
            if !name.is_ascii() {
                let shown = trimtab_template::quoted(name.as_bytes());
                let reason = format!("x509: {shown} cannot be encoded as an IA5String");
                return Err(Error::message(format!("error creating certificate: {reason}")));
            }
            names.push(der::element(0x82, name.as_bytes()));
        }
        for address in &self.addresses {
            names.push(match address.to_canonical() {
                IpAddr::V4(address) => der::element(0x87, &address.octets()),
                IpAddr::V6(address) => der::element(0x87, &address.octets()),
            });
        }
        Ok(der::element(der::SEQUENCE, &names.concat()))
    }
}

/// The beginning of the digest of a public key (RFC 7093, method 1).
fn key_id(public: &[u8]) -> Vec<u8> {
    let mut parts =
        der::Reader::new(der::Reader::new(public).next().map_or(&[][..], |all| all.content));
    let _algorithm = parts.next();
    let bits = parts.next().map_or(&[][..], |bits| bits.content);
    Sha256::digest(bits.get(1..).unwrap_or_default())[..20].to_vec()
}

fn extension(name: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical { der::element(der::BOOLEAN, &[0xFF]) } else { Vec::new() };
    der::sequence(&[&der::identifier(name), &critical, &der::element(der::OCTET_STRING, value)])
}

/// A time: with two digits of the year from 1950 to 2049, else with four.
fn encoded_time(moment: &Moment) -> Vec<u8> {
    if (1950..2050).contains(&moment.civil().year) {
        return der::element(der::UTC_TIME, layout::format(moment, b"060102150405Z").as_bytes());
    }
    der::element(der::GENERALIZED_TIME, layout::format(moment, b"20060102150405Z").as_bytes())
}

fn custom_certificate(_: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let refused = |reason: &str| Error::message(reason.to_owned());
    let certificate =
        codec::base64(a.text(0)?).map_err(|_| refused("unable to decode base64 certificate"))?;
    let key =
        codec::base64(a.text(1)?).map_err(|_| refused("unable to decode base64 private key"))?;
    let block =
        pem::decoded(&certificate).ok_or_else(|| refused("unable to decode certificate"))?;
    if Parent::parse(&block.bytes).is_none() {
        return Err(refused(
            "error parsing certificate: decodedCert.Bytes: x509: malformed certificate",
        ));
    }
    PrivateKey::parse(&key)
        .map_err(|reason| Error::message(format!("error parsing private key: {reason}")))?;
    Ok(Value::object(Certificate {
        certificate: Value::String(certificate),
        key: Value::String(key),
    }))
}
