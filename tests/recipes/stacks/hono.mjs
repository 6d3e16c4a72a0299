// An application with the recipe in it.
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono();

@@app@@

app.use("/api/private", async (c, next) => {
  if (!c.req.header("Authorization")) return c.json({}, 401);
  await next();
});
app.get("/api/broken", () => {
  throw new Error("broken");
});
for (const path of ["/api/products/1", "/api/private"]) {
  app.all(path, (c) => c.json({}, 200, { "X-Total": "7" }));
}
serve({ fetch: app.fetch, port: @@PORT@@, hostname: "127.0.0.1" });
