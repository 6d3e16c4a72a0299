"""An application with the recipe in it."""

from flask import Flask, request

app = Flask(__name__)

@@app@@


@app.before_request
def login():
    if request.path == "/api/private" and "Authorization" not in request.headers:
        return {}, 401
    return None


@app.route("/api/broken")
def broken():
    raise RuntimeError("broken")


@app.route("/api/products/1", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
@app.route("/api/private")
def product():
    return {}, 200, {"X-Total": "7"}


app.run("127.0.0.1", @@PORT@@)
