import type { ExactLoginOptions } from "../exactlogin.d.ts";
import { failure } from "./errors.ts";
import type { ProgramOptions, Template } from "./program.ts";

/** The options, checked and completed. */
export interface Config {
  name: string;
  /** A folder: ends with a slash. Empty outside a page. */
  assets: string;
  endWithLastTab: number;
  httpCache: "no-store" | "native";
  program: ProgramOptions;
}

const presets: Record<string, string> = {
  sandbox: "https://api.exactpaysandbox.com",
  production: "https://api-p2.exactpay.com",
};

/** These must be the same for everyone who shares a session. */
export const identity = ["api", "allow", "application", "mode", "persistence", "isolation", "revoke"] as const;

export function invalid(option: string, problem: string): never {
  throw failure("invalid-option", `exactlogin: ${option} ${problem}`, { phase: "options" });
}

/** Reads the members of an object, and then refuses those that nobody asked for. */
function reader(value: unknown, what: string) {
  let given!: Record<string, unknown>;
  try {
    given = { ...(value as object) }; // a getter may throw
  } catch {}
  if (!given || Object(value) !== value) invalid(what, "must be a plain object");
  const known: string[] = [];
  const prefix = what === "options" ? "" : `${what}.`;

  const get = (key: string): unknown => {
    known.push(key);
    return given[key];
  };
  const bad = (key: string, problem: string): never => invalid(prefix + key, problem);
  return {
    get,
    bad,
    text(key: string, fallback = ""): string {
      const value = get(key);
      return value === undefined ? fallback : typeof value === "string" ? value : bad(key, "must be a string");
    },
    oneOf<T extends string>(key: string, ...choices: [T, ...T[]]): T {
      const value = get(key);
      return value === undefined ? choices[0] : choices.includes(value as T) ? (value as T) : bad(key, `must be one of ${choices}`);
    },
    /** A time; a `fallback` that is less than `least` may be given, too. */
    ms(key: string, fallback: number, least: number, most = 2_592_000_000): number {
      const value = get(key);
      if (value === undefined || value === fallback) return fallback;
      if (typeof value !== "number" || !(value >= least && value <= most)) {
        bad(key, `must be a number of milliseconds from ${least} to ${most}` + (fallback ? "" : ", or 0"));
      }
      return Math.floor(value as number);
    },
    done() {
      for (const key of Object.keys(given)) if (!known.includes(key)) bad(key.slice(0, 50), `is unknown; known are ${known}`);
    },
  };
}

/** The details of a log-in. */
export function loginDetails(value: unknown): { email: string; password: string; signal: AbortSignal | undefined } {
  const o = reader(value, "login");
  const required = (key: string): string => {
    const value = o.text(key);
    return value && value.length <= 100_000 ? value : o.bad(key, "must be a string of 1 to 100000 characters");
  };
  const signal = (o.get("signal") ?? undefined) as AbortSignal | undefined;
  if (signal && typeof signal.aborted !== "boolean") o.bad("signal", "must be an AbortSignal");
  const details = { email: required("email"), password: required("password"), signal };
  o.done();
  return details;
}

/** A URL that may get the token: https, or http on this very machine; nothing hidden in it. */
function destination(value: unknown, option: string): URL {
  let url!: URL;
  try {
    url = new URL(value as string);
  } catch {}
  if (typeof value !== "string" || !url) invalid(option, "must be an absolute URL");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname))) {
    invalid(option, "must be https (http only on loopback)");
  }
  if (url.username || url.password || url.search || url.hash) invalid(option, "must have no user, query or fragment");
  return url;
}

function template(value: unknown, option: string, method = "GET"): Template | null {
  if (value === undefined) return null;
  const o = reader(typeof value === "string" ? { path: value } : value, option);
  const path = o.text("path");
  if (!/^\/(?![/\\])/.test(path)) o.bad("path", 'must begin with one "/"');
  const headers: [string, string][] = [];
  try {
    new Headers((o.get("headers") ?? {}) as Record<string, string>).forEach((field, name) => headers.push([name, field]));
  } catch {
    o.bad("headers", "must be names and values");
  }
  const made = { method: o.text("method", method).toUpperCase(), path, headers, body: o.get("body") === undefined ? null : o.text("body") };
  o.done();
  return made;
}

function folder(value: string): string {
  const { location, document } = globalThis;
  if (!location) return "";
  const url = value ? new URL(value.replace(/\/?$/, "/"), document?.baseURI ?? location.href) : new URL(".", import.meta.url);
  // A worker of another origin cannot be started, and one from a data: or blob: URL has no origin to share.
  if (url.origin !== location.origin || !/^http/.test(url.protocol)) {
    invalid("assets", "must be a folder of the page's own origin; copy the module's files there");
  }
  return url.origin + url.pathname;
}

export function configure(options: ExactLoginOptions): Config {
  const o = reader(options, "options");
  const given = o.get("idle");
  const idle = reader(given === undefined ? {} : given, "idle");
  const allow = o.get("allow") ?? [];
  if (!Array.isArray(allow)) o.bad("allow", "must be an array of origins");
  const name = o.text("name", "exactlogin");
  if (!/^[\w.-]{1,64}$/.test(name)) o.bad("name", 'must be 1 to 64 letters, digits, ".", "_" or "-"');
  const api = o.text("api");
  if (!api) o.bad("api", 'is missing: "sandbox", "production" or a URL');
  const config: Config = {
    name,
    assets: folder(o.text("assets")),
    endWithLastTab: o.ms("endWithLastTab", -1, 0, 2 ** 31 - 1),
    httpCache: o.oneOf("httpCache", "no-store", "native"),
    program: {
      api: destination(Object.hasOwn(presets, api) ? presets[api]! : api, "api").href.replace(/\/+$/, ""),
      allow: [...new Set(Array.from(allow as unknown[], (entry) => {
        const url = destination(entry, "allow");
        return url.pathname === "/" ? url.origin : o.bad("allow", "must hold origins, without a path");
      }))].sort(),
      application: o.text("application"),
      mode: o.oneOf("mode", "", "test", "live"),
      persistence: o.oneOf("persistence", "memory"),
      isolation: o.oneOf("isolation", "worker", "page"),
      revoke: template(o.get("revoke"), "revoke", "DELETE"),
      keepAlive: template(o.get("keepAlive"), "keepAlive"),
      verify: template(o.get("verify"), "verify"),
      expiry: o.oneOf("expiry", "sliding", "fixed"),
      lifetime: o.ms("lifetime", 7_200_000, 1000),
      idleAfter: idle.ms("after", 0, 1000),
      idleBackground: idle.ms("background", 0, 1000),
      maxLifetime: o.ms("maxLifetime", 0, 1000),
      on401: o.oneOf("on401", "verify", "end", "ignore"),
      warnBefore: o.ms("warnBefore", 300_000, 0, 86_400_000),
      whenSignedOut: o.oneOf("whenSignedOut", "refuse", "pass"),
    },
  };
  idle.done();
  o.done();
  return config;
}
