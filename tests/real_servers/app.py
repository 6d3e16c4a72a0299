"""An API in FastAPI with CORSMiddleware, set up as its documentation shows."""

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()

app.add_middleware(
    CORSMiddleware,
    allow_origins=["http://localhost:5173"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.get("/products/{product}")
async def read(request: Request):
    return {"cookie": request.headers.get("cookie", "")}


@app.put("/products/{product}")
async def write(product: str, request: Request):
    body = await request.json()
    return {"id": product, "price": body["price"], "key": request.headers.get("x-api-key")}


@app.get("/broken")
async def broken():
    """Nothing catches this: the 500 is made outside the middleware and has no CORS headers."""
    raise RuntimeError("on purpose")
