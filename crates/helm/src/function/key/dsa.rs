//! DSA keys of 2048 and 256 bits. Source: FIPS 186-4, appendix A, as Go's `crypto/dsa` carries it out.

use num_bigint::BigUint;
use trimtab_template::{Error, Run};

use super::super::der;
use crate::random::Stream;

const P_BITS: u64 = 2_048;
const Q_BITS: u64 = 256;

/// A new key in Go's encoding: version, P, Q, G, Y, X.
pub(super) fn generated(run: &mut Run<'_>, stream: &mut Stream) -> Result<Vec<u8>, Error> {
    let one = BigUint::from(1_u32);
    let (p, q) = parameters(run, stream)?;
    let exponent = (&p - &one) / &q;
    let powers = (2_u32..).map(|base| BigUint::from(base).modpow(&exponent, &p));
    let generator = powers.into_iter().find(|power| *power != one).unwrap_or_default();
    let secret = random(stream, Q_BITS + 64) % (&q - &one) + &one;
    let public = generator.modpow(&secret, &p);
    let zero = BigUint::default();
    let numbers = [&zero, &p, &q, &generator, &public, &secret]
        .map(|number| der::integer(&number.to_bytes_be()));
    Ok(der::element(der::SEQUENCE, &numbers.concat()))
}

/// Two primes, of which the smaller divides the larger less one.
fn parameters(run: &mut Run<'_>, stream: &mut Stream) -> Result<(BigUint, BigUint), Error> {
    let one = BigUint::from(1_u32);
    loop {
        let mut q = random(stream, Q_BITS);
        q.set_bit(0, true);
        q.set_bit(Q_BITS - 1, true);
        if !is_prime(&q, stream) {
            continue;
        }
        for _ in 0..4 * P_BITS {
            run.work(256)?;
            let mut p = random(stream, P_BITS);
            p.set_bit(0, true);
            p.set_bit(P_BITS - 1, true);
            let rest = &p % &q;
            p = p + &one - rest;
            if p.bits() == P_BITS && p.bit(0) && is_prime(&p, stream) {
                return Ok((p, q));
            }
        }
    }
}

fn random(stream: &mut Stream, bits: u64) -> BigUint {
    let mut bytes = vec![0; usize::try_from(bits / 8).unwrap_or(0)];
    stream.fill(&mut bytes);
    BigUint::from_bytes_be(&bytes)
}

/// How often a number must look like a prime to be one.
const ROUNDS: u32 = 32;

/// The test of Miller and Rabin, after small divisors.
fn is_prime(number: &BigUint, stream: &mut Stream) -> bool {
    let small = (3_u32..2_000).step_by(2);
    if small.into_iter().any(|divisor| number % divisor == BigUint::default()) {
        return false;
    }
    let one = BigUint::from(1_u32);
    let before = number - &one;
    let twos = before.trailing_zeros().unwrap_or(0);
    let odd = &before >> twos;
    'rounds: for _ in 0..ROUNDS {
        let base = random(stream, number.bits() + 64) % (number - 3_u32) + 2_u32;
        let mut power = base.modpow(&odd, number);
        if power == one || power == before {
            continue;
        }
        for _ in 1..twos {
            power = &power * &power % number;
            if power == before {
                continue 'rounds;
            }
        }
        return false;
    }
    true
}
