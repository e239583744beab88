// A native `Response` that says what the browser's own answer said: `new Response` knows no `url`, no `type`, no
// immutable headers, not every status. It gets a prototype of its own between it and `Response.prototype`, so that it
// has no own property more than a native one, and its clones the same.

import { NativeResponse, getter, method } from "./natives.ts";
import type { Head } from "./messages.ts";

const { create, defineProperty, setPrototypeOf } = Object;

/** Why the body cannot be read any more; asked at each reading. */
export type Failure = () => { reason: unknown } | null;

const known = new WeakMap<object, { head: Head; failure: Failure }>();

/** The two prototypes, made at the first response: importing this module touches nothing. */
let responses: object | undefined;
let headers: object;

const adopt = (response: Response, head: Head, failure: Failure): Response => {
  known.set(response, { head, failure });
  return setPrototypeOf(response, responses ??= makePrototypes()) as Response;
};

function makePrototypes(): object {
  const of = NativeResponse.prototype;
  const prototype: object = create(of);
  // Enumerable, named and counting arguments as the ones they stand before.
  const define = (on: object, name: string, descriptor: PropertyDescriptor) =>
    defineProperty(on, name, { __proto__: null, configurable: true, enumerable: true, ...descriptor } as PropertyDescriptor);
  const replace = (on: object, name: string, native: (...args: never[]) => unknown, make: { [name: string]: (this: never, ...args: unknown[]) => unknown }) =>
    define(on, name, { writable: true, value: defineProperty(make[name] as object, "length", { __proto__: null, value: native.length } as PropertyDescriptor) });

  for (const name of ["url", "type", "redirected", "status", "ok", "statusText"] as const) {
    const native = getter(NativeResponse, name);
    define(prototype, name, { get(this: Response) { const it = known.get(this); return it ? it.head[name] : native(this); } });
  }

  // The errors are the browser's own: `Response.error()` has immutable headers.
  headers = create(Headers.prototype);
  for (const name of ["append", "delete", "set"] as const) {
    const native = Headers.prototype[name] as (...args: unknown[]) => void;
    const change = method(native);
    replace(headers, name, native, { [name](...args) { change(NativeResponse.error().headers, ...args); } });
  }
  const nativeHeaders = getter(NativeResponse, "headers");
  define(prototype, "headers", { get(this: Response) { return setPrototypeOf(nativeHeaders(this), headers); } });

  // A stream that fails gives its reason to its reader, but not to these, and they would not see an abort at once.
  const used = getter(NativeResponse, "bodyUsed");
  for (const name of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const) {
    const native = of[name] as (() => Promise<unknown>) | undefined;
    if (!native) continue;
    const read = method(native);
    replace(prototype, name, native, {
      [name](this: Response) {
        const it = known.get(this);
        if (!it || used(this)) return read(this);
        const failed = it.failure();
        return failed ? Promise.reject(failed.reason) : read(this).catch((e: unknown) => { throw (it.failure() ?? { reason: e }).reason; });
      },
    });
  }

  const clone = method(of.clone);
  replace(prototype, "clone", of.clone, {
    clone(this: Response) {
      const it = known.get(this);
      const copy = clone(this);
      return it ? adopt(copy, it.head, it.failure) : copy;
    },
  });
  return prototype;
}

/** Makes the page's response. `body` is null only where the browser's own was. */
export function makeResponse(head: Head, fields: [string, string][], body: BodyInit | null, failure: Failure): Response {
  // 0 is an opaque redirect. 204 with a body, which Chromium has for it, and 999 cannot be constructed.
  const { status, statusText } = head;
  const constructible = status >= 200 && status <= 599 && (!body || ![204, 205, 304].includes(status));
  return adopt(status ? new NativeResponse(body, {
    __proto__: null,
    headers: fields,
    status: constructible ? status : 200,
    statusText: /^[\t -~\x80-\xff]*$/.test(statusText) ? statusText : "",
  } as ResponseInit) : NativeResponse.error(), head, failure);
}
