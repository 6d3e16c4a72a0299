"""An application with the recipe in it."""

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

app = FastAPI()


@app.middleware("http")
async def login(request: Request, call_next):
    if request.url.path == "/api/private" and "authorization" not in request.headers:
        return JSONResponse({}, status_code=401)
    return await call_next(request)


@app.get("/api/broken")
async def broken():
    raise RuntimeError("broken")


@app.api_route("/api/products/1", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
@app.get("/api/private")
async def product():
    return JSONResponse({}, headers={"X-Total": "7"})


@@app@@
