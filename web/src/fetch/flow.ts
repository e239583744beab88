// A body on its way through a port: chunks, and credit in bytes that the receiver grants as its reader takes them.

/** How much may be under way unread: enough to keep a fast network busy across one message hop, little for memory. */
export const windowBytes = 1 << 20;

export interface Inlet {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  push(chunk: Uint8Array): void;
  end(): void;
  /** Errors the stream and drops what was not read. */
  fail(reason: unknown): void;
}

/** WebKit has no byte streams. */
const byteStreams = typeof ReadableByteStreamController === "function";

/**
 * A stream fed by messages. Only a read takes a chunk from the queue, so that a failure reaches whoever has not read
 * yet, as it does in the browser's own bodies. `grant` is told of bytes that were taken; `closed` once, when the reader
 * has had or cancelled everything. The objects given to the browser inherit nothing a page could have planted.
 */
export function inlet(grant: (bytes: number) => void, closed: (cancelled: boolean, reason: unknown) => void): Inlet {
  let queue: Uint8Array[] = [];
  let taken = 0;
  let ended = false;
  let done = false;
  let controller!: ReadableByteStreamController;
  let pulled: (() => void) | null = null;

  const finish = (cancelled: boolean, reason?: unknown) => {
    done = true;
    queue = [];
    pulled?.();
    closed(cancelled, reason);
  };
  const close = () => {
    controller.close();
    controller.byobRequest?.respond(0);
    finish(false);
  };
  const deliver = () => {
    const chunk = queue.shift() as Uint8Array<ArrayBuffer>;
    if ((taken += chunk.byteLength) >= windowBytes / 4) {
      grant(taken);
      taken = 0;
    }
    controller.enqueue(chunk);
    if (ended && !queue.length) close();
  };
  const stream = new ReadableStream({
    __proto__: null,
    type: byteStreams ? "bytes" : undefined,
    start: (c: ReadableByteStreamController) => void (controller = c),
    pull: () => queue.length ? deliver() : new Promise<void>((resolve) => (pulled = resolve)),
    cancel: (reason: unknown) => done || finish(true, reason),
  } as UnderlyingByteSource, { __proto__: null, highWaterMark: 0 } as { highWaterMark: 0 }) as ReadableStream<Uint8Array<ArrayBuffer>>;

  return {
    stream,
    push(chunk) {
      if (done) return;
      queue.push(chunk);
      if (!pulled) return;
      const resolve = pulled;
      pulled = null;
      deliver();
      resolve();
    },
    end() {
      ended = true;
      if (!done && !queue.length) close();
    },
    fail(reason) {
      if (done) return;
      controller.error(reason);
      finish(false);
    },
  };
}

export interface Outlet {
  grant(bytes: number): void;
}

/** Sends what `read` gives, as far as credit goes. One chunk may overdraw it; the next waits. */
export function outlet(
  credit: number,
  read: () => Promise<ReadableStreamReadResult<Uint8Array>>,
  send: (chunk: Uint8Array) => void,
  end: () => void,
  fail: (reason: unknown) => void,
): Outlet {
  let busy = false;
  const run = async () => {
    if (busy) return;
    busy = true;
    try {
      while (credit > 0) {
        const { done, value } = await read();
        if (done) return end();
        credit -= value.byteLength;
        send(value);
      }
    } catch (e) {
      return fail(e);
    }
    busy = false;
  };
  void run();
  return {
    grant(bytes) {
      credit += bytes;
      void run();
    },
  };
}
