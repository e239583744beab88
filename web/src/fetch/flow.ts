// A body on its way through a port: chunks, and credit in bytes that the receiver grants as its reader takes them.

/** How much may be under way unread: enough to keep a fast network busy across one message hop, little for memory. */
export const windowBytes = 1 << 20;

export interface Inlet {
  push(chunk: Uint8Array): void;
  end(): void;
  /** Errors the stream and drops what was not read. */
  fail(reason: unknown): void;
}

/** WebKit has no byte streams. */
const byteStreams = typeof ReadableByteStreamController === "function";

/** What the browser's stream holds, and with it its controller. The browser may make its own objects anew at any time, so that only one of ours can be watched. */
interface Source {
  controller?: ReadableByteStreamController;
}

/**
 * A stream fed by messages. Only a read takes a chunk from the queue, so that a failure reaches whoever has not read
 * yet, as it does in the browser's own bodies. `grant` is told of bytes that were taken; `closed` once, when the reader
 * has had or cancelled everything; `made` of an object that lives as long as the stream can be read, for the inlet
 * holds the stream only while a read waits. The objects given to the browser inherit nothing a page could have planted.
 */
export function inlet(
  grant: (bytes: number) => void,
  closed: (cancelled: boolean) => void,
  made?: (source: object) => void,
): [ReadableStream<Uint8Array<ArrayBuffer>>, Inlet] {
  let queue: Uint8Array[] = [];
  let taken = 0;
  let ended = false;
  let done = false;
  let weak!: WeakRef<Source>;
  let waiting: { controller: ReadableByteStreamController; resolve: () => void } | null = null;

  const finish = (cancelled: boolean) => {
    done = true;
    queue = [];
    waiting?.resolve();
    waiting = null;
    closed(cancelled);
  };
  const close = (controller: ReadableByteStreamController | undefined) => {
    controller?.close();
    controller?.byobRequest?.respond(0);
    finish(false);
  };
  const deliver = (controller: ReadableByteStreamController) => {
    const chunk = queue.shift() as Uint8Array<ArrayBuffer>;
    if ((taken += chunk.byteLength) >= windowBytes / 4) {
      grant(taken);
      taken = 0;
    }
    controller.enqueue(chunk);
    if (ended && !queue.length) close(controller);
  };
  const stream = new ReadableStream({
    __proto__: null,
    type: byteStreams ? "bytes" : undefined,
    start(this: Source, controller: ReadableByteStreamController) {
      this.controller = controller;
      weak = new WeakRef(this);
      made?.(this);
    },
    pull: (controller: ReadableByteStreamController) => queue.length
      ? deliver(controller)
      : new Promise<void>((resolve) => (waiting = { controller, resolve })),
    cancel: () => done || finish(true),
  } as UnderlyingByteSource, { __proto__: null, highWaterMark: 0 } as { highWaterMark: 0 }) as ReadableStream<Uint8Array<ArrayBuffer>>;

  return [stream, {
    push(chunk) {
      if (done) return;
      queue.push(chunk);
      if (!waiting) return;
      const { controller, resolve } = waiting;
      waiting = null;
      deliver(controller);
      resolve();
    },
    end() {
      ended = true;
      if (!done && !queue.length) close(weak.deref()?.controller);
    },
    fail(reason) {
      if (done) return;
      weak.deref()?.controller?.error(reason);
      finish(false);
    },
  }];
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
