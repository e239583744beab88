// `fetch` in the page, for a session in the page: the browser's own, with one header more. Only what was captured when
// the module ran touches the token, and no array of it is handed out: a page could have replaced how arrays are iterated.

import type { Pass } from "../program.ts";
import { NativeRequest, getter, method, nativeFetch, requestHeaders } from "./natives.ts";
import type { FetchDeps, Gate } from "./messages.ts";
import { observe } from "./observe.ts";
import { type Prepared, refusal } from "./prepare.ts";

const NativeAbortController = globalThis.AbortController;
const requestMethod = getter(NativeRequest, "method");
const requestCache = getter(NativeRequest, "cache");
const requestReferrer = getter(NativeRequest, "referrer");
const requestReferrerPolicy = getter(NativeRequest, "referrerPolicy");
const headersSet = method(Headers.prototype.set);

export interface DirectFetch {
  send(prepared: Prepared): Promise<Response>;
  /** Ends every request that carried a token of that epoch, and its body. */
  endEpoch(epoch: number, code: string): void;
}

/** What page isolation's `fetch` does with a request for the API. `connect` is awaited where the program is not there. */
export function createDirectFetch(gate: Gate, deps: Omit<FetchDeps, "connect"> & { connect(): Promise<unknown> }): DirectFetch {
  const any = AbortSignal.any?.bind(AbortSignal);
  // One signal per epoch: a request lets go of it by itself when its body has ended.
  const epochs = new Map<number, AbortController>();

  const authorized = ({ request, members, signal }: Prepared, pass: Pass): Request => {
    let epoch = epochs.get(pass.epoch);
    if (!epoch) epochs.set(pass.epoch, epoch = new NativeAbortController());
    const cache = requestCache(request);
    const open = deps.httpCache === "no-store" && cache === "default" && members.cache === undefined;
    const own = new NativeRequest(request, {
      __proto__: null,
      cache: open ? "no-store" : cache,
      signal: any ? any([signal, epoch.signal]) : signal,
      // Any member of this list resets these two.
      referrer: requestReferrer(request),
      referrerPolicy: requestReferrerPolicy(request),
      priority: members.priority,
    } as RequestInit);
    headersSet(requestHeaders(own), "Authorization", gate.authorize(pass));
    return own;
  };

  const send = async (prepared: Prepared): Promise<Response> => {
    const { request, origin, bare, signal } = prepared;
    if (signal.aborted) return nativeFetch(request);
    const refuse = (code: string): never => {
      void request.body?.cancel().catch(() => {});
      throw deps.error(code);
    };
    const refused = refusal(prepared, deps);
    if (refused) refuse(refused);
    if (bare) return nativeFetch(request);
    const ask = () => gate.pass(origin, requestMethod(request), deps.background);
    let pass = ask();
    // Only after a crash is there anything to wait for: else the request goes out, and locks its stream, in the call.
    if (pass.refuse === "worker-crashed") {
      await deps.connect();
      pass = ask();
    }
    if (pass.refuse) refuse(pass.refuse);
    if (!pass.secret) return nativeFetch(request);
    const own = authorized(prepared, pass);
    let response: Response | null = null;
    try {
      return response = await nativeFetch(own);
    } finally {
      observe(gate, pass, origin, requestMethod(own), requestCache(own), response);
    }
  };

  return {
    send,
    endEpoch(epoch, code) {
      epochs.get(epoch)?.abort(deps.error(code));
      epochs.delete(epoch);
    },
  };
}
