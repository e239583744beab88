// The worker's end of `fetch`: asks the session, asks the network, and hands the answer back in as few messages as it can.

import type { Pass } from "../program.ts";
import { type Inlet, type Outlet, inlet, outlet, windowBytes } from "./flow.ts";
import { nativeFetch } from "./natives.ts";
import type { FetchMessage, Gate, Question, Reply, RequestPayload, RequestRecord } from "./messages.ts";
import { observe } from "./observe.ts";

/** A body up to so many bytes goes with its head, in one message, if it is there by then. */
const smallBytes = 1 << 16;

/** ms that a head waits for a small body. */
const patience = 2;

/** The way to a page. What comes from it is given to `receive`. */
export interface PortLike {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

interface Running {
  readonly pass: Pass | null;
  readonly keepalive: boolean;
  readonly aborter: AbortController;
  upload: Inlet | null;
  download: Outlet | null;
}

/** One page. */
interface Line {
  readonly running: Map<number, Running>;
  post(message: Reply, transfer?: Transferable[]): void;
}

export class Requests {
  readonly #gate: Gate;
  readonly #lines = new Map<number, Line>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** Serves a page's requests, until `drop`. */
  open(port: PortLike, connection: number): void {
    this.#lines.set(connection, { running: new Map(), post: (message, transfer = []) => port.postMessage(message, transfer) });
  }

  /** Forgets a page that is gone. Its `keepalive` requests go on, unheard. */
  drop(connection: number): void {
    const line = this.#lines.get(connection);
    this.#lines.delete(connection);
    for (const it of line?.running.values() ?? []) if (!it.keepalive) it.aborter.abort();
  }

  /** Ends every request that carried a token of that epoch. */
  endEpoch(epoch: number, code: string): void {
    for (const line of this.#lines.values()) {
      for (const [f, it] of line.running) {
        if (!it.pass?.secret || it.pass.epoch !== epoch) continue;
        line.running.delete(f);
        it.aborter.abort();
        line.post({ f, k: "refuse", code });
      }
    }
  }

  /** Takes one message of a page, whatever it is: messages without an `f` are others' business. */
  receive(connection: number, data: unknown): void {
    const line = this.#lines.get(connection);
    const message = data as FetchMessage | null;
    if (!line || typeof message !== "object" || typeof message?.f !== "number") return;
    const { f } = message;
    const it = line.running.get(f);
    switch (message.k) {
      case "open":
        if (it) return;
        try {
          this.#start(line, message);
        } catch {
          line.post({ f, k: "fail", message: "Failed to fetch" });
        }
        return;
      case "abort":
        line.running.delete(f);
        return it?.aborter.abort();
      case "data": return it?.upload?.push(message.chunk);
      case "end": return it?.upload?.end();
      case "fail": return it?.upload?.fail(new TypeError("Failed to fetch"));
      case "grant": return it?.download?.grant(message.bytes);
    }
  }

  #start(line: Line, { f, request, body }: Extract<Question, { k: "open" }>): void {
    const { origin } = new URL(request.url);
    if (!this.#gate.allowed(origin)) return line.post({ f, k: "refuse", code: "forbidden-destination" });
    const bare = request.headers.some(([name]) => name.toLowerCase() === "authorization");
    const pass = bare ? null : this.#gate.pass(origin, request.method, request.background);
    if (pass?.refuse) return line.post({ f, k: "refuse", code: pass.refuse });
    const it: Running = { pass, keepalive: request.keepalive, aborter: new AbortController(), upload: null, download: null };
    line.running.set(f, it);
    void this.#exchange(line, f, it, origin, request, body);
  }

  async #exchange(line: Line, f: number, it: Running, origin: string, request: RequestRecord, body: RequestPayload): Promise<void> {
    const live = () => line.running.get(f) === it;
    const fail = (e: unknown) => {
      if (!live()) return;
      line.running.delete(f);
      line.post({ f, k: "fail", message: e instanceof Error ? e.message : "Failed to fetch" });
    };
    const { pass, aborter } = it;
    const cache = request.cache || (pass?.secret ? "no-store" : "default");

    let response: Response;
    try {
      response = await nativeFetch(request.url, this.#init(line, f, it, request, cache, body));
    } catch (e) {
      observe(this.#gate, pass, origin, request.method, cache, null);
      return fail(e);
    }
    if (aborter.signal.aborted) return;
    observe(this.#gate, pass, origin, request.method, cache, response);

    const { url, type, redirected, status, ok, statusText, headers } = response;
    const head = { url, type, redirected, status, ok, statusText };
    const stream = response.body;
    if (!stream) {
      line.running.delete(f);
      return line.post({ f, k: "head", head, headers: [...headers], body: null, whole: true });
    }
    try {
      const reader = stream.getReader();
      const { parts, whole, next } = await gather(reader, Number(headers.get("content-length")));
      if (!live()) return;
      if (whole) line.running.delete(f);
      line.post({ f, k: "head", head, headers: [...headers], body: parts, whole }, [parts]);
      if (whole) return;
      let pending = next;
      it.download = outlet(windowBytes - parts.byteLength, () => {
        const now = pending ?? reader.read();
        pending = null;
        return now;
      }, (chunk) => {
        if (chunk.byteLength) line.post({ f, k: "data", chunk }, [chunk.buffer as ArrayBuffer]);
      }, () => {
        if (!live()) return;
        line.running.delete(f);
        line.post({ f, k: "end" });
      }, fail);
    } catch (e) {
      fail(e);
    }
  }

  #init(line: Line, f: number, it: Running, request: RequestRecord, cache: RequestCache, body: RequestPayload): RequestInit {
    const { method, mode, credentials, redirect, referrer, referrerPolicy, integrity, keepalive, priority } = request;
    const headers = it.pass?.secret ? [...request.headers, ["Authorization", this.#gate.authorize(it.pass)] as [string, string]] : request.headers;
    const init: RequestInit & { duplex?: "half" } = {
      method, headers, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive, priority, signal: it.aborter.signal,
    };
    if (body === true) {
      [init.body, it.upload] = inlet(
        (bytes) => line.post({ f, k: "grant", bytes }),
        (cancelled) => { if (cancelled) line.post({ f, k: "stop" }); });
      init.duplex = "half";
      line.post({ f, k: "grant", bytes: windowBytes });
    } else if (body !== null) {
      init.body = body;
    }
    return init;
  }
}

/** Reads the beginning of a body: all of it, if it is small and quick; else what is there, and the read that is pending. */
async function gather(reader: ReadableStreamDefaultReader<Uint8Array>, length: number) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let whole = false;
  let next: Promise<ReadableStreamReadResult<Uint8Array>> | null = null;
  let timer = 0;
  const late = length > smallBytes ? Promise.resolve(null) : new Promise<null>((resolve) => (timer = setTimeout(resolve, patience, null)));
  while (size < smallBytes) {
    next = reader.read();
    const result = await Promise.race([next, late]);
    if (!result) break;
    next = null;
    if (result.done) {
      whole = true;
      break;
    }
    chunks.push(result.value);
    size += result.value.byteLength;
  }
  clearTimeout(timer);
  next?.catch(() => {}); // Whoever awaits it later hears of it.
  const parts = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    parts.set(chunk, at);
    at += chunk.byteLength;
  }
  return { parts: parts.buffer, whole, next };
}
