// Starts the Go program: wasm_exec.js runs in a scope of its own, so that the realm's global object gets no new key and
// several programs can run side by side.

import { natives } from "./natives.ts";
import type { Program, Realm } from "./program.ts";

interface Go {
  importObject: WebAssembly.Imports;
  exit(code: number): void;
  run(instance: WebAssembly.Instance): Promise<void>;
}

interface Scope {
  Go: new () => Go;
}

/** wasm_exec.js, which the build turned into a module around a function. */
type Glue = { default(globalThis: object, setTimeout: (callback: () => void, ms: number) => number, console: object): void };

export type Code = [Glue, WebAssembly.Module];

/** Loads what a program is made of. A new `attempt` has new URLs, since a failed import may be remembered. */
export function loadCode(assets: string, attempt: number): Promise<Code> {
  const query = attempt ? `?${attempt}` : "";
  return Promise.all([import(`${assets}wasm_exec.js${query}`) as Promise<Glue>, compile(`${assets}login.wasm${query}`)]);
}

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await natives.fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
  // Streaming wants the very type; where a server sends another, the bytes decide.
  return response.headers.get("content-type") === "application/wasm"
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** Resolves with the program when it has reported itself. `died` is called once, if it ever ends. */
export async function startProgram([glue, module]: Code, realm: Omit<Realm, "ready">, died: () => void): Promise<Program> {
  let dead = false;
  const end = (): void => {
    if (!dead) {
      dead = true;
      died();
    }
  };
  /** Go never throws on purpose: an exception is a trap in the wasm, after which nothing there can be relied on. */
  const guard = <A extends unknown[], R>(call: (...args: A) => R, fallback: R) => (...args: A): R => {
    if (dead) return fallback;
    try {
      return call(...args);
    } catch {
      end();
      return fallback;
    }
  };

  let go: Go | undefined;
  const started = new Promise<Program>((resolve) => {
    const own: Record<PropertyKey, unknown> = {
      exactlogin: { ...realm, ready: resolve },
      // A page may have things of these names, which are not what Go would take them for.
      fs: undefined, process: undefined, path: undefined,
    };
    const scope = new Proxy(Object.assign(Object.create(null), own), {
      get: (target, key) => (key in target ? target[key] : Reflect.get(natives.scope, key)),
    }) as Scope;
    // What Go prints is a panic's message: it ends here, since it may quote data.
    const quiet = (): void => {};
    glue.default(scope, (callback, ms) => natives.setTimeout(guard(callback, undefined), ms), { log: quiet, warn: quiet, error: quiet });
    go = new scope.Go();
    go.exit = quiet;
  });
  const instance = await WebAssembly.instantiate(module, go!.importObject);
  const ended = go!.run(instance).catch(() => {}).then(end);
  const program = await Promise.race([started, ended.then((): never => { throw new Error("the program ended while it started"); })]);
  const guarded = { ...program };
  for (const [name, member] of Object.entries(program)) {
    // A panic makes the call return undefined, and the program's end follows in a microtask.
    if (typeof member === "function") Object.assign(guarded, { [name]: guard(member as (...args: unknown[]) => unknown, undefined) });
  }
  return guarded;
}
