import type { Pass } from "../program.ts";
import type { Gate } from "./messages.ts";

/**
 * Tells the session how a request that carried the token ended. An answer from a foreign origin after a redirect says
 * nothing on the session, and neither does one of which the token's journey is unknown: after any redirect, or perhaps
 * out of the HTTP cache, the deadline does not move.
 */
export function observe(gate: Gate, pass: Pass | null, origin: string, method: string, cache: string, response: Response | null): void {
  if (!pass?.secret) return;
  const own = response && (!response.url || new URL(response.url).origin === origin);
  // A 401 is kept by a cache only if it says so, and is no more than a doubt.
  const fresh = response?.status === 401 || ["no-store", "reload", "no-cache"].includes(cache) || !["GET", "HEAD"].includes(method);
  gate.observed(pass, own ? response.status : 0, Boolean(own) && origin === gate.origin && !response?.redirected && fresh);
}
