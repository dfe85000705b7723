//! The program: see the library for what it does.

use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let redactor = inkout::Redactor::builder().build()?;
    let mut stream = redactor.stream(std::io::stdout().lock());
    let mut buffer = vec![0; 1 << 18];
    loop {
        let n = std::io::stdin().lock().read(&mut buffer)?;
        if n == 0 {
            break;
        }
        stream.write_all(&buffer[..n])?;
    }
    stream.finish()?;
    Ok(())
}
