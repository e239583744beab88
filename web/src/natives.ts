// The realm's own functions, as they were when this module ran. With page isolation the host shares its realm with
// scripts that may replace any of them later, to be handed the token by the next call.
// The rules that go with them, wherever a token or password passes: no method calls, only these; objects without a
// prototype; no promise whose value is an object with a secret; `own` around each promise that is awaited.

const { apply, defineProperty } = Reflect;
const promise = Promise;

type Method<T, A extends unknown[], R> = (this: T, ...args: A) => R;

/** A method as a function of its object. */
const free = <T, A extends unknown[], R>(method: Method<T, A, R>) => (self: T, ...args: A): R => apply(method, self, args);

function getter<T extends object, K extends keyof T>(prototype: T, key: K): (self: T) => T[K] {
  const { get } = Object.getOwnPropertyDescriptor(prototype, key)!;
  return (self) => apply(get!, self, []) as T[K];
}

/** An object that inherits nothing. */
export const bare = <T extends object>(members: T): T => ({ __proto__: null, ...members });

/** Makes a promise safe to await: `await` reads `constructor`, which a page could have made a getter on the prototype. */
export function own<T>(value: Promise<T>): Promise<T> {
  defineProperty(value, "constructor", bare({ value: promise }));
  return value;
}

const scope = globalThis;
const { AbortController, Response, TransformStream, performance } = scope;

export const natives = {
  scope,
  parse: JSON.parse,
  stringify: JSON.stringify,
  hasOwn: Object.hasOwn,
  slice: free(String.prototype.slice),
  // The clocks are looked up at each call: no secret passes through them, and a test can move them.
  wall: (): number => Date.now(),
  monotonic: (): number => performance.now(),
  parseDate: Date.parse,
  setTimeout: scope.setTimeout.bind(scope),
  clearTimeout: scope.clearTimeout.bind(scope),
  fetch: scope.fetch.bind(scope),
  AbortController,
  abort: free(AbortController.prototype.abort),
  signal: getter(AbortController.prototype, "signal"),
  Response,
  status: getter(Response.prototype, "status"),
  headers: getter(Response.prototype, "headers"),
  header: free(Headers.prototype.get),
  body: getter(Response.prototype, "body"),
  text: free(Response.prototype.text),
  TransformStream,
  readable: getter(TransformStream.prototype, "readable"),
  writable: getter(TransformStream.prototype, "writable"),
  pipeThrough: free(ReadableStream.prototype.pipeThrough as Method<ReadableStream, [ReadableWritablePair], ReadableStream>),
  enqueue: free(TransformStreamDefaultController.prototype.enqueue as Method<TransformStreamDefaultController, [unknown], void>),
  byteLength: getter(Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array, "byteLength"),
};
