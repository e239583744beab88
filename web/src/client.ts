// The client: what `createExactLogin` returns. It keeps the last snapshot and the page's own clocks, nothing else.

import type { EndReason, ExactLogin, ExactLoginError, ExactLoginEventMap, LoginDetails, Session } from "../exactlogin.d.ts";
import { connect } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { failure, fromRecord } from "./errors.ts";
import type { DirectFetch } from "./fetch/direct.ts";
import { createFetch } from "./fetch/page.ts";
import { refusal } from "./fetch/prepare.ts";
import type { FetchDeps } from "./fetch/messages.ts";
import { loginDetails } from "./options.ts";
import type { Config } from "./options.ts";
import type { ErrorRecord, SessionEvent, Snapshot } from "./program.ts";
import type { ToPage } from "./protocol.ts";

/** A person who types is told of once in so many ms. */
const presenceEvery = 1000;

const nobody: Snapshot = {
  epoch: 0, sequence: 0, state: "signed-out", user: "", account: "", accountType: "", application: "", mode: "",
  permissions: [], accounts: [], deadline: 0, remaining: 0, canExtend: false, suspect: false, reason: "", cause: 0,
};

const refusals: Record<string, string> = {
  "signed-out": "nobody is signed in; log in first",
  "session-expired": "the session has expired; log in again",
  "user-changed": "another person has logged in",
  idle: "the person has been away for too long",
  "worker-crashed": "the session's worker has died; log in again",
  "forbidden-destination": "the token may not go there; see the option allow",
  disposed: "this client is disposed of; create another",
  unsupported: "this environment has no workers",
};

interface Pending {
  resolve(session: Session): void;
  reject(error: unknown): void;
}

export interface Client {
  client: ExactLogin;
  /** Takes newer options of those that may differ. */
  renew(config: Config): void;
}

export function createClient(config: Config, release: () => boolean): Client {
  const { api } = config.program;
  const inPage = typeof document === "object";
  const target = new EventTarget();
  const origins = new Set([new URL(api).origin, ...config.program.allow]);
  const shared = inPage && config.program.isolation === "worker" && typeof SharedWorker === "function";
  const hint = `exactlogin:${config.name}`;
  const end = new AbortController();
  const pending = new Map<number, Pending>();
  let ids = 0;
  let link: Promise<Connection> | undefined;
  let live: Connection | undefined;

  let seen = nobody;
  let seenWall = 0;
  let seenMonotonic = 0;
  let exposed: Session["exposed"] = "";
  /** What listeners were told of last. */
  let told = "";
  /** The `back` whose answer is awaited; until then what arrives is older than the page's sleep. */
  let awaited = 0;
  let presentAt = -presenceEvery;

  const fail = (code: string, phase = "fetch"): ExactLoginError => failure(code, `exactlogin: ${refusals[code] ?? code}`, { phase });

  /** Whether someone seems to be signed in: a shared worker of this origin may hold a session already. */
  function hinted(): boolean {
    if (!shared) return false;
    try {
      return localStorage.getItem(hint) !== null;
    } catch {
      return true; // unknown: only the worker can tell
    }
  }
  let restoring = hinted();

  function session(): Session {
    let { state, reason } = seen;
    let remainingMs = 0;
    if (state === "active" || state === "expiring") {
      // The wall clock counts a sleep, the other one cannot be set back: whichever went further. The deadline itself
      // catches a snapshot that waited in a frozen page's queue.
      const passed = Math.max(Date.now() - seenWall, performance.now() - seenMonotonic, 0);
      remainingMs = Math.max(0, Math.floor(Math.min(seen.remaining - passed, seen.deadline - Date.now())));
      if (!remainingMs) state = reason = "expired";
    }
    // Of whom it is, is told while it lives.
    const { epoch: _, sequence: _s, cause: _c, remaining: _r, ...told } = remainingMs ? seen : nobody;
    return Object.freeze({
      ...told, state: restoring ? "restoring" : state, remainingMs, reason: reason as EndReason | "", exposed,
      permissions: Object.freeze([...told.permissions]), accounts: Object.freeze([...told.accounts]),
    });
  }

  function emit(type: keyof ExactLoginEventMap, here: boolean): void {
    const now = session();
    target.dispatchEvent(Object.assign(new Event(type), { session: now, reason: now.reason, here }));
  }

  /** Commits a snapshot, then tells of it, and only of what differs. */
  function apply(next: Snapshot, event: SessionEvent | null): void {
    const former = session().state;
    restoring = false;
    // A new program knows nothing of how the last session ended.
    seen = next.state === "signed-out" && !next.reason ? { ...next, reason: seen.reason } : next;
    seenWall = Date.now();
    seenMonotonic = performance.now();
    const now = session();
    if (shared) try {
      if (now.remainingMs) localStorage.setItem(hint, "1");
      else localStorage.removeItem(hint);
    } catch {
      // No storage, no hint: the next page asks the worker.
    }
    const here = next.cause !== 0 && next.cause === live?.number;
    const state = JSON.stringify([now.remainingMs && next.epoch, { ...now, deadline: 0, remainingMs: 0 }]);
    const changed = told ? state !== told : now.state !== former;
    told = state;
    if (changed) emit("change", here);
    const type = event ? event.type : changed && now.state === "expired" ? "expired" : "change";
    // Whoever comes late to a warning hears of the end alone.
    if (type !== "change" && (type !== "expiring" || now.state === type)) emit(type, here);
  }

  function receive(m: ToPage): void {
    if (m.t === "state") {
      if (awaited && m.back !== awaited) return;
      awaited = 0;
      apply(m.snapshot, m.event);
    } else if (m.t === "settled") {
      const call = pending.get(m.id);
      pending.delete(m.id);
      const { result } = m;
      if (!result.ok) call?.reject(fromRecord(result.error));
      else {
        if (result.snapshot.sequence > seen.sequence) apply(result.snapshot, null);
        call?.resolve(session());
      }
    }
  }

  function closed(error: ExactLoginError): void {
    const lost = session().remainingMs > 0;
    live = link = undefined;
    awaited = 0;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
    if (end.signal.aborted) return;
    if (error.code === "worker-crashed") apply({ ...nobody, epoch: seen.epoch + 1, reason: lost ? error.code : seen.reason }, null);
    else if (restoring) {
      restoring = false;
      emit("change", false);
    }
  }

  function connected(): Promise<Connection> {
    if (end.signal.aborted) return Promise.reject(fail("disposed", "load"));
    if (!inPage) return Promise.reject(fail("unsupported", "load"));
    return link ??= connect(config, { receive, closed }, end.signal).then((connection) => {
      exposed = connection.exposed;
      return live = connection;
    });
  }

  async function call(message: { t: "login"; email: string; password: string } | { t: "logout" | "extend" }, signal?: AbortSignal): Promise<Session> {
    const id = ++ids;
    if (signal?.aborted) throw signal.reason;
    let abort!: () => void;
    const aborted = new Promise<never>((_, reject) => (abort = () => reject(signal!.reason)));
    signal?.addEventListener("abort", abort);
    try {
      const connection = await Promise.race([aborted, connected()]);
      const done = new Promise<Session>((resolve, reject) => pending.set(id, { resolve, reject }));
      connection.send({ ...message, id });
      return await Promise.race([aborted, done]);
    } finally {
      signal?.removeEventListener("abort", abort);
      if (pending.delete(id)) live?.send({ t: "cancel", id });
    }
  }

  const deps: Omit<FetchDeps, "background"> = {
    api,
    allowed: (origin) => origins.has(origin),
    whenSignedOut: config.program.whenSignedOut,
    httpCache: config.httpCache,
    connect: async () => (await connected()).wire,
    error: (what: ErrorRecord | string) => (typeof what === "string" ? fail(what) : fromRecord(what)),
    refusal() {
      if (end.signal.aborted) return "disposed";
      const { state, reason } = session();
      return state === "expired" ? (reason === "idle" ? reason : "session-expired") : state === "signed-out" ? state : "";
    },
  };

  /** With page isolation requests are sent by the host's file, which comes when it is needed: the arguments are taken at once. */
  function inThisPage(background: boolean): typeof fetch {
    let owner: Connection | undefined;
    let send: DirectFetch["send"];
    return createFetch({ ...deps, background }, async (prepared, all) => {
      if (!live && !prepared.signal.aborted) {
        const refused = refusal(prepared, all);
        if (refused) throw fail(refused);
      }
      const connection = live ?? await connected();
      if (owner !== connection) send = (owner = connection).host!.direct(all);
      return send(prepared);
    });
  }
  const make = config.program.isolation === "page" ? inThisPage : (background: boolean): typeof fetch => createFetch({ ...deps, background });

  const look = (): void => live?.send({ t: "look" });
  const back = (): void => {
    if (live) {
      awaited = ++ids;
      live.send({ t: "back", n: awaited });
    }
  };
  function present(): void {
    const now = performance.now();
    if (!live || now - presentAt < presenceEvery || session().remainingMs <= 0) return;
    presentAt = now;
    live.send({ t: "present" });
  }
  const on = (where: EventTarget, types: string, listener: (event: Event) => void): void => {
    for (const type of types.split(" ")) where.addEventListener(type, listener, { capture: true, passive: true, signal: end.signal });
  };
  if (inPage) {
    on(window, "pointerdown keydown touchstart wheel", present);
    on(window, "focus online", look);
    on(window, "pagehide", (event) => live?.send({ t: (event as PageTransitionEvent).persisted ? "away" : "bye" }));
    on(window, "pageshow", (event) => (event as PageTransitionEvent).persisted && back());
    on(document, "resume", back);
    on(document, "visibilitychange", () => {
      look();
      if (document.visibilityState === "visible") present();
    });
    // Someone has logged in, in a tab that this one has no line to yet.
    on(window, "storage", ({ key, newValue }: StorageEventInit) => {
      if (shared && key === hint && newValue) connected().catch(() => {});
    });
  }

  const settled = (): Session => session();
  const own = {
    api,
    fetch: make(false),
    backgroundFetch: make(true),
    ready: restoring ? connected().then(settled, settled) : Promise.resolve(session()),
    async login(details: LoginDetails) {
      const { signal, ...rest } = loginDetails(details);
      return call({ t: "login", ...rest }, signal);
    },
    async logout() {
      // Where nobody is known to be signed in there is nothing to start a worker for.
      return link || hinted() || end.signal.aborted ? call({ t: "logout" }) : session();
    },
    extend: () => call({ t: "extend" }),
    preload: () => connected().then(() => {}),
    dispose() {
      if (release()) end.abort(fail("disposed", "load"));
    },
  };
  // Frozen: frameworks leave it alone, and no script can put a `fetch` of its own in.
  const client = Object.freeze(Object.defineProperty(Object.assign(target, own), "session", { get: session, enumerable: true })) as unknown as ExactLogin;
  return {
    client,
    renew(newer) {
      config = newer;
      live?.send({ t: "options", options: newer.program });
    },
  };
}
