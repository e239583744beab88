// The worker's own script. Its URL and name are those of the session, and a shared worker whose script has thrown, or
// failed to evaluate, mutes them even across reloads: so this only sets two handlers, and loads everything else inside.

import type { Host } from "./host.ts";

let host: Promise<Host> | undefined;
let tries = 0;

const load = (): Promise<Host> =>
  host ??= import(new URL("host.js", import.meta.url).href + (tries++ ? `?${tries}` : "")) // a failed import may be remembered under its URL
    .then((module: typeof import("./host.ts")) => module.createHost())
    .catch((error: unknown) => {
      host = undefined;
      throw error;
    });

function meet(port: MessagePort | undefined): void {
  if (!port) return;
  port.postMessage({ t: "here" });
  load().then(
    (it) => it.serve(port),
    (error: unknown) => port.postMessage({
      t: "refused",
      error: { code: "load-failed", phase: "load", message: `host.js could not be loaded: ${String(error)}`, retryable: true, status: 0, retryAfter: -1, offline: false, issues: [] },
    }),
  );
}

// A shared worker gets its ports by `connect`, a dedicated one in a message.
Object.assign(self, {
  onconnect: (event: MessageEvent) => meet(event.ports[0]),
  onmessage: (event: MessageEvent) => meet(event.ports[0]),
});
