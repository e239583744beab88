import type { ExactLoginError } from "../exactlogin.d.ts";
import type { ErrorRecord } from "./program.ts";

/** What may be said of an error besides its code and message. */
export type Details = Partial<Omit<ErrorRecord, "code" | "message">> & { cause?: unknown };

class Failure extends Error {
  constructor(code: string, message: string, details: Details) {
    super(message, details as ErrorOptions); // for its `cause`
    const { phase = "", retryable = /^(load|worker|in-p|rate|una|net|time)/.test(code), status, retryAfter = -1, offline, issues } = details;
    Object.assign(this, { code, phase, retryable }, status && { status }, retryAfter >= 0 && { retryAfter }, offline && { offline }, issues?.length && { issues });
  }

  override get name(): string {
    return "ExactLoginError";
  }
}

export const failure = (code: string, message: string, details: Details = {}): ExactLoginError => new Failure(code, message, details) as Error as ExactLoginError;

export const fromRecord = (record: ErrorRecord): ExactLoginError => failure(record.code, record.message, record);

/** By its name, not its class: the page may hold two copies of this module. */
export function isExactLoginError(value: unknown): value is ExactLoginError {
  return value instanceof Error && value.name === "ExactLoginError" && "code" in value;
}
