//! Passwords: hashed by bcrypt, and derived from a master password.

use bcrypt::Version;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use trimtab_template::{Arguments, Error, Functions, Run, Signature, Text, Type, UintType, Value};

use super::of_texts;
use crate::context;

/// How many steps of a run such a function counts for, about by the time that it takes.
const STEPS: u64 = 200_000;

/// Go's `bcrypt.DefaultCost`.
const COST: u32 = 10;

/// The longest password that bcrypt takes, in bytes.
const PASSWORD_BYTES_MAX: usize = 72;

pub(super) fn add(functions: &mut Functions) {
    functions.add_native("bcrypt", of_texts(1), |run, a| {
        hashed(run, "bcrypt", a.text(0)?).map(Value::from)
    });
    functions.add_native("htpasswd", of_texts(2), |run, a| {
        let (name, password) = (a.text(0)?, a.text(1)?);
        if name.contains(&b':') {
            return Ok(Value::from(format!("invalid username: {name}")));
        }
        let hash = hashed(run, "htpasswd", password)?;
        Ok(Value::String(Text::from([&**name, b":", hash.as_bytes()].concat())))
    });
    let derive = Signature::new(
        [Type::Uint(UintType::Uint32), Type::String, Type::String, Type::String, Type::String],
        Type::String,
    );
    functions.add_native("derivePassword", derive, derived);
}

fn hashed(run: &mut Run<'_>, function: &'static str, password: &[u8]) -> Result<String, Error> {
    run.work(STEPS)?;
    if password.len() > PASSWORD_BYTES_MAX {
        let reason = "bcrypt: password length exceeds 72 bytes";
        return Ok(format!("failed to encrypt string with bcrypt: {reason}"));
    }
    let mut salt = [0; 16];
    context::of(run)?.randomness(function).fill(&mut salt);
    bcrypt::hash_with_salt(password, COST, salt)
        .map(|hash| hash.format_for_version(Version::TwoA))
        .map_err(|error| Error::message(error.to_string()))
}

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// The forms of passwords, by kind; each letter stands for a class of characters.
const FORMS: [(&[u8], &[&str]); 6] = [
    (b"maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        b"long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    (b"medium", &["CvcnoCvc", "CvcCvcno"]),
    (b"short", &["Cvcn"]),
    (b"basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    (b"pin", &["nnnn"]),
];

fn characters(class: char) -> &'static [u8] {
    match class {
        'V' => b"AEIOU",
        'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        'v' => b"aeiou",
        'c' => b"bcdfghjklmnpqrstvwxyz",
        'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        'n' => b"0123456789",
        'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

fn length(text: &[u8]) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// The password of a site. Source: the Master Password algorithm, as Sprig has it.
fn derived(run: &mut Run<'_>, a: Arguments<'_>) -> Result<Value, Error> {
    let counter = match a.at(0) {
        Value::Uint(counter, _) => u32::try_from(*counter).unwrap_or(u32::MAX),
        _ => 0,
    };
    let (kind, password, user, site) = (a.text(1)?, a.text(2)?, a.text(3)?, a.text(4)?);
    let Some((_, forms)) = FORMS.iter().find(|(name, _)| *name == kind.as_bytes()) else {
        return Ok(Value::from(format!("cannot find password template {kind}")));
    };
    run.work(STEPS)?;
    let salt = [SEED, &length(user), &**user].concat();
    let mut key = [0; 64];
    scrypt::Params::new(15, 8, 2)
        .ok()
        .and_then(|params| scrypt::scrypt(password, &salt, &params, &mut key).ok())
        .ok_or_else(|| Error::message("failed to derive password"))?;
    let message = [SEED, &length(site), &**site, &counter.to_be_bytes()].concat();
    let mut code = Hmac::<Sha256>::new_from_slice(&key)
        .map_err(|_| Error::message("failed to derive password"))?;
    code.update(&message);
    let seed = code.finalize().into_bytes();
    let form = forms[usize::from(seed[0]) % forms.len()];
    let letters = form.chars().zip(seed.iter().skip(1)).map(|(class, byte)| {
        let choice = characters(class);
        choice[usize::from(*byte) % choice.len()]
    });
    Ok(Value::String(Text::from(letters.collect::<Vec<u8>>())))
}
