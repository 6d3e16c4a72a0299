//! An application with the recipe in it; its argument is the port.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, error, web};

async fn product() -> HttpResponse {
    HttpResponse::Ok().insert_header(("X-Total", "7")).body("{}")
}

async fn private(request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    match request.headers().get("Authorization") {
        Some(_) => Ok(product().await),
        None => Err(error::ErrorUnauthorized("{}")),
    }
}

async fn broken() -> Result<HttpResponse, actix_web::Error> {
    Err(error::ErrorInternalServerError("{}"))
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = std::env::args().nth(1).unwrap().parse().unwrap();
    HttpServer::new(|| {
@@app@@
        App::new()
            .route("/api/products/1", web::route().to(product))
            .route("/api/private", web::get().to(private))
            .route("/api/broken", web::get().to(broken))
            .wrap(cors)
    })
    .workers(1)
    .bind(("127.0.0.1", port))?
    .run()
    .await
}
