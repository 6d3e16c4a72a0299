//! The application behind the proxies. It answers CORS badly on its own, so that a proxy that does not
//! take its headers away is found out.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// Starts it for the rest of the test run; its port.
pub fn start() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A proxy that hangs up early is no fault of the application.
            std::thread::spawn(move || answer(stream).ok());
        }
    });
    port
}

fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let length = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse().ok()).flatten()
    });
    reader
        .by_ref()
        .take(length.unwrap_or(0))
        .read_to_end(&mut Vec::new())?;
    let path = lines.first().and_then(|line| line.split(' ').nth(1));
    let status = match path {
        Some("/api/missing") => "404 Not Found",
        Some("/api/broken") => "500 Internal Server Error",
        _ => "200 OK",
    };
    let reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\
         Access-Control-Allow-Origin: https://wrong.example\r\n\
         Access-Control-Allow-Credentials: false\r\n\
         X-Total: 7\r\nConnection: close\r\n\r\n{{}}"
    );
    reader.get_mut().write_all(reply.as_bytes())
}
