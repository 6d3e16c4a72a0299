// The application.
async function answer(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/api/private" && !request.headers.get("authorization")) {
    return new Response("{}", { status: 401 });
  }
  if (pathname === "/api/broken") throw new Error("broken");
  if (pathname === "/api/missing") return new Response("{}", { status: 404 });
  return new Response("{}", { headers: { "X-Total": "7" } });
}

export { answer as GET, answer as POST, answer as PUT, answer as DELETE, answer as PATCH };
