// The module that pages import. Importing it does nothing.

import type { ExactLogin, ExactLoginOptions } from "../exactlogin.d.ts";
import { createClient } from "./client.ts";
import type { Client } from "./client.ts";
import { failure } from "./errors.ts";
import { configure, identity } from "./options.ts";
import type { Config } from "./options.ts";

export { isExactLoginError } from "./errors.ts";
export { version } from "./version.ts";

interface Entry {
  config: Config;
  client: Client;
  /** How many have asked for it and not disposed of it. */
  count: number;
}

const clients = new Map<string, Entry>();

export function createExactLogin(options: ExactLoginOptions): ExactLogin {
  const config = configure(options);
  const { name } = config;
  const known = clients.get(name);
  if (known) {
    for (const option of identity) {
      if (JSON.stringify(known.config.program[option]) !== JSON.stringify(config.program[option])) {
        throw failure("already-configured", `exactlogin: the session "${name}" runs with another ${option}; use the same, or another name`, { phase: "options" });
      }
    }
    known.count++;
    if (JSON.stringify(known.config) !== JSON.stringify(config)) known.client.renew(known.config = config);
    return known.client.client;
  }
  const entry: Entry = {
    config,
    count: 1,
    client: createClient(config, () => {
      if (--entry.count) return false; // (and below zero, for who disposes twice)
      clients.delete(name);
      return true;
    }),
  };
  clients.set(name, entry);
  return entry.client.client;
}
