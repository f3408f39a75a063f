import { z } from "zod";
import { clientFrames } from "./frames.ts";
import { serverFrames } from "./server-frames.ts";

type Frame = z.ZodObject<{ event: z.ZodLiteral<string> }>;

/** The socket as an AsyncAPI 3 document, made from the schemas that the code itself uses. */
export function asyncApiDocument(version: string) {
  const [fromClient, fromServer] = [messagesOf(clientFrames, "input"), messagesOf(serverFrames, "output")];
  const channel = { $ref: "#/channels/live" };
  const references = (messages: object) =>
    Object.keys(messages).map((name) => ({ $ref: `#/channels/live/messages/${name}` }));
  const messages = { ...fromClient, ...fromServer };
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Booking, live",
      version,
      description:
        "Text frames of JSON at `/ws/`: join rooms, receive what happens, and reconnect without missing anything.",
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    defaultContentType: "application/json",
    channels: {
      live: {
        address: "/ws/",
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
      },
    },
    operations: {
      // Named from the service's side, as AsyncAPI has it.
      receiveFromClient: { action: "receive", channel, messages: references(fromClient) },
      sendToClient: { action: "send", channel, messages: references(fromServer) },
    },
    components: {
      messages,
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

function messagesOf(frames: readonly z.ZodType[], io: "input" | "output") {
  return Object.fromEntries(
    frames.map((frame) => {
      const name = (frame as Frame).shape.event.value;
      const { $schema: _, ...payload } = z.toJSONSchema(frame, { io });
      return [name, { name, payload }];
    }),
  );
}
