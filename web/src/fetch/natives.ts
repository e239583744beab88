// The browser's own functions as they were when this module ran. Whoever replaces them later (an interceptor, a test,
// an attacker) neither meets our requests nor, in page isolation, the token.

const { apply } = Reflect;
const { getOwnPropertyDescriptor } = Object;

/** A method that takes its `this` first. */
export const method = <T extends object, A extends unknown[], R>(f: ((this: T, ...args: A) => R) | undefined) =>
  (self: T, ...args: A): R => apply(f as (this: T, ...args: A) => R, self, args);

/** A getter that takes its `this`, and throws a TypeError for an object of another kind. The interface may be missing (Node). */
export const getter = <T extends object, K extends keyof T>(of: { prototype: T } | undefined, name: K) =>
  method<T, [], T[K]>(of && getOwnPropertyDescriptor(of.prototype, name)?.get);

const realm: Partial<typeof globalThis> = globalThis;

export const NativeRequest = realm.Request as typeof Request;
export const NativeResponse = realm.Response as typeof Response;
export const NativeURL = realm.URL as typeof URL;
export const nativeFetch = realm.fetch as typeof fetch;

export const requestURL = getter(realm.Request, "url");
export const requestMode = getter(realm.Request, "mode");
export const requestSignal = getter(realm.Request, "signal");
export const requestHeaders = getter(realm.Request, "headers");
export const urlOrigin = getter(realm.URL, "origin");
export const urlProtocol = getter(realm.URL, "protocol");
export const headersHas = method(realm.Headers?.prototype.has);

/** Whether a getter takes a value as its own, whatever realm made it. */
export function isOwn(get: (value: never) => unknown, value: unknown): boolean {
  try {
    get(value as never);
    return true;
  } catch {
    return false;
  }
}
