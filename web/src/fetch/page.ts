// `fetch` in the page, for a session in a worker: the browser's own `Request` reads the arguments, the worker asks
// the network, and the answer becomes the page's own `Response`.

import { NativeRequest, getter, isOwn, nativeFetch } from "./natives.ts";
import { type Inlet, type Outlet, inlet, outlet } from "./flow.ts";
import type { FetchDeps, FetchMessage, RequestPayload, RequestRecord, Wire } from "./messages.ts";
import { type Prepared, prepare, refusal } from "./prepare.ts";
import { makeResponse } from "./response.ts";

/** Unique per port, and so per page: several clients may share one. */
let last = 0;

/** The page's requests by the wire they wait on: one look at its end for all. */
const waiting = new WeakMap<Wire, Set<(reason: Error) => void>>();

function waitOn(wire: Wire): Set<(reason: Error) => void> {
  let all = waiting.get(wire);
  if (!all) {
    const set = all = new Set();
    waiting.set(wire, all);
    void wire.closed.then((reason) => set.forEach((fail) => fail(reason)));
  }
  return all;
}

const streamLocked = getter(globalThis.ReadableStream, "locked");
const none = () => {};

/** A request's body as it crosses: at once where its bytes are known, a promise where the browser must be asked, or a reader. */
function payload({ request, members, derived }: Prepared): RequestPayload | Promise<RequestPayload> | ReadableStreamDefaultReader<Uint8Array> {
  const { body } = members;
  if (body === null || body === undefined) {
    if (!derived || /^(GET|HEAD)$/.test(request.method) || request.body === null) return null;
    // A Request does not tell what its body was made of. But one made of a stream cannot be sent without CORS, which
    // the constructor says before it takes the body over.
    try {
      return new NativeRequest(request, { __proto__: null, mode: "no-cors", method: "POST", cache: "default" } as RequestInit).blob();
    } catch {
      return request.body?.getReader() ?? request.blob();
    }
  }
  if (typeof body === "string" || body instanceof Blob) return body;
  if (body instanceof URLSearchParams) return String(body);
  if (body instanceof ArrayBuffer) return body.slice(0);
  if (ArrayBuffer.isView(body)) return body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer;
  if (request.body && isOwn(streamLocked, body)) return (request.body as ReadableStream<Uint8Array>).getReader();
  return request.blob(); // FormData: the browser serializes it, with its boundary and its files by reference.
}

/** Headers as they were written: a `Headers` object lowers their names, and HTTP/1.1 shows it. */
function fields(request: Request, written: unknown): [string, string][] {
  const names: Record<string, string> = Object.create(null);
  if (Array.isArray(written) || (Object(written) === written && !(Symbol.iterator in (written as object)))) {
    for (const name of Array.isArray(written) ? written.map((pair: unknown) => String((pair as unknown[])[0])) : Object.keys(written as object)) {
      names[name.toLowerCase()] ??= name;
    }
  }
  return Array.from(request.headers, ([name, value]) => [names[name] ?? name, value]);
}

function describe({ request, members }: Prepared, deps: FetchDeps): RequestRecord {
  const { cache, referrer } = request;
  const open = deps.httpCache === "no-store" && cache === "default" && members.cache === undefined;
  return {
    method: request.method,
    url: request.url,
    headers: fields(request, members.headers),
    mode: request.mode,
    credentials: request.credentials,
    cache: open ? "" : cache,
    redirect: request.redirect,
    referrer: referrer === "about:client" ? (/^http/.test(location.href) ? location.href : "") : referrer,
    referrerPolicy: request.referrerPolicy,
    integrity: request.integrity,
    keepalive: request.keepalive,
    priority: members.priority ?? "auto",
    background: deps.background,
  };
}

/** Lets go of what was held for a body that nobody can read any more, its connection first. */
let forgotten: FinalizationRegistry<() => void> | undefined;

/** Sends one request through the worker. */
function send(prepared: Prepared, deps: FetchDeps): Promise<Response> {
  const { signal, members, derived } = prepared;
  // A signal that nobody can abort needs no listener.
  const abortable = derived || Boolean(members.signal);
  const record = describe(prepared, deps);
  const source = payload(prepared);
  const reader = source && typeof source === "object" && "read" in source ? source : null;
  const id = ++last;

  let wire: Wire | null = null;
  let uploading: Outlet | null = null;
  let downloading: Inlet | null = null;
  let failed: { reason: unknown } | null = null;
  // Let go of when they are called: they hold the response, and a signal that lives long would hold them.
  let resolve!: (response: Response) => void;
  let reject!: (reason: unknown) => void;
  const result = new Promise<Response>((yes, no) => {
    resolve = yes;
    reject = no;
  });

  const release = () => {
    signal.removeEventListener("abort", abort);
    void reader?.cancel(failed?.reason).catch(none);
    wire?.unlisten(id);
    if (wire) waitOn(wire).delete(fail);
  };
  const fail = (reason: unknown) => {
    if (failed) return;
    failed = { reason };
    release();
    downloading?.fail(reason);
    reject(reason);
  };
  const close = () => wire?.post({ f: id, k: "abort" });
  const abort = () => {
    close();
    fail(signal.reason);
  };
  const failure = () => failed ?? (abortable && signal.aborted ? { reason: signal.reason } : null);

  /** Takes a body that began with the head. */
  const receive = (begin: ArrayBuffer, whole: boolean): ReadableStream<Uint8Array<ArrayBuffer>> => {
    const [stream, into] = inlet(
      (bytes) => whole || wire?.post({ f: id, k: "grant", bytes }),
      (cancelled) => {
        if (cancelled && !whole) close();
        release();
      },
      (source) => (forgotten ??= new FinalizationRegistry((letGo) => letGo())).register(source, () => {
        if (!whole) close();
        release();
      }));
    downloading = into;
    if (begin.byteLength) into.push(new Uint8Array(begin));
    if (whole) into.end();
    return stream;
  };

  const answer = (m: FetchMessage) => {
    switch (m.k) {
      case "head": {
        const { body, whole } = m;
        if (whole) wire?.unlisten(id);
        // Bytes that are all here need no stream of ours, unless an abort may still take them away.
        const content = body && (abortable || !whole) ? receive(body, whole) : body;
        if (content === body) release();
        resolve(makeResponse(m.head, m.headers, content, failure));
        resolve = reject = none;
        return;
      }
      case "data": return downloading?.push(m.chunk);
      case "end": return downloading?.end();
      case "grant": return uploading?.grant(m.bytes);
      case "stop": return void reader?.cancel().catch(none);
      case "fail": return fail(new TypeError(m.message));
      case "refuse": return fail(deps.error(m.code));
    }
  };

  const begin = async () => {
    const connection = deps.connect();
    const body = reader ? true : await (source as RequestPayload | Promise<RequestPayload>);
    const connected = await connection;
    if (failed) return;
    wire = connected;
    waitOn(wire).add(fail);
    wire.listen(id, answer);
    if (reader) {
      uploading = outlet(0, () => reader.read(), (chunk) => {
        if (Object.prototype.toString.call(chunk) !== "[object Uint8Array]") throw new TypeError("a chunk of the body is not a Uint8Array");
        const copy = chunk.slice(); // The chunk stays the caller's.
        wire?.post({ f: id, k: "data", chunk: copy }, [copy.buffer]);
      }, () => wire?.post({ f: id, k: "end" }), (reason) => {
        wire?.post({ f: id, k: "fail", message: "" });
        void reader.cancel(reason).catch(none);
      });
    }
    wire.post({ f: id, k: "open", request: record, body }, body instanceof ArrayBuffer ? [body] : []);
  };

  const refused = refusal(prepared, deps);
  if (signal.aborted) fail(signal.reason);
  else if (refused) fail(deps.error(refused));
  else {
    if (abortable) signal.addEventListener("abort", abort);
    begin().catch(fail);
  }
  return result;
}

/**
 * The page's `fetch`: what is not for the API goes to the browser's own, untouched, the rest by `way`. That is through
 * the worker, or with page isolation what the host in the page has for it.
 */
export function createFetch(deps: FetchDeps, way: (prepared: Prepared, deps: FetchDeps) => Promise<Response> = send): typeof fetch {
  return async function fetch(input: RequestInfo | URL, ...rest: [RequestInit?]): Promise<Response> {
    if (!arguments.length) return (nativeFetch as () => Promise<Response>)();
    const prepared = prepare(deps.allowed, input, rest[0]);
    return Array.isArray(prepared) ? nativeFetch(...prepared) : way(prepared, deps);
  };
}
