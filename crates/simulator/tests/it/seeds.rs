//! The first seeds, in parts that run beside each other.

use trimtab_simulator::run;

fn all_are_good(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let outcome = run(seed, None);
        assert!(outcome.is_good(), "{}", outcome.report(80));
    }
}

#[test]
fn one_seed_gives_one_trace_byte_for_byte() {
    for seed in [3, 36, 42] {
        let (one, two) = (run(seed, None), run(seed, None));
        assert_eq!(one.trace, two.trace, "seed {seed}");
        assert!(one.writes > 10, "seed {seed}: {}", one.writes);
    }
}

macro_rules! parts {
    ($($name:ident: $range:expr;)*) => {
        $(#[test]
        fn $name() {
            all_are_good($range);
        })*
    };
}

parts! {
    seeds_from_0: 0..30;
    seeds_from_30: 30..60;
    seeds_from_60: 60..90;
    seeds_from_90: 90..120;
    seeds_from_120: 120..150;
    seeds_from_150: 150..180;
    seeds_from_180: 180..210;
    seeds_from_210: 210..240;
    seeds_from_240: 240..270;
    seeds_from_270: 270..301;
}
