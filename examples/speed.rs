use std::time::Instant;
fn main() {
    let r = inkout::Redactor::builder().build().unwrap();
    for f in std::env::args().skip(1) {
        let text = std::fs::read(&f).unwrap();
        let mut best = f64::MAX;
        let mut hits = 0;
        for _ in 0..7 {
            let t = Instant::now();
            hits = r.find(&text).len();
            best = best.min(t.elapsed().as_secs_f64());
        }
        let t = Instant::now();
        let n = memchr::memchr_iter(b'\n', &text).count();
        let nl = t.elapsed().as_secs_f64();
        let t = Instant::now();
        let at = memchr::memchr2_iter(b'@', b'=', &text).count();
        let m2 = t.elapsed().as_secs_f64();
        println!(
            "memchr count {n} {:.1} GB/s; memchr2 {at} {:.1}",
            text.len() as f64 / nl / 1e9,
            text.len() as f64 / m2 / 1e9
        );
        println!("{f}: {:.2} GB/s, {hits} hits", text.len() as f64 / best / 1e9);
    }
}
