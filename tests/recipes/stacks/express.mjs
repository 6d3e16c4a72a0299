// An application with the recipe in it.
import express from "express";

const app = express();

@@app@@

app.use("/api/private", (request, response, next) => {
  if (request.get("Authorization")) next();
  else response.sendStatus(401);
});
app.get("/api/broken", () => {
  throw new Error("broken");
});
app.get("/api/missing", (request, response) => response.sendStatus(404));
app.all("/api/{*path}", (request, response) => {
  response.set("X-Total", "7").json({});
});
app.listen(@@PORT@@, "127.0.0.1");
