// The host of the program: keeps the secrets, makes the requests, carries messages to and from the pages. It runs in the
// worker's realm, or with page isolation in the page's. All decisions about the session are the program's.

import { Requests } from "./fetch/host.ts";
import { createDirectFetch } from "./fetch/direct.ts";
import type { DirectFetch } from "./fetch/direct.ts";
import { startProgram, loadCode } from "./go.ts";
import type { Code } from "./go.ts";
import { bare, natives, own } from "./natives.ts";
import type { Answer, ErrorRecord, Pass, Program, Realm, SendSpec, Snapshot } from "./program.ts";
import { message, protocol } from "./protocol.ts";
import type { ToHost, ToPage } from "./protocol.ts";
import { version } from "./version.ts";
import type { FetchDeps, Gate } from "./fetch/messages.ts";

export interface Host {
  /** Speaks with one page over `port`. */
  serve(port: MessagePort): void;
  /** The `fetch` of page isolation. */
  direct(deps: FetchDeps): DirectFetch["send"];
}

interface Connection {
  port: MessagePort;
  /** In the back/forward cache: a message would evict the page. */
  away: boolean;
  held: [unknown, Transferable[]][];
  endWithLastTab: number;
  channel: BroadcastChannel | undefined;
  /** Stops waiting for the page's lock. */
  unwatch: AbortController;
}

/** Bodies of the program's own requests are read so far. */
const largestAnswer = 1 << 20;

const problem = (code: string, text: string): ErrorRecord => ({
  code, phase: "load", message: text, retryable: code === "load-failed", status: 0, retryAfter: -1, offline: false, issues: [],
});

const alive = (snapshot: Snapshot): boolean => snapshot.state === "active" || snapshot.state === "expiring";

export function createHost(): Host {
  const assets = new URL(".", import.meta.url).href;
  const connections = new Map<number, Connection>();
  const lock = heldLock();
  let code: Promise<Code> | undefined;
  let attempts = 0;
  let starting: Promise<Program> | undefined;
  let program: Program | undefined;
  let count = 0;
  let page = "";

  // The vault: tokens and passwords by number. Objects without a prototype, so that nothing is looked up outside.
  let tokens: Record<number, string> = bare({});
  let passwords: Record<number, string> = bare({});
  let secrets = 0;

  const calls = new Map<number, { connection: number; id: number }>();
  const sent = new Map<number, (kind: "aborted" | "timeout") => void>();
  let timer = 0;
  let lastTab = 0;
  let latest: Snapshot | undefined;

  let origins = new Set<string>();
  let apiOrigin = "";
  const gate: Gate = {
    get origin() {
      return apiOrigin;
    },
    allowed: (origin) => origins.has(origin),
    pass: (origin, method, background) =>
      program?.pass(origin, method, background) ?? { secret: 0, epoch: 0, start: 0, refuse: "worker-crashed", cacheable: false },
    observed: (pass: Pass, status, slides) => program?.observed(pass.epoch, pass.secret, pass.start, status, slides),
    authorize: (pass: Pass) => tokens[pass.secret] ?? "",
  };
  const requests = new Requests(gate);
  const directs: DirectFetch[] = [];

  const realm: Omit<Realm, "ready"> = {
    wall: natives.wall,
    monotonic: natives.monotonic,
    online: () => natives.scope.navigator.onLine !== false,
    send: (id, spec) => void send(id, spec),
    abort: (id) => sent.get(id)?.("aborted"),
    keep(secret) {
      const kept = tokens[secret];
      tokens = bare(kept === undefined ? {} : { [secret]: kept });
    },
    wake(ms) {
      natives.clearTimeout(timer);
      if (ms >= 0) timer = natives.setTimeout(() => program?.look(), ms);
    },
    publish(number, snapshot, event) {
      closeEpoch(snapshot);
      const connection = connections.get(number);
      // Who is away hears of the end alone: the message takes the page out of the cache, and with it what it shows.
      if (connection && (!connection.away || !alive(snapshot))) connection.port.postMessage({ t: "state", snapshot, event, back: 0 } satisfies ToPage);
    },
    settle(number, result) {
      delete passwords[number];
      const call = calls.get(number);
      calls.delete(number);
      if (call) post(call.connection, { t: "settled", id: call.id, result });
    },
  };

  /** Requests under way belong to the session they began in. */
  function closeEpoch(snapshot: Snapshot): void {
    const former = latest;
    latest = snapshot;
    if (!former || former.epoch === snapshot.epoch || !alive(former) || (alive(snapshot) && former.user === snapshot.user)) return;
    const reason = alive(snapshot) ? "user-changed" : snapshot.reason;
    const refusal = reason === "user-changed" || reason === "idle" ? reason : snapshot.state === "expired" || /^(expired|max-lifetime|rejected)$/.test(reason) ? "session-expired" : "signed-out";
    requests.endEpoch(former.epoch, refusal);
    for (const direct of directs) direct.endEpoch(former.epoch, refusal);
  }

  /** One request of the program's own: the secrets are put in here, and taken out. */
  async function send(id: number, spec: SendSpec): Promise<void> {
    const controller = new natives.AbortController();
    let ended: "network" | "aborted" | "timeout" = "network";
    const stop = (kind: "aborted" | "timeout"): void => {
      ended = kind;
      natives.abort(controller);
    };
    sent.set(id, stop);
    const deadline = natives.setTimeout(() => stop("timeout"), spec.timeout);
    let answer: Answer;
    try {
      const headers: Record<string, string> = bare({});
      for (const [name, value] of spec.headers) headers[name] = value;
      const token = tokens[spec.authorize];
      if (token !== undefined) headers["Authorization"] = token;
      let body = spec.body;
      const password = passwords[spec.password];
      delete passwords[spec.password];
      if (body !== null && password !== undefined) {
        body = `${natives.slice(body, 0, -1)}${body.length > 2 ? "," : ""}"password":${natives.stringify(password)}}`;
      }
      const response = await own(natives.fetch(spec.url, bare<RequestInit>({
        method: spec.method, headers, body, signal: natives.signal(controller), keepalive: spec.keepalive,
        credentials: "omit", redirect: "error", cache: "no-store", mode: "cors", referrer: page,
      })));
      const field = (name: string): string => natives.header(natives.headers(response), name) ?? "";
      answer = {
        ok: true, status: natives.status(response), date: natives.parseDate(field("date")), retryAfter: field("retry-after"), secret: 0, json: undefined,
      };
      const json = await own(read(response));
      if (json !== undefined) take(json.value, spec.takeToken, answer);
    } catch {
      answer = { ok: false, kind: ended, offline: !realm.online() };
    }
    natives.clearTimeout(deadline);
    sent.delete(id);
    // Even what failed at once is answered in a later task, as promised.
    natives.setTimeout(() => program?.answered(id, answer), 0);

    /** The JSON of an answer in a box, since a promise looks into an object it resolves with. */
    async function read(response: Response): Promise<{ value: unknown } | undefined> {
      const stream = natives.body(response);
      if (!stream) return undefined;
      let left = largestAnswer;
      const limit = new natives.TransformStream(bare<Transformer>({
        transform(chunk, out) {
          left -= natives.byteLength(chunk as Uint8Array);
          if (left >= 0) natives.enqueue(out, chunk);
          else natives.abort(controller);
        },
      }));
      try {
        const whole = natives.pipeThrough(stream, bare({ readable: natives.readable(limit), writable: natives.writable(limit) }));
        const text = await own(natives.text(new natives.Response(whole)));
        return bare({ value: natives.parse(text) as unknown });
      } catch (error) {
        // Too long, or no JSON: the status stands. Cut off: there was no answer.
        if (left < 0 || error instanceof SyntaxError) return undefined;
        throw error;
      }
    }
  }

  /** Moves the token of an answer into the vault. */
  function take(json: unknown, wanted: boolean, answer: Answer & { ok: true }): void {
    answer.json = json;
    if (!wanted || typeof json !== "object" || json === null || !natives.hasOwn(json, "token")) return;
    const fields = json as { token?: unknown };
    if (typeof fields.token === "string" && fields.token !== "") {
      answer.secret = ++secrets;
      tokens[answer.secret] = fields.token;
    }
    delete fields.token;
  }

  function start(): Promise<Program> {
    return starting ??= (async () => {
      const loaded = await (code ??= loadCode(assets, attempts++));
      return program = await startProgram(loaded, realm, died);
    })().catch((error: unknown) => {
      code = starting = undefined;
      throw error;
    });
  }

  /** The program is gone and with it every session: the pages are told, and come back for a new one. */
  function died(): void {
    starting = program = latest = undefined;
    natives.clearTimeout(timer);
    tokens = bare({});
    passwords = bare({});
    for (const stop of sent.values()) stop("aborted");
    calls.clear();
    for (const [number, { port }] of connections) {
      port.postMessage({ t: "crashed" } satisfies ToPage);
      drop(number);
    }
  }

  function post(number: number, body: unknown, transfer: Transferable[] = []): void {
    const connection = connections.get(number);
    if (!connection) return;
    if (connection.away) connection.held.push([body, transfer]);
    else connection.port.postMessage(body, transfer);
  }

  function drop(number: number): void {
    const connection = connections.get(number);
    if (!connection) return;
    connections.delete(number);
    connection.unwatch.abort();
    connection.channel?.close();
    requests.drop(number);
    program?.disconnect(number);
    connection.port.onmessage = null;
    connection.port.close();
    watchLastTab(connection.endWithLastTab);
  }

  /** Begins to count when no page is left that a person could look at. */
  function watchLastTab(ms: number): void {
    natives.clearTimeout(lastTab);
    if (ms < 0) return;
    for (const { away } of connections.values()) if (!away) return;
    lastTab = natives.setTimeout(() => program?.end("last-tab-closed"), ms);
  }

  async function hello(port: MessagePort, hi: ToHost & { t: "hello" }): Promise<void> {
    const refuse = (error: ErrorRecord): void => {
      port.postMessage({ t: "refused", error } satisfies ToPage);
      port.close();
    };
    // A page that leaves while the program is loading is not waited for.
    const unwatch = new AbortController();
    let gone = () => unwatch.abort();
    port.onmessage = (event) => void (message<ToHost>(event.data)?.t === "bye" && gone());
    if (hi.lock) natives.scope.navigator.locks.request(hi.lock, { signal: unwatch.signal }, () => gone()).catch(() => {});
    if (hi.protocol !== protocol) return refuse(problem("load-failed", `the running worker is of version ${version}, this page of ${hi.version}; close the other tabs of this site or reload them`));
    let running: Program;
    try {
      await lock.held;
      running = await start();
    } catch (error) {
      return refuse(problem("load-failed", `the program could not be started: ${String(error)}`));
    }
    if (unwatch.signal.aborted) return port.close();
    page = hi.page;
    const number = ++count;
    const { channel: name, endWithLastTab } = hi;
    const channel = name ? new BroadcastChannel(name) : undefined;
    connections.set(number, { port, away: false, held: [], endWithLastTab, channel, unwatch });
    natives.clearTimeout(lastTab);
    const refused = running.connect(number, hi.options);
    if (refused) {
      connections.delete(number);
      unwatch.abort();
      return refuse({ ...problem(refused.code, refused.message), phase: "options" });
    }
    if (program !== running) return; // it died over it, and `died` has said so
    gone = () => drop(number);
    if (channel) channel.onmessage = () => program?.logout(0, 0); // no page's call, nobody here
    port.onmessage = (event) => receive(number, hi, event.data);
    // The first to connect has configured the program; it refuses who has other destinations.
    apiOrigin = new URL(hi.options.api).origin;
    origins = new Set([apiOrigin, ...hi.options.allow]);
    requests.open({ postMessage: (body, transfer) => post(number, body, transfer) }, number);
    post(number, { t: "welcome", protocol, version, connection: number, lock: lock.name } satisfies ToPage);
  }

  function receive(number: number, hi: ToHost & { t: "hello" }, data: unknown): void {
    const connection = connections.get(number);
    if (!connection || !program) return;
    page = hi.page;
    const m = message<ToHost>(data);
    switch (m?.t) {
      case undefined:
        return requests.receive(number, data);
      case "login":
      case "logout":
      case "extend": {
        const call = ++secrets;
        calls.set(call, { connection: number, id: m.id });
        if (m.t === "login") {
          passwords[call] = m.password;
          return program.login(call, number, m.email, call);
        }
        if (m.t === "logout") connection.channel?.postMessage(0);
        return program[m.t](call, number);
      }
      case "cancel":
        for (const [call, { connection: from, id }] of calls) if (from === number && id === m.id) program.cancel(call);
        return;
      case "options":
        return void program.connect(number, m.options);
      case "away":
        connection.away = true;
        return watchLastTab(connection.endWithLastTab);
      case "back":
        connection.away = false;
        natives.clearTimeout(lastTab);
        program.look();
        post(number, { t: "state", snapshot: program?.snapshot(number), event: null, back: m.n });
        for (const [body, transfer] of connection.held.splice(0)) post(number, body, transfer);
        return;
      case "look":
        return program.look();
      case "present":
        return program.present(number);
      case "ping":
        return post(number, { t: "pong" } satisfies ToPage);
      case "bye":
        return drop(number);
    }
  }

  return {
    serve(port) {
      port.onmessage = (event) => {
        const hi = message<ToHost>(event.data);
        if (hi?.t === "hello") void hello(port, hi);
        else port.close();
      };
    },
    direct(deps) {
      const direct = createDirectFetch(gate, deps);
      directs.push(direct);
      return direct.send;
    },
  };
}

/** A lock that is held until this realm dies, the one sign of life that needs no timer. Pages queue for it. */
function heldLock(): { name: string; held: Promise<void> } {
  const { locks } = natives.scope.navigator;
  // In the page's own realm there is nothing to watch over.
  if (!locks || natives.scope.document) return { name: "", held: Promise.resolve() };
  const name = `exactlogin:${crypto.randomUUID()}`;
  return {
    name,
    held: new Promise((resolve) => {
      locks.request(name, () => {
        resolve();
        return new Promise(() => {});
      }).catch(() => resolve());
    }),
  };
}
