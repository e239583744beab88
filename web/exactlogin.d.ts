/**
 * Sign-in for Exact Payments from a web page.
 *
 * A small Go program, run as WebAssembly in a shared worker, holds the session; the page gets a `fetch` that is
 * authenticated. The token never enters the page (with `isolation: "worker"`, the default).
 *
 * All times are in milliseconds.
 */

/** Creates the client, or returns the page's client of that `name`. Synchronous; nothing is fetched before it is needed. Throws an {@link ExactLoginError} for a bad option. */
export function createExactLogin(options: ExactLoginOptions): ExactLogin;

/** Tells whether a caught value is an {@link ExactLoginError}, of this copy of the module or of another one. */
export function isExactLoginError(value: unknown): value is ExactLoginError;

/** The version of this module. */
export const version: string;

export interface ExactLoginOptions {
  /** Where the API is: Exact's `"sandbox"` or `"production"`, or a base URL (https; http only on loopback). Required. */
  api: "sandbox" | "production" | (string & {});
  /** Names the session: pages of one origin that use the same name share it. 1 to 64 letters, digits, `.`, `_` or `-`. Default `"exactlogin"`. */
  name?: string | undefined;
  /** The application to log in to. Leave it out in a browser: Exact knows it from the page's origin. Default: none is sent. */
  application?: string | undefined;
  /** Sent with the log-in. Default: none is sent. */
  mode?: "test" | "live" | undefined;
  /** More origins that get the token, such as `https://gateway.example`: exact, https (http only on loopback), no path. Default `[]`. */
  allow?: readonly string[] | undefined;
  /** Where the session is held. `"worker"`: out of the page's reach. `"page"`: in the page itself, weaker, for environments without workers; never chosen by itself. Default `"worker"`. */
  isolation?: "worker" | "page" | undefined;
  /** How long the session is kept: `"memory"` only so far. Default `"memory"`. */
  persistence?: "memory" | undefined;
  /** `"sliding"`: an accepted answer moves the deadline, as Exact's does. `"fixed"`: the deadline stays where log-in put it. Default `"sliding"`. */
  expiry?: "sliding" | "fixed" | undefined;
  /** The longest lifetime of a token, and the one assumed where the API tells none. ms, 1,000 to 2,592,000,000 (30 days). Default 7,200,000 (2 hours). */
  lifetime?: number | undefined;
  /** How long before the deadline `expiring` is fired, but at most half the lifetime. ms, 0 to 86,400,000 (a day). Default 300,000 (5 minutes). */
  warnBefore?: number | undefined;
  /** Ends or limits the session of a person who does nothing. */
  idle?: {
    /** Ends the session after so long without a pointer, key, touch or wheel in any tab. ms, 1,000 to 2,592,000,000; 0 for never. Default 0. PCI DSS 8.2.8 asks for 900,000 (15 minutes). */
    after?: number | undefined;
    /** Refuses {@link ExactLogin.backgroundFetch} after so long without. ms, 1,000 to 2,592,000,000; 0 for never. Default 0. */
    background?: number | undefined;
  } | undefined;
  /** Ends the session so long after log-in, whatever happens. ms, 1,000 to 2,592,000,000; 0 for never. Default 0. */
  maxLifetime?: number | undefined;
  /** The request that {@link ExactLogin.extend} sends. Default: none, and the session cannot be extended on demand. A path alone means `GET`. */
  keepAlive?: RequestTemplate | undefined;
  /** A harmless request that settles whether a 401 means the end. At most one at a time. Default: none. A path alone means `GET`. */
  verify?: RequestTemplate | undefined;
  /** Sent at log-out, best effort. Default: none. A path alone means `DELETE`. */
  revoke?: RequestTemplate | undefined;
  /** What a 401 does, which may only mean a missing permission. `"verify"`: asks by `verify`, if there is one; `"end"`: ends the session; `"ignore"`. Default `"verify"`. */
  on401?: "verify" | "end" | "ignore" | undefined;
  /** What `fetch` does with a request to the API while signed out. `"refuse"`: rejects before any network. `"pass"`: sends it without the token. Default `"refuse"`. */
  whenSignedOut?: "refuse" | "pass" | undefined;
  /** `"no-store"`: requests with the token stay out of the HTTP cache unless they say otherwise. `"native"`: as the browser does. Default `"no-store"`. */
  httpCache?: "no-store" | "native" | undefined;
  /** Ends the session so long after the last tab was closed. Without it a shared worker may outlive the last tab by minutes. ms, 0 to 2,147,483,647. Default: not ended. */
  endWithLastTab?: number | undefined;
  /** The folder of the worker and the wasm, on the page's own origin. Default: the module's own folder. */
  assets?: string | undefined;
}

/** A request as data. `{account}` and `{user}` are filled in from the session. */
export type RequestTemplate = string | {
  /** Default as the option says. */
  method?: string | undefined;
  /** Begins with `/`; joined to `api`. */
  path: string;
  /** Default `{}`. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Default: none. */
  body?: string | undefined;
};

/** `restoring`: a session of this origin is being looked up. `expiring`: the warning time has come. */
export type SessionState = "signed-out" | "restoring" | "active" | "expiring" | "expired";

/** Why the last session ended. */
export type EndReason =
  | "logout" | "idle" | "max-lifetime" | "expired" | "rejected" | "user-changed" | "updated" | "last-tab-closed" | "worker-crashed";

/** The session at one moment: a frozen copy without any secret. Unknown strings are empty. */
export interface Session {
  readonly state: SessionState;
  readonly user: string;
  readonly account: string;
  readonly accountType: string;
  readonly application: string;
  readonly mode: string;
  readonly permissions: readonly string[];
  readonly accounts: readonly string[];
  /** When it will end if nothing happens: ms since 1970, 0 without a session. */
  readonly deadline: number;
  /** ms until then, 0 without a session. */
  readonly remainingMs: number;
  /** Whether {@link ExactLogin.extend} can be used: a session is alive and `keepAlive` is set. */
  readonly canExtend: boolean;
  /** A 401 has raised doubts that are not settled. */
  readonly suspect: boolean;
  /** Why the last session ended, or empty. */
  readonly reason: EndReason | "";
  /** `"service-worker"`: requests that carry the token may pass through a service worker of this origin. */
  readonly exposed: "service-worker" | "";
}

export interface LoginDetails {
  email: string;
  /** Sent byte for byte, kept nowhere. */
  password: string;
  /** Aborts the log-in: it rejects with the signal's reason, and a late answer is dropped. */
  signal?: AbortSignal | undefined;
}

/** Each is dispatched after the state has changed. */
export interface ExactLoginEventMap {
  /** The session's state, person or doubt has changed. */
  change: ExactLoginEvent;
  /** The deadline is near: once per deadline. */
  expiring: ExactLoginEvent;
  /** The deadline has moved away again, after `expiring`. */
  extended: ExactLoginEvent;
  /** The session has ended by itself. */
  expired: ExactLoginEvent;
  /** The API has answered 401 to the current token. */
  unauthorized: ExactLoginEvent;
  /** The session cannot be stored and lives in memory. */
  "storage-degraded": ExactLoginEvent;
}

export interface ExactLoginEvent extends Event {
  readonly type: keyof ExactLoginEventMap;
  /** As it was when the event was dispatched. */
  readonly session: Session;
  /** Why the session ended, or empty. */
  readonly reason: EndReason | "";
  /** Whether this page caused it. */
  readonly here: boolean;
}

export interface ExactLogin extends EventTarget {
  /** The base URL of the API, without a slash at its end. */
  readonly api: string;
  /** The session now, judged by the clock: reading it sends nothing. */
  readonly session: Session;
  /** Settles when `session` is no longer `restoring`; never rejects. */
  readonly ready: Promise<Session>;
  /** As the browser's own, with the token for `api` and `allow`. Usable without `this`. */
  readonly fetch: typeof globalThis.fetch;
  /** As `fetch`, but refused once the person has been idle for `idle.background`. */
  readonly backgroundFetch: typeof globalThis.fetch;
  /** Sent once, never retried. */
  login(details: LoginDetails): Promise<Session>;
  /** Ends the session in every tab, offline too. */
  logout(): Promise<Session>;
  /** Sends `keepAlive` once for all who ask, and moves the deadline. */
  extend(): Promise<Session>;
  /** Starts the worker before it is needed. */
  preload(): Promise<void>;
  /** Releases what one `createExactLogin` took; the last one closes the connection. The session goes on. */
  dispose(): void;
  addEventListener<K extends keyof ExactLoginEventMap>(
    type: K,
    listener: ((this: ExactLogin, event: ExactLoginEventMap[K]) => void) | { handleEvent(event: ExactLoginEventMap[K]): void } | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof ExactLoginEventMap>(
    type: K,
    listener: ((this: ExactLogin, event: ExactLoginEventMap[K]) => void) | { handleEvent(event: ExactLoginEventMap[K]): void } | null,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

/** Every code of an {@link ExactLoginError}. */
export type ExactLoginErrorCode =
  /** An option or argument is missing, unknown or of the wrong kind. */
  | "invalid-option"
  /** This environment has no workers (or no WebAssembly). */
  | "unsupported"
  /** The running session has another value for an option that cannot differ. */
  | "already-configured"
  /** The worker or the wasm could not be loaded. The next call tries again. */
  | "load-failed"
  /** The worker died; the session is lost. The next call starts another. */
  | "worker-crashed"
  /** The client has been disposed of. */
  | "disposed"
  /** A log-in is already pending, here or in another tab. */
  | "in-progress"
  /** The API refused the request as malformed; see `issues`. */
  | "invalid-request"
  /** E-mail or password is wrong, or the account is not open to this person. */
  | "invalid-credentials"
  | "password-expired"
  | "locked"
  /** Too many tries; see `retryAfter`. */
  | "rate-limited"
  /** The API answered with a server error. */
  | "unavailable"
  /** No answer: offline, or the API does not allow this origin. */
  | "network"
  /** The API accepted, but its answer cannot be read. */
  | "malformed-response"
  | "timeout"
  | "signed-out"
  | "session-expired"
  /** Another person has logged in since the request was made. */
  | "user-changed"
  /** The person has been idle for too long. */
  | "idle"
  /** `keepAlive` is not configured, so the session cannot be extended on demand. */
  | "extend-unavailable"
  /** The token would have gone where it must not. */
  | "forbidden-destination"
  /** The session may not do this: a permission is missing (or, after a 401, the session has ended). */
  | "forbidden"
  /** The API knows no such application or application token, or none that the session reaches. */
  | "not-found";

/** What the API said about a malformed request. */
export interface Issue {
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

export interface ExactLoginError extends Error {
  readonly name: "ExactLoginError";
  readonly code: ExactLoginErrorCode;
  /** What was being done: `"options"`, `"load"`, `"login"`, `"logout"`, `"extend"`, `"fetch"`, `"application-tokens"`. */
  readonly phase: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** The HTTP status, where the API answered. */
  readonly status?: number;
  /** ms to wait, where the API said so. */
  readonly retryAfter?: number;
  /** Whether the browser says it is offline. */
  readonly offline?: boolean;
  /** What is wrong with an `invalid-request`. */
  readonly issues?: readonly Issue[];
  readonly cause?: unknown;
}
