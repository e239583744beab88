// The seam between the host (JavaScript) and the Go program: plain data and synchronous calls, none of which throws.
// Neither the token nor a password crosses it: the program knows them by number.

/** What the host offers the program. */
export interface Realm {
  ready(program: Program): void;
  /** ms since 1970. */
  wall(): number;
  /** ms, never going back. */
  monotonic(): number;
  online(): boolean;
  /** Sends one request of the program's own; `answered` follows exactly once, in a later task. */
  send(id: number, spec: SendSpec): void;
  abort(id: number): void;
  /** This token is the session's from now on, every other is forgotten; 0 forgets all. */
  keep(secret: number): void;
  /** The one timer: `look` after so many ms; negative for none. */
  wake(ms: number): void;
  publish(connection: number, snapshot: Snapshot, event: SessionEvent | null): void;
  settle(call: number, result: Settled): void;
}

export interface SendSpec {
  method: string;
  url: string;
  /** ms */
  timeout: number;
  /** The token to send, 0 for none. */
  authorize: number;
  headers: [string, string][];
  /** For a log-in: a JSON object without its password. */
  body: string | null;
  /** The pending password to add to the body, 0 for none. */
  password: number;
  /** Take the answer's `token` away and name it by `Answer.secret`. */
  takeToken: boolean;
  keepalive: boolean;
}

export type Answer =
  | { ok: true; status: number; date: number; retryAfter: string; secret: number; json: unknown }
  | { ok: false; kind: "network" | "timeout" | "aborted"; offline: boolean };

/** What the program offers the host. */
export interface Program {
  version: string;
  connect(connection: number, options: ProgramOptions): Problem | null;
  disconnect(connection: number): void;
  login(call: number, connection: number, email: string, password: number): void;
  logout(call: number, connection: number): void;
  extend(call: number, connection: number): void;
  cancel(call: number): void;
  answered(id: number, answer: Answer): void;
  pass(origin: string, method: string, background: boolean): Pass;
  observed(epoch: number, secret: number, start: number, status: number, slides: boolean): void;
  present(connection: number): void;
  look(): void;
  snapshot(connection: number): Snapshot;
  end(reason: string): void;
}

/** The program's word on one request of the page. */
export interface Pass {
  secret: number;
  epoch: number;
  /** When it was asked, by the session's clock. */
  start: number;
  /** Empty, or the error code of the refusal. */
  refuse: string;
  cacheable: boolean;
}

export interface ProgramOptions {
  api: string;
  allow: string[];
  application: string;
  mode: string;
  persistence: string;
  isolation: string;
  revoke: Template | null;
  keepAlive: Template | null;
  verify: Template | null;
  expiry: "sliding" | "fixed";
  lifetime: number;
  idleAfter: number;
  idleBackground: number;
  maxLifetime: number;
  on401: "verify" | "end" | "ignore";
  warnBefore: number;
  whenSignedOut: "refuse" | "pass";
}

export interface Template {
  method: string;
  path: string;
  headers: [string, string][];
  body: string | null;
}

/** Why a connection was refused. */
export interface Problem {
  code: string;
  message: string;
  option: string;
}

export type Settled = { ok: true; snapshot: Snapshot } | { ok: false; error: ErrorRecord };

export interface ErrorRecord {
  code: string;
  phase: string;
  message: string;
  retryable: boolean;
  /** 0 for none. */
  status: number;
  /** ms, -1 for none. */
  retryAfter: number;
  offline: boolean;
  issues: { code: string; path: string; message: string }[];
}

export interface Snapshot {
  /** +1 with every log-in and end. */
  epoch: number;
  /** +1 with every publication. */
  sequence: number;
  state: "signed-out" | "restoring" | "active" | "expiring" | "expired";
  user: string;
  account: string;
  accountType: string;
  application: string;
  mode: string;
  permissions: string[];
  accounts: string[];
  /** ms since 1970, 0 for none. */
  deadline: number;
  /** ms */
  remaining: number;
  canExtend: boolean;
  suspect: boolean;
  /** Why the last session ended, "" for none. */
  reason: string;
  /** The connection that caused the last change, 0 for none. */
  cause: number;
}

export interface SessionEvent {
  type: "change" | "expiring" | "extended" | "expired" | "unauthorized";
}
