//! Texts encrypted with AES-256 in CBC mode, the key being the password filled up with zeros.

use aes::Aes256;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use data_encoding::BASE64;
use trimtab_template::{Arguments, Error, Functions, Run, Text, Value};

use super::{codec, of_texts};
use crate::context;

/// The length of a block and of the beginning that makes each text differ, in bytes.
const BLOCK: usize = 16;

pub(super) fn add(functions: &mut Functions) {
    functions.add_native("encryptAES", of_texts(2), encrypt);
    functions.add_native("decryptAES", of_texts(2), decrypt);
}

fn key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    key
}

fn encrypt(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let text = a.text(1)?;
    if text.is_empty() {
        return Ok(Value::from(""));
    }
    run.heap().check(text.len().saturating_mul(4))?;
    let padding = BLOCK - text.len() % BLOCK;
    let mut content = text.to_vec();
    content.resize(text.len() + padding, u8::try_from(padding).unwrap_or(0));
    let mut begin = [0; BLOCK];
    context::of(run)?.randomness("encryptAES").fill(&mut begin);
    let encryptor = cbc::Encryptor::<Aes256>::new(&key(a.text(0)?).into(), &begin.into());
    let length = content.len();
    encryptor
        .encrypt_padded::<NoPadding>(&mut content, length)
        .map_err(|_| Error::message("crypto/cipher: input not full blocks"))?;
    Ok(Value::from(BASE64.encode(&[&begin[..], &content].concat())))
}

fn decrypt(_: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let encoded = a.text(1)?;
    if encoded.is_empty() {
        return Ok(Value::from(""));
    }
    let whole = codec::base64(encoded).map_err(Error::message)?;
    let Some((begin, content)) = whole.split_first_chunk::<BLOCK>() else {
        let message = format!(
            "slice bounds out of range [:{BLOCK}] with capacity {}",
            capacity(encoded.len())
        );
        return Err(Error::message(format!("runtime error: {message}")));
    };
    if content.len() % BLOCK != 0 {
        return Err(Error::message("crypto/cipher: input not full blocks"));
    }
    let mut content = content.to_vec();
    cbc::Decryptor::<Aes256>::new(&key(a.text(0)?).into(), &(*begin).into())
        .decrypt_padded::<NoPadding>(&mut content)
        .map_err(|_| Error::message("crypto/cipher: input not full blocks"))?;
    let Some(padding) = content.last().map(|last| usize::from(*last)) else {
        return Err(Error::message("runtime error: index out of range [-1]"));
    };
    let Some(length) = content.len().checked_sub(padding) else {
        let end = padding - content.len();
        return Err(Error::message(format!("runtime error: slice bounds out of range [:-{end}]")));
    };
    Ok(Value::String(Text::from(&content[..length])))
}

/// How many bytes Go keeps for what a text of base64 may hold.
fn capacity(encoded: usize) -> usize {
    encoded / 4 * 3
}
