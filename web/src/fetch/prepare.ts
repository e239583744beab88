// The caller's arguments, read as the browser reads them: by a native `Request`, so that what is wrong with them is
// said in its words and order.

import type { FetchDeps } from "./messages.ts";
import {
  NativeRequest, NativeURL, headersHas, isOwn, requestHeaders, requestMode, requestSignal, requestURL, urlOrigin, urlProtocol,
} from "./natives.ts";

const { get } = Reflect;

/** What was read of the caller's `init`, each member once. */
export interface Members {
  body?: unknown;
  cache?: unknown;
  headers?: unknown;
  priority?: RequestPriority;
  signal?: unknown;
}

/** A request for a destination that gets the token. */
export interface Prepared {
  request: Request;
  members: Members;
  origin: string;
  /** The caller's Request, if that was the input: its body's kind and its signal cannot be known otherwise. */
  derived: boolean;
  /** The caller brought an `Authorization` of their own. */
  bare: boolean;
  signal: AbortSignal;
}

/** The origin of an http(s) URL; empty for any other: `blob:` and `data:` are the page's alone. */
function originOf(url: string, base: string | undefined): string {
  try {
    const parsed = new NativeURL(url, base);
    return /^https?:$/.test(urlProtocol(parsed)) ? urlOrigin(parsed) : "";
  } catch {
    return "";
  }
}

/**
 * Reads the arguments of one call. For a destination that does not get the token it returns the arguments for the
 * browser's own `fetch`: as they came, but for an object that had to be made a string, which is done once.
 */
export function prepare(allowed: (origin: string) => boolean, input: RequestInfo | URL, init: RequestInit | undefined): Prepared | [RequestInfo | URL, RequestInit | undefined] {
  const derived = typeof input === "object" && isOwn(requestURL, input);
  const target = derived ? input as Request : `${input as string}`;
  const base = globalThis.document?.baseURI;
  if (!allowed(originOf(derived ? requestURL(target as Request) : target as string, base))) return [target, init];

  // A getter in `init` may count its calls or answer differently the second time: the Request reads, we look on.
  const members: Members = Object.create(null);
  const request = new NativeRequest(target, Object(init) === init
    ? new Proxy(init as object, { __proto__: null, get: (of: object, name: keyof Members) => (members[name] = get(of, name)) } as ProxyHandler<object>)
    : init);
  // The last word on where it goes is the Request's. Without CORS it could not carry the token.
  const origin = originOf(requestURL(request), undefined);
  if (!allowed(origin) || requestMode(request) === "no-cors") return [request, undefined];
  return { request, members, origin, derived, bare: headersHas(requestHeaders(request), "authorization"), signal: requestSignal(request) };
}

/**
 * The error code of a refusal before any network, or empty. A caller's own `Authorization` needs no session.
 */
export function refusal({ bare }: Prepared, deps: Pick<FetchDeps, "refusal" | "whenSignedOut">): string {
  const code = deps.refusal();
  return code !== "disposed" && (bare || (code === "signed-out" && deps.whenSignedOut === "pass")) ? "" : code;
}
