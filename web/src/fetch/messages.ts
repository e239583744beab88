// What crosses the port for a `fetch`, and what the two sides ask of those who hold the port.
//
// Every message has the request's number `f` and a kind `k`, and always all the fields of its kind: a field left out
// would be looked up on the receiving realm's `Object.prototype`.

import type { ErrorRecord, Pass } from "../program.ts";

/** A request as plain data: what a native `Request` says of itself, after it has checked the caller's arguments. */
export interface RequestRecord {
  method: string;
  url: string;
  /** Names as the caller wrote them, where that is known. */
  headers: [string, string][];
  mode: RequestMode;
  credentials: RequestCredentials;
  /** Empty if the caller left it open and the token shall decide. */
  cache: RequestCache | "";
  redirect: RequestRedirect;
  /** Absolute, or empty for none: never left to the worker, whose own URL it would be. */
  referrer: string;
  referrerPolicy: ReferrerPolicy;
  integrity: string;
  keepalive: boolean;
  priority: RequestPriority;
  /** Refused once the person has been idle for long. */
  background: boolean;
}

/** `true`: a stream follows as `data`. A Blob crosses by reference. */
export type RequestPayload = string | ArrayBuffer | Blob | null | true;

/** A response's own words, kept apart because `new Response` can say few of them. */
export interface Head {
  url: string;
  type: ResponseType;
  redirected: boolean;
  status: number;
  ok: boolean;
  statusText: string;
}

/** From the page to the host. */
export type Question =
  | { f: number; k: "open"; request: RequestRecord; body: RequestPayload }
  /** The caller aborted, or cancelled the body: the connection closes. */
  | { f: number; k: "abort" }
  | Flow;

/** From the host to the page. */
export type Reply =
  /** `body`: the bytes so far, `null` for a response without a body; `whole`: no more will come. */
  | { f: number; k: "head"; head: Head; headers: [string, string][]; body: ArrayBuffer | null; whole: boolean }
  /** The network takes no more of the upload. */
  | { f: number; k: "stop" }
  /** The request was refused, or its session has ended: an error code. */
  | { f: number; k: "refuse"; code: string }
  | Flow;

/** A body under way, in either direction. */
export type Flow =
  | { f: number; k: "data"; chunk: Uint8Array }
  | { f: number; k: "end" }
  /** A network error, in the browser's words. */
  | { f: number; k: "fail"; message: string }
  /** So many more bytes may be sent. */
  | { f: number; k: "grant"; bytes: number };

export type FetchMessage = Question | Reply;

/** The page's end of the port. */
export interface Wire {
  post(message: FetchMessage, transfer?: Transferable[]): void;
  listen(id: number, handler: (message: FetchMessage) => void): void;
  unlisten(id: number): void;
  /** Resolves with the reason when nothing more will come: the worker died, the client was disposed of. */
  closed: Promise<Error>;
}

export interface FetchDeps {
  /** The API's base URL. */
  api: string;
  /** Whether an origin gets the token. */
  allowed(origin: string): boolean;
  whenSignedOut: "refuse" | "pass";
  httpCache: "no-store" | "native";
  connect(): Promise<Wire>;
  error(what: ErrorRecord | string): Error;
  background: boolean;
  /** The error code of a refusal that needs no worker, or empty. */
  refusal(): string;
}

/** What the session says on one request. */
export interface Gate {
  /** The API's own origin. */
  readonly origin: string;
  /** Whether an origin gets the token. Asked again here: the page is not to be believed. */
  allowed(origin: string): boolean;
  pass(origin: string, method: string, background: boolean): Pass;
  observed(pass: Pass, status: number, slides: boolean): void;
  /** The header's value. */
  authorize(pass: Pass): string;
}
