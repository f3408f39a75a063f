/** The limit of a fan-out: Bun's own topics and nothing else. `POST /` publishes its body to everyone who connected. */
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: async (request, self) => {
    if (request.method !== "POST")
      return self.upgrade(request) ? undefined : new Response(null, { status: 426 });
    self.publish("all", await request.text());
    return new Response("ok");
  },
  websocket: { open: (socket) => void socket.subscribe("all"), message: () => {} },
});
console.log(`listening ${server.url}`);
