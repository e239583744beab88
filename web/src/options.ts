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

const month = 2_592_000_000;

export function invalid(option: string, problem: string): never {
  throw failure("invalid-option", `exactlogin: ${option} ${problem}`, { phase: "options" });
}

/** The members of an options object, read once; refuses those that are not in `known`. */
export function members(value: unknown, what: string, known: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) invalid(what, "must be an object");
  for (const key of Object.keys(value)) {
    if (!known.split(" ").includes(key)) invalid(what, `has an unknown member "${key.slice(0, 50)}"; known: ${known}`);
  }
  return { ...value };
}

const text = (value: unknown, option: string, fallback = ""): string =>
  value === undefined ? fallback : typeof value === "string" ? value : invalid(option, "must be a string");

function oneOf<T extends string>(value: unknown, option: string, ...choices: [T, ...T[]]): T {
  return value === undefined ? choices[0] : choices.includes(value as T) ? (value as T) : invalid(option, `must be one of "${choices.join('", "')}"`);
}

/** A time. With `zero`, 0 stands for never. */
function ms(value: unknown, option: string, fallback: number, least: number, most = month, zero = least < 1): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number" || !(zero && value === 0 || value >= least && value <= most)) {
    invalid(option, `must be a number of milliseconds from ${least} to ${most}` + (zero && least ? ", or 0" : ""));
  }
  return Math.floor(value);
}

/** A URL that may get the token: https, or http on this very machine; nothing hidden in it. */
function destination(value: unknown, option: string): URL {
  let url: URL;
  try {
    url = new URL(text(value, option));
  } catch {
    invalid(option, "must be an absolute URL");
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname))) {
    invalid(option, "must be https (http only on loopback)");
  }
  if (url.username || url.password || url.search || url.hash) invalid(option, "must have no user, query or fragment");
  return url;
}

function template(value: unknown, option: string, method = "GET"): Template | null {
  if (value === undefined) return null;
  const { method: given, path, headers, body } = members(typeof value === "string" ? { path: value } : value, option, "method path headers body");
  if (typeof path !== "string" || !/^\/(?![/\\])/.test(path)) invalid(`${option}.path`, 'must be a string that begins with one "/"');
  const pairs = Object.entries(headers === undefined ? {} : members(headers, `${option}.headers`, Object.keys(Object(headers)).join(" ")));
  try {
    new Headers(pairs as [string, string][]);
  } catch {
    invalid(`${option}.headers`, "must be valid names and values");
  }
  return {
    method: text(given, `${option}.method`, method).toUpperCase(),
    path,
    headers: pairs.map(([key, field]) => [key, text(field, `${option}.headers`)]),
    body: body === undefined ? null : text(body, `${option}.body`),
  };
}

function folder(value: unknown): string {
  const { location, document } = globalThis;
  if (!location) return "";
  const given = value === undefined ? new URL(".", import.meta.url) : new URL(text(value, "assets"), document?.baseURI ?? location.href);
  const url = new URL(given.pathname.endsWith("/") ? given : given.href + "/");
  // A worker of another origin cannot be started, and one from a data: or blob: URL has no origin to share.
  if (url.origin !== location.origin || !url.protocol.startsWith("http")) {
    invalid("assets", `must be a folder of this page's own origin, not ${url.href.slice(0, 100)}; copy the module's files there`);
  }
  return url.origin + url.pathname;
}

export function configure(options: ExactLoginOptions): Config {
  const o = members(options, "options",
    "api name application mode allow isolation persistence expiry lifetime warnBefore idle maxLifetime keepAlive verify revoke on401 whenSignedOut httpCache endWithLastTab assets");
  const idle = members(o["idle"] === undefined ? {} : o["idle"], "idle", "after background");
  const allow = o["allow"] === undefined ? [] : o["allow"];
  if (!Array.isArray(allow)) invalid("allow", "must be an array of origins");
  const name = text(o["name"], "name", "exactlogin");
  if (!/^[\w.-]{1,64}$/.test(name)) invalid("name", 'must be 1 to 64 letters, digits, ".", "_" or "-"');
  const api = text(o["api"], "api");
  if (!api) invalid("api", 'is missing: "sandbox", "production" or a URL');
  return {
    name,
    assets: folder(o["assets"]),
    endWithLastTab: ms(o["endWithLastTab"], "endWithLastTab", -1, 0, 2 ** 31 - 1),
    httpCache: oneOf(o["httpCache"], "httpCache", "no-store", "native"),
    program: {
      api: destination(Object.hasOwn(presets, api) ? presets[api] : api, "api").href.replace(/\/+$/, ""),
      allow: [...new Set(Array.from(allow, (entry: unknown) => {
        const url = destination(entry, "allow");
        return url.pathname === "/" ? url.origin : invalid("allow", "must hold origins, without a path");
      }))].sort(),
      application: text(o["application"], "application"),
      mode: o["mode"] === undefined ? "" : oneOf(o["mode"], "mode", "test", "live"),
      persistence: oneOf(o["persistence"], "persistence", "memory"),
      isolation: oneOf(o["isolation"], "isolation", "worker", "page"),
      revoke: template(o["revoke"], "revoke", "DELETE"),
      keepAlive: template(o["keepAlive"], "keepAlive"),
      verify: template(o["verify"], "verify"),
      expiry: oneOf(o["expiry"], "expiry", "sliding", "fixed"),
      lifetime: ms(o["lifetime"], "lifetime", 7_200_000, 1000),
      idleAfter: ms(idle["after"], "idle.after", 0, 1000, month, true),
      idleBackground: ms(idle["background"], "idle.background", 0, 1000, month, true),
      maxLifetime: ms(o["maxLifetime"], "maxLifetime", 0, 1000, month, true),
      on401: oneOf(o["on401"], "on401", "verify", "end", "ignore"),
      warnBefore: ms(o["warnBefore"], "warnBefore", 300_000, 0, 86_400_000),
      whenSignedOut: oneOf(o["whenSignedOut"], "whenSignedOut", "refuse", "pass"),
    },
  };
}
