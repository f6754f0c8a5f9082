//! GitHub's signature of a webhook: `X-Hub-Signature-256: sha256=<hex of HMAC-SHA-256 of the body>`.

use crate::Token;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Whether the header signs this body under this secret.
pub(crate) fn is_valid(secret: &Token, header: Option<&str>, body: &[u8]) -> bool {
    let Some(given) = given(header) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.bytes()) else { return false };
    mac.update(body);
    mac.verify_slice(&given).is_ok()
}

/// Whether the header holds a signature, of whatever.
pub(crate) fn is_there(header: Option<&str>) -> bool {
    given(header).is_some_and(|given| given.len() == SIGNATURE_BYTES)
}

/// The length of an HMAC-SHA-256.
const SIGNATURE_BYTES: usize = 32;

fn given(header: Option<&str>) -> Option<Vec<u8>> {
    header.and_then(|text| text.strip_prefix("sha256=")).and_then(from_hex)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    bytes.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::is_valid;
    use crate::Token;

    /// The example of GitHub's documentation, "Validating webhook deliveries".
    #[test]
    fn the_documented_example_is_valid() {
        let secret = Token::new("It's a Secret to Everybody").expect("not empty");
        let header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert!(is_valid(&secret, Some(header), b"Hello, World!"));
        assert!(!is_valid(&secret, Some(header), b"Hello, World?"));
        assert!(!is_valid(&secret, Some("sha256=75"), b"Hello, World!"));
        assert!(!is_valid(&secret, Some("sha256=zz"), b"Hello, World!"));
        assert!(!is_valid(&secret, None, b"Hello, World!"));
    }
}
