//! An application with the recipe in it; its argument is the port.

use rocket::http::{Header, Method, Status};
use rocket::route::{Handler, Outcome, Route};
use rocket::{Config, Data, Request, Response};

#[derive(Clone)]
struct Api(u16);

#[rocket::async_trait]
impl Handler for Api {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        let login = request.headers().contains("Authorization");
        let status = if self.0 == 401 && login { 200 } else { self.0 };
        if status != 200 {
            return Outcome::Error(Status::new(status));
        }
        let response = Response::build()
            .header(Header::new("X-Total", "7"))
            .finalize();
        Outcome::Success(response)
    }
}

fn routes() -> Vec<Route> {
    let methods = [Method::Get, Method::Post, Method::Put, Method::Delete, Method::Patch];
    let mut routes: Vec<_> = methods
        .into_iter()
        .map(|method| Route::new(method, "/api/products/1", Api(200)))
        .collect();
    routes.push(Route::new(Method::Get, "/api/private", Api(401)));
    routes.push(Route::new(Method::Get, "/api/broken", Api(500)));
    routes
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let port: u16 = std::env::args().nth(1).unwrap().parse().unwrap();
    let config = Config {
        port,
        log_level: rocket::config::LogLevel::Off,
        ..Config::default()
    };
    let rocket = rocket::custom(config);

@@app@@

    rocket.mount("/", routes()).launch().await.map_err(Box::new)?;
    Ok(())
}
