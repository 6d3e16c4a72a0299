// An application with the recipe in it.
import Fastify from "fastify";

const fastify = Fastify();

@@app@@

fastify.addHook("onRequest", async (request, reply) => {
  if (request.url === "/api/private" && !request.headers.authorization) {
    return reply.code(401).send({});
  }
});
fastify.get("/api/broken", async () => {
  throw new Error("broken");
});
for (const path of ["/api/products/1", "/api/private"]) {
  fastify.route({
    method: ["GET", "POST", "PUT", "DELETE", "PATCH"],
    url: path,
    handler: async (request, reply) => reply.header("X-Total", "7").send({}),
  });
}
fastify.addContentTypeParser("*", (request, payload, done) => done(null, {}));
await fastify.listen({ port: @@PORT@@, host: "127.0.0.1" });
