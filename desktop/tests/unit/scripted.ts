import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, beforeEach } from "vitest";

/** A request that the server got. */
export interface Got {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
  at: number;
}

export type Reply = (response: ServerResponse, socket: Socket) => void;

/** Serve answers in the order in which a test gives them; the last one is repeated. */
export function scriptedServer(): { url: () => string; got: Got[]; replies: Reply[] } {
  const got: Got[] = [];
  const replies: Reply[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      got.push({
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body,
        at: Date.now(),
      });
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      reply?.(response, request.socket);
    });
  });
  beforeAll(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    got.length = 0;
    replies.length = 0;
  });
  return { url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got, replies };
}

/** Answer JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Answer a text. */
export function text(body: string, status = 200, type = "text/html"): Reply {
  return (response) => {
    response.writeHead(status, { "Content-Type": type });
    response.end(body);
  };
}

/** Answer an error of the interface. */
export function error(status: number, code: string, retryable: boolean, headers: Record<string, string> = {}): Reply {
  const told = { code, message: "Not now.", details: { why: "busy" }, request_id: "req-1", retryable };
  return json({ ok: false, success: false, error: told }, status, headers);
}

/** Close the connection without a word. */
export const lost: Reply = (_response, socket) => {
  socket.destroy();
};

/** Begin an answer, and cut it. */
export const cut: Reply = (response, socket) => {
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "1000" });
  response.write('{"ok": true, "data": {"items": [');
  setTimeout(() => socket.destroy(), 20);
};

/** Never answer. */
export const silent: Reply = () => {};
