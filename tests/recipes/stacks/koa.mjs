// An application with the recipe in it.
import Koa from "koa";

const app = new Koa();

@@app@@

app.use(async (ctx) => {
  if (ctx.path === "/api/private" && !ctx.get("Authorization")) ctx.throw(401);
  if (ctx.path === "/api/broken") throw new Error("broken");
  if (!["/api/private", "/api/products/1"].includes(ctx.path)) return;
  ctx.set("X-Total", "7");
  ctx.body = {};
});
app.listen(@@PORT@@, "127.0.0.1");
