//! governor's keyed limiter over the workload of the benchmark: `limiters-governor <file> <keys> <per ms> <u32|string>`.
//! The file holds the keys and then the key of each decision, 32-bit words. Answers the insertion with one line of JSON,
//! then each "from lead to" on stdin: the decisions before `lead` run untimed.
use governor::clock::FakeRelativeClock;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::io::{BufRead, Write};
use std::num::NonZeroU32;
use std::time::Duration;

const LIMIT_PER_MINUTE: u32 = 100;

struct Run<K: Clone + Hash + Eq> {
    limiter: RateLimiter<
        K,
        DashMapStateStore<K>,
        FakeRelativeClock,
        governor::middleware::NoOpMiddleware<governor::nanos::Nanos>,
    >,
    clock: FakeRelativeClock,
    now_ms: u64,
}

impl<K: Clone + Hash + Eq> Run<K> {
    fn new() -> Self {
        let clock = FakeRelativeClock::default();
        let quota = Quota::per_minute(NonZeroU32::new(LIMIT_PER_MINUTE).unwrap());
        Run {
            limiter: RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()),
            clock,
            now_ms: 0,
        }
    }

    fn decide(&mut self, key: &K, now_ms: u64) -> bool {
        if now_ms > self.now_ms {
            self.clock
                .advance(Duration::from_millis(now_ms - self.now_ms));
            self.now_ms = now_ms;
        }
        self.limiter.check_key(key).is_ok()
    }
}

#[repr(C)]
struct Timespec {
    seconds: std::ffi::c_long,
    nanoseconds: std::ffi::c_long,
}

extern "C" {
    fn clock_gettime(clock: std::ffi::c_int, time: *mut Timespec) -> std::ffi::c_int;
}

/// CLOCK_PROCESS_CPUTIME_ID.
const PROCESSOR_CLOCK: std::ffi::c_int = if cfg!(target_os = "linux") { 2 } else { 12 };

/// Milliseconds of the processor that this process has had.
fn cpu_ms() -> f64 {
    let mut time = Timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    // Sound: the time is ours, and the call writes nothing else.
    assert_eq!(unsafe { clock_gettime(PROCESSOR_CLOCK, &mut time) }, 0);
    time.seconds as f64 * 1e3 + time.nanoseconds as f64 / 1e6
}

fn resident_bytes() -> i64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages
        .split(' ')
        .nth(1)
        .and_then(|text| text.parse::<i64>().ok())
        .unwrap_or(0)
        * 4096
}

fn play<K: Clone + Hash + Eq>(keys: &[K], order: &[u32], per_ms: u64) {
    let before_bytes = resident_bytes();
    let mut run = Run::<K>::new();
    let from_ms = cpu_ms();
    let allowed = keys.iter().filter(|key| run.decide(key, 0)).count();
    let insert_ms = cpu_ms() - from_ms;
    let bytes = resident_bytes() - before_bytes;
    println!("{{\"insertMs\":{insert_ms},\"allowed\":{allowed},\"residentBytes\":{bytes},\"heapBytes\":{bytes},\"statedBytes\":null}}");
    std::io::stdout().flush().unwrap();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let ends: Vec<usize> = line.split(' ').map(|text| text.parse().unwrap()).collect();
        let mut allowed = 0;
        let mut from_ms = 0.0;
        for index in ends[0]..ends[2] {
            if index == ends[1] {
                from_ms = cpu_ms();
            }
            // The stream begins a millisecond after the keys.
            allowed +=
                usize::from(run.decide(&keys[order[index] as usize], 1 + index as u64 / per_ms));
        }
        println!(
            "{{\"timedMs\":{},\"allowed\":{allowed}}}",
            cpu_ms() - from_ms
        );
        std::io::stdout().flush().unwrap();
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let words: Vec<u32> = std::fs::read(&args[1])
        .unwrap()
        .chunks_exact(4)
        .map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    let (ids, order) = words.split_at(args[2].parse().unwrap());
    let per_ms = args[3].parse().unwrap();
    if args[4] == "u32" {
        play(ids, order, per_ms);
    } else {
        let names: Vec<String> = ids
            .iter()
            .map(|id| format!("customer-000{id:08x}"))
            .collect();
        play(&names, order, per_ms);
    }
}
