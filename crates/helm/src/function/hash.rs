//! Checksums.

use data_encoding::HEXLOWER;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use trimtab_template::{Functions, Value};

use super::of_texts;

pub(super) fn add(functions: &mut Functions) {
    functions.add_native("sha1sum", of_texts(1), |_, a| {
        Ok(Value::from(HEXLOWER.encode(&Sha1::digest(a.text(0)?.as_bytes()))))
    });
    functions.add_native("sha256sum", of_texts(1), |_, a| {
        Ok(Value::from(HEXLOWER.encode(&Sha256::digest(a.text(0)?.as_bytes()))))
    });
    functions.add_native("sha512sum", of_texts(1), |_, a| {
        Ok(Value::from(HEXLOWER.encode(&Sha512::digest(a.text(0)?.as_bytes()))))
    });
    functions.add_native("adler32sum", of_texts(1), |_, a| {
        Ok(Value::from(adler32(a.text(0)?).to_string()))
    });
}

/// RFC 1950, section 8.2.
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    // So many additions fit before the sums must be reduced.
    const ADDITIONS: usize = 5_552;
    let (mut low, mut high) = (1_u32, 0_u32);
    for part in bytes.chunks(ADDITIONS) {
        for byte in part {
            low += u32::from(*byte);
            high += low;
        }
        low %= MODULUS;
        high %= MODULUS;
    }
    high << 16 | low
}
