// Runs the Worker. What it fetches comes from an application that answers CORS badly on its own.
import { readFileSync } from "node:fs";
import { Miniflare, Response } from "miniflare";

const worker = new Miniflare({
  modules: true,
  script: readFileSync("@@FOLDER@@/worker.mjs", "utf8"),
  host: "127.0.0.1",
  port: @@PORT@@,
  compatibilityDate: "2025-01-01",
  async outboundService(request) {
    const { pathname } = new URL(request.url);
    const refused = pathname === "/api/private" && !request.headers.get("Authorization");
    const status = refused ? 401 : { "/api/missing": 404, "/api/broken": 500 }[pathname] ?? 200;
    const headers = { "X-Total": "7", "Access-Control-Allow-Origin": "https://wrong.example" };
    return new Response("{}", { status, headers });
  },
});
await worker.ready;
