// Runs Next.js on the application in this folder.
import { createServer } from "node:http";
import next from "next";

const app = next({ dev: true, dir: "@@FOLDER@@", hostname: "127.0.0.1", port: @@PORT@@ });
await app.prepare();
createServer(app.getRequestHandler()).listen(@@PORT@@, "127.0.0.1");
