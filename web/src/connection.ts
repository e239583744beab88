// The page's end of the line to the host: opens the worker (or the host in the page itself), shakes hands, watches over it.

import type { ExactLoginError } from "../exactlogin.d.ts";
import { failure, fromRecord } from "./errors.ts";
import type { FetchMessage, Wire } from "./fetch/messages.ts";
import type { Host } from "./host.ts";
import type { Config } from "./options.ts";
import { message, protocol } from "./protocol.ts";
import type { ToHost, ToPage } from "./protocol.ts";
import { version } from "./version.ts";

/** How long the worker may take to be ready, its wasm loaded: long enough for a slow phone, but every wait has an end. ms */
const patience = 90_000;
/** When a shared worker that says nothing is asked for again. ms */
const knockEvery = 2000;
/** Without Web Locks a worker is asked, and taken for dead when it has been silent for so many times so long. ms */
const ping = { every: 10_000, times: 6 };

export interface Connection {
  /** The number the host knows this page by. */
  readonly number: number;
  readonly exposed: "service-worker" | "";
  readonly wire: Wire;
  /** With page isolation. */
  readonly host: Host | undefined;
  send(message: ToHost): void;
  /** Ends it: everything that waits on it gets `error`. */
  close(error: ExactLoginError): void;
}

export interface Receiver {
  receive(message: ToPage): void;
  /** Called once, after whatever end. */
  closed(error: ExactLoginError): void;
}

const loadFailed = (text: string, cause?: unknown): ExactLoginError => failure("load-failed", `exactlogin: ${text}`, { phase: "load", cause });

interface Policy {
  createScriptURL(url: string): string;
}
let policy: Policy | undefined;
let attempts = 0;

/** A script's URL in the form that Trusted Types ask for. Every URL given here is of the page's own origin. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } };
  try {
    policy ??= trustedTypes?.createPolicy("exactlogin", { createScriptURL: (it) => it });
  } catch (cause) {
    throw loadFailed("the page's Content-Security-Policy must say: trusted-types exactlogin 'allow-duplicates'", cause);
  }
  return policy ? policy.createScriptURL(url) : url;
}

/** Puts an empty service worker over the folder, so that none of the site's sees the worker's requests. */
async function shield(assets: string): Promise<"service-worker" | ""> {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return ""; // none can exist here
  try {
    const registration = await serviceWorker.register(trusted(`${assets}sw.js`), { scope: assets });
    const coming = registration.active ? null : registration.installing ?? registration.waiting;
    if (coming) {
      await new Promise<void>((resolve, reject) => {
        const look = (): void => (coming.state === "activated" ? resolve() : coming.state === "redundant" ? reject() : undefined);
        coming.onstatechange = look;
        setTimeout(reject, 5000);
        look();
      });
    }
    return "";
  } catch {
    return "service-worker";
  }
}

export async function connect(config: Config, receiver: Receiver, signal: AbortSignal): Promise<Connection> {
  const { assets, program: options, name } = config;
  const { locks, serviceWorker } = navigator;
  const listeners = new Map<number, Parameters<Wire["listen"]>[1]>();
  const stop = new AbortController();
  let close!: (error: ExactLoginError) => void;
  const closed = new Promise<ExactLoginError>((resolve) => (close = resolve));
  let port: MessagePort | undefined;
  let worker: Worker | undefined;
  let host: Host | undefined;
  let blocked = "";
  let watch: ReturnType<typeof setTimeout> | undefined;
  let silent = 0;

  const send = (body: unknown, transfer: Transferable[] = []): void => port?.postMessage(body, transfer);
  const bye = (line: MessagePort): void => {
    line.postMessage({ t: "bye" } satisfies ToHost);
    line.onmessage = null;
    line.close();
  };
  const crash = (): void => close(failure("worker-crashed", "exactlogin: the worker that held the session has died; log in again", { phase: "load" }));
  const violated = (event: SecurityPolicyViolationEvent): void => {
    if (event.blockedURI.startsWith(assets)) blocked = event.effectiveDirective;
  };

  void closed.then((error) => {
    stop.abort();
    clearTimeout(watch);
    if (port) bye(port);
    worker?.terminate();
    receiver.closed(error);
  });
  signal.addEventListener("abort", () => close(signal.reason as ExactLoginError), { signal: stop.signal });
  document.addEventListener("securitypolicyviolation", violated, { signal: stop.signal });

  const attempt = async (): Promise<Connection> => {
    let exposed: "service-worker" | "" = serviceWorker?.controller ? "service-worker" : "";
    if (options.isolation === "page") {
      const module = (await import(`${assets}host.js${attempts++ ? `?${attempts}` : ""}`).catch((cause: unknown) => {
        throw loadFailed(`${assets}host.js could not be loaded`, cause);
      })) as typeof import("./host.ts");
      host = module.createHost();
    } else {
      if (!globalThis.Worker) throw failure("unsupported", "exactlogin: this environment has no workers", { phase: "load" });
      exposed = await shield(assets);
    }
    // Held as long as this page lives; the host queues for it.
    const lock = locks && !host ? `exactlogin:${crypto.randomUUID()}` : "";
    if (lock) {
      await new Promise<void>((resolve) => {
        locks.request(lock, () => {
          resolve();
          return closed;
        }).catch(() => resolve());
      });
    }
    return new Promise((resolve) => {
      const greet = (): void => send({
        t: "hello", protocol, version, options, page: location.href.split("#", 1)[0]!, lock,
        endWithLastTab: config.endWithLastTab, channel: worker || host ? `exactlogin:${name}` : "",
      } satisfies ToHost);
      const hear = (line: MessagePort): unknown => line.onmessage = ({ data }: MessageEvent<unknown>): void => {
        if (port !== line) {
          if (port || stop.signal.aborted) return bye(line);
          port = line;
          greet();
        }
        silent = 0;
        const m = message<ToPage>(data);
        if (!m) return listeners.get((data as FetchMessage | null)?.f ?? 0)?.(data as FetchMessage);
        switch (m.t) {
          case "crashed":
            return crash();
          case "refused":
            return close(fromRecord({ ...m.error, message: `exactlogin: ${m.error.message}` }));
          case "welcome":
            if (m.protocol !== protocol) return close(loadFailed(`the running worker is of version ${m.version}, this page of ${version}; reload`));
            clearTimeout(watch);
            if (m.lock) locks.request(m.lock, { signal: stop.signal }, crash).catch(() => {});
            else if (!host) {
              watch = setInterval(() => {
                if (listeners.size && ++silent > ping.times) crash();
                send({ t: "ping" } satisfies ToHost);
              }, ping.every);
            }
            document.removeEventListener("securitypolicyviolation", violated);
            return resolve({
              number: m.connection, exposed, host, send, close,
              wire: {
                post: send,
                listen: (id, handler) => void listeners.set(id, handler),
                unlisten: (id) => void listeners.delete(id),
                closed,
              },
            });
          default:
            receiver.receive(m);
        }
      };
      if (stop.signal.aborted) return; // disposed meanwhile
      const { port1, port2 } = new MessageChannel();
      if (host) {
        host.serve(port2);
        hear(port = port1);
        return greet();
      }
      const failed = (event: Event): void => {
        // The browser says no more than this, on purpose.
        const why = blocked ? `blocked by ${blocked} of the page's Content-Security-Policy` : "missing, no JavaScript, or offline";
        close(loadFailed(`the worker ${assets}worker.js could not be started: ${why}`, event));
      };
      const url = trusted(`${assets}worker.js`);
      // The same for ever: for one URL and name, a shared worker that runs refuses other options.
      const how = { type: "module", name, extendedLifetime: true } as WorkerOptions;
      // Whoever asks for a worker that is just going away, after a failure or a crash, may get a port that stays silent.
      const knock = (): void => {
        if (port || stop.signal.aborted) return;
        const made = new SharedWorker(url, how);
        made.onerror = failed;
        hear(made.port);
        setTimeout(knock, knockEvery);
      };
      watch = setTimeout(() => close(loadFailed(`the worker in ${assets} did not answer for ${patience / 1000} s`)), patience);
      if (globalThis.SharedWorker) return knock();
      worker = new Worker(url, how);
      worker.onerror = failed;
      hear(port1);
      worker.postMessage(0, [port2]);
    });
  };

  const refused = closed.then((error): never => {
    throw error;
  });
  return Promise.race([attempt().catch((error: unknown) => {
    close(error instanceof Error && error.name === "ExactLoginError" ? error as ExactLoginError : loadFailed("the worker could not be started", error));
    return refused;
  }), refused]);
}
