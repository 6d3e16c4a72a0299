//! An application with the recipe in it; its argument is the port.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{any, get};

async fn product() -> ([(&'static str, &'static str); 1], &'static str) {
    ([("x-total", "7")], "{}")
}

async fn private(headers: axum::http::HeaderMap) -> Result<&'static str, StatusCode> {
    headers.get("authorization").map(|_| "{}").ok_or(StatusCode::UNAUTHORIZED)
}

#[tokio::main]
async fn main() {
    let app: Router = Router::new()
        .route("/api/products/1", any(product))
        .route("/api/private", get(private))
        .route("/api/broken", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }));

@@app@@

    let port: u16 = std::env::args().nth(1).unwrap().parse().unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
