// The session side of what page and worker say to each other. (The requests' side is in fetch/: messages with an `f`.)
// State goes over as whole snapshots, never as increments, so that a message that is late or lost does no harm.

import type { ErrorRecord, ProgramOptions, SessionEvent, Settled, Snapshot } from "./program.ts";

/** Raised when an older page or worker could misunderstand a newer one. */
export const protocol = 1;

export type ToHost =
  | {
      t: "hello";
      protocol: number;
      version: string;
      options: ProgramOptions;
      /** The page's URL, the referrer of the program's own requests. */
      page: string;
      /** A Web Lock the page holds as long as it lives, "" where there are none. */
      lock: string;
      /** ms, -1 for never */
      endWithLastTab: number;
      /** The channel on which tabs that share no worker tell each other of a log-out, "" with a shared one. */
      channel: string;
    }
  | { t: "login"; id: number; email: string; password: string }
  | { t: "logout" | "extend" | "cancel"; id: number }
  /** The page has newer options of those that may differ; they count from the next log-in on. */
  | { t: "options"; options: ProgramOptions }
  /** `away`: send nothing but ends. `look`: judge the time again. `present`: the person did something. `bye`: the client is gone. */
  | { t: "away" | "look" | "present" | "ping" | "bye" }
  /** No longer away: send a snapshot marked with `n`. */
  | { t: "back"; n: number };

export type ToPage =
  /** The worker's script runs; the rest is being loaded. */
  | { t: "here" }
  /** `lock`: held as long as the worker lives, "" where there are none. */
  | { t: "welcome"; protocol: number; version: string; connection: number; lock: string }
  | { t: "refused"; error: ErrorRecord }
  /** `back`: the answer to that `back`, else 0. */
  | { t: "state"; snapshot: Snapshot; event: SessionEvent | null; back: number }
  | { t: "settled"; id: number; result: Settled }
  /** The program died; this port is of no more use. */
  | { t: "crashed" }
  | { t: "pong" };

/** A message, if `value` can be one: what comes over a port is looked at before it is believed. */
export function message<T extends { t: string }>(value: unknown): T | null {
  return typeof value === "object" && value !== null && typeof (value as { t?: unknown }).t === "string" ? (value as T) : null;
}
