import type { ExactLoginError, ExactLoginErrorCode, Issue } from "../exactlogin.d.ts";
import type { ErrorRecord } from "./program.ts";

/** What may be said of an error besides its code and message. */
export type Details = Partial<Omit<ErrorRecord, "code" | "message">> & { cause?: unknown };

const retryableCodes = /^(load-failed|worker-crashed|in-progress|rate-limited|unavailable|network|timeout)$/;

class Failure extends Error {
  readonly code: ExactLoginErrorCode;
  readonly phase: string;
  readonly retryable: boolean;
  declare readonly status?: number;
  declare readonly retryAfter?: number;
  declare readonly offline?: boolean;
  declare readonly issues?: readonly Issue[];

  constructor(code: ExactLoginErrorCode, message: string, details: Details) {
    super(message);
    this.code = code;
    this.phase = details.phase ?? "";
    this.retryable = details.retryable ?? retryableCodes.test(code);
    if (details.status) this.status = details.status;
    if ((details.retryAfter ?? -1) >= 0) this.retryAfter = details.retryAfter!;
    if (details.offline) this.offline = true;
    if (details.issues?.length) this.issues = details.issues;
    // Not enumerable, as the language's own `cause` is not.
    if (details.cause !== undefined) Object.defineProperty(this, "cause", { value: details.cause, writable: true, configurable: true });
  }
}
Object.defineProperty(Failure.prototype, "name", { value: "ExactLoginError", writable: true, configurable: true });

export function failure(code: string, message: string, details: Details = {}): ExactLoginError {
  return new Failure(code as ExactLoginErrorCode, message, details) as ExactLoginError;
}

export const fromRecord = (record: ErrorRecord): ExactLoginError => failure(record.code, record.message, record);

/** By its name, not its class: the page may hold two copies of this module. */
export function isExactLoginError(value: unknown): value is ExactLoginError {
  return value instanceof Error && value.name === "ExactLoginError" && typeof (value as { code?: unknown }).code === "string";
}
