// Application tokens, by way of the session's own `fetch`. Nothing here keeps a secret: it goes from the answer to the caller.

import type {
  ApplicationToken, ApplicationTokenList, ApplicationTokenOptions, ApplicationTokenQuery, ApplicationTokens, CreatedApplicationToken, NewApplicationToken,
} from "../application-tokens.d.ts";
import type { ExactLogin, ExactLoginError, Issue } from "../exactlogin.d.ts";
import { failure, isExactLoginError } from "./errors.ts";
import type { Details } from "./errors.ts";
import { invalid } from "./options.ts";

/** ms that a call may take, its answer's body included. */
const patience = 15_000;

/** The largest answer that is read, in bytes. */
const mostBytes = 1 << 20;

/** How many issues an error keeps, and characters of each text. */
const mostIssues = 20;
const mostText = 300;

const phase = "application-tokens";

const problems = {
  forbidden: "refused: the session has ended, or it lacks the permission ",
  "not-found": "not found: check the application and the id",
  "invalid-request": "the API found the request malformed; see issues",
  "rate-limited": "too many requests; wait before the next",
  unavailable: "the API is not available; try again later",
  "malformed-response": "the API's answer makes no sense; check the address of the API",
  timeout: "no answer in time",
  network: "no answer; check the connection, and as a developer the browser's console for CORS",
};

type Code = keyof typeof problems;

/** After these nobody knows what the API did. */
const doubtful: Code[] = ["unavailable", "malformed-response", "timeout", "network"];

/** Most of the API's error bodies are plain text: the status alone decides. */
function codeOf(status: number): Code {
  if (status === 401 || status === 403) return "forbidden";
  if (status === 404) return "not-found";
  if (status === 429) return "rate-limited";
  if (status === 408 || status >= 500) return "unavailable";
  return status >= 400 ? "invalid-request" : "malformed-response";
}

// Answers may be anything.
const member = (of: unknown, name: string): unknown => (Object(of) as Record<string, unknown>)[name];
const text = (of: unknown, name: string): string => {
  const value = member(of, name);
  return typeof value === "string" ? value : "";
};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const texts = (of: unknown, name: string): string[] => list(member(of, name)).filter((value) => typeof value === "string");

function described(json: unknown): ApplicationToken {
  return { id: text(json, "id"), label: text(json, "label"), permissions: texts(json, "allowedPermissions"), createdAt: Date.parse(text(json, "createdAt")) || 0 };
}

/** Of the documented shapes: `{"issues": […]}`, the bare list, `{"errors": […]}`. */
function issuesOf(json: unknown): Issue[] {
  const given = Array.isArray(json) ? json : list(member(json, "issues") ?? member(json, "errors"));
  const cut = (value: string): string => value.slice(0, mostText);
  return given.slice(0, mostIssues).map((issue) => ({
    code: cut(text(issue, "code") || text(issue, "kind")),
    path: cut(text(issue, "path") || list(member(issue, "path")).filter((step) => /^[sn]/.test(typeof step)).join(".")),
    message: cut(text(issue, "message")),
  }));
}

/** One step of a path, with its slash: a dot or two would lead elsewhere. */
function step(value: unknown, name: string): string {
  try {
    if (typeof value === "string" && value.length <= mostText && !/^\.{0,2}$/.test(value)) return `/${encodeURIComponent(value)}`;
  } catch {} // half a character
  return invalid(name, `must be a string of 1 to ${mostText} characters`);
}

/** The body as text; of one that is too large nothing. */
async function read({ body }: Response): Promise<string> {
  const stream = body?.getReader();
  const decoder = new TextDecoder();
  let all = "";
  for (let size = 0; stream; ) {
    const { done, value } = await stream.read();
    if (done) break;
    if ((size += value.byteLength) > mostBytes) {
      stream.cancel().catch(() => {});
      return "";
    }
    all += decoder.decode(value, { stream: true });
  }
  return all;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The arguments of one call, checked. */
interface Call<T> {
  method: "POST" | "GET" | "DELETE";
  /** The permission it takes, and those it hands on. */
  needs: string[];
  application: string;
  signal: AbortSignal | undefined;
  /** What comes between the application and `/token`, and after it. */
  within?: string;
  after?: string;
  body?: string;
  /** What the answer says, or undefined. */
  take(json: unknown, headers: Headers): T | undefined;
}

/** Reads the arguments of one call: those that all take, and its own. */
function members(value: unknown, what: string, ...own: string[]): Record<string, unknown> & Pick<Call<never>, "application" | "signal"> {
  if (Object(value) !== value) invalid(what, "must be a plain object");
  const { application = "", signal, ...rest } = value as Record<string, unknown>;
  if (typeof application !== "string") invalid(`${what}.application`, "must be a string");
  if (signal && typeof (signal as AbortSignal).aborted !== "boolean") invalid(`${what}.signal`, "must be an AbortSignal");
  const unknown = Object.keys(rest).find((key) => !own.includes(key));
  if (unknown !== undefined) invalid(`${what}.${unknown.slice(0, 50)}`, `is unknown; known are application,signal,${own}`);
  return { ...rest, application, signal: signal as AbortSignal | undefined };
}

export function applicationTokens(exact: ExactLogin): ApplicationTokens {
  if (typeof exact?.fetch !== "function" || typeof exact.api !== "string") invalid("the client", "must be one that createExactLogin made");

  async function call<T>({ method, needs, application, signal, within = "", after = "", body, take }: Call<T>): Promise<T> {
    const fail = (code: Code, details: Details = {}, lacking = needs[0]): ExactLoginError => {
      let problem = problems[code];
      if (code === "forbidden") problem += lacking;
      if (body && doubtful.includes(code)) {
        details.retryable = false; // a second try could make a second token
        problem += "; the token may have been made: look for it with list(), and revoke it";
      }
      return failure(code, `exactlogin: ${problem}`, { phase, ...details });
    };
    await exact.ready;
    signal?.throwIfAborted();
    const { state, reason, permissions, application: own } = exact.session;
    if (state !== "active" && state !== "expiring") {
      const code = state === "signed-out" ? state : reason === "idle" ? reason : "session-expired";
      throw failure(code, "exactlogin: nobody is signed in; log in first", { phase });
    }
    // Where the API has not told the session's permissions, it decides.
    const lacking = needs.find((permission) => permissions.length && !permissions.includes(permission));
    if (lacking) throw fail("forbidden", {}, lacking.slice(0, mostText));
    const url = `${exact.api}/application${step(application || own, "application")}${within}/token${after}`;

    const timeout = AbortSignal.timeout(patience);
    try {
      const response = await exact.fetch(url, {
        method,
        headers: body ? { Accept: "application/json", "Content-Type": "application/json" } : { Accept: "application/json" },
        ...(body && { body }),
        credentials: "omit",
        redirect: "error",
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const { ok, status, headers } = response;
      const json = parsed(await read(response));
      if (!ok) {
        const wait = headers.get("retry-after") ?? "";
        throw fail(codeOf(status), { status, issues: issuesOf(json), retryAfter: /^\d{1,9}$/.test(wait) ? +wait * 1000 : Date.parse(wait) - Date.now() });
      }
      const result = take(json, headers);
      if (result === undefined) throw fail("malformed-response", { status });
      return result;
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw isExactLoginError(cause) ? cause : fail(timeout.aborted ? "timeout" : "network", { cause, offline: !navigator.onLine });
    }
  }

  return {
    async create(details: NewApplicationToken): Promise<CreatedApplicationToken> {
      const { label, permissions, organization, account, ...common } = members(details, "create", "label", "permissions", "organization", "account");
      if (typeof label !== "string" || !label) invalid("create.label", "must be a string of 1 character or more");
      const chosen = [...new Set(list(permissions))] as string[];
      if (!chosen.length || chosen.some((permission) => typeof permission !== "string")) invalid("create.permissions", "must be an array of 1 permission or more");
      if (organization !== undefined && account !== undefined) invalid("create.account", "and organization exclude each other");
      return call({
        method: "POST",
        ...common,
        needs: ["application-tokens.create", ...chosen],
        within: organization !== undefined ? `/organization${step(organization, "create.organization")}`
          : account !== undefined ? `/account${step(account, "create.account")}` : "",
        body: JSON.stringify({ label, permissions: chosen }),
        take(json) {
          const { createdAt: _, ...made } = described(json);
          const token = text(json, "token");
          return token ? { ...made, token, accounts: texts(json, "allowedAccounts") } : undefined;
        },
      });
    },

    async list(query: ApplicationTokenQuery = {}): Promise<ApplicationTokenList> {
      const { skip, limit, sort, ...common } = members(query, "list", "skip", "limit", "sort");
      const parts: string[] = [];
      const part = (name: string, value: unknown, fits: boolean, problem: string): void => {
        if (value === undefined) return;
        if (!fits) invalid(`list.${name}`, problem);
        parts.push(`$${name}=${value as string}`);
      };
      part("skip", skip, Number.isSafeInteger(skip) && skip as number >= 0, "must be a whole number from 0");
      part("limit", limit, Number.isInteger(limit) && limit as number > 0 && limit as number <= 100, "must be a whole number from 1 to 100");
      part("sort", sort, typeof sort === "string" && /^-?[\w.]{1,100}$/.test(sort), 'must be a field, with "-" before it from high to low');
      return call({
        method: "GET",
        ...common,
        needs: ["application-tokens.read"],
        after: parts.length ? `?${parts.join("&")}` : "",
        take(json, headers) {
          const total = headers.get("x-total-count") ?? "";
          return Array.isArray(json) ? { items: json.map(described), total: /^\d{1,15}$/.test(total) ? +total : undefined } : undefined;
        },
      });
    },

    async revoke(id: string, options: ApplicationTokenOptions = {}): Promise<void> {
      const after = step(id, "revoke.id");
      await call({ method: "DELETE", ...members(options, "revoke"), needs: ["application-tokens.delete"], after, take: () => true });
    },
  };
}
