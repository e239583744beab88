/**
 * Application tokens: what a server of yours uses in place of a person. A signed-in person with the permissions
 * `application-tokens.create`, `.read` and `.delete` makes, lists and revokes them.
 *
 *     import { applicationTokens } from "/web/dist/application-tokens.js";
 *     const { token } = await applicationTokens(exact).create({ label: "nightly export", permissions: ["charges.read"] });
 *
 * They do not expire. Never use one in a page: copy it to the secret store of the server that needs it.
 */

import type { ExactLogin } from "./exactlogin.js";

/** Application tokens by way of a client's session. Throws an `invalid-option` for anything but a client. */
export function applicationTokens(exact: ExactLogin): ApplicationTokens;

/** Each rejects with an `ExactLoginError` of phase `"application-tokens"` (`"options"` for an argument), or with the reason of `signal`. */
export interface ApplicationTokens {
  /** Makes a token. Sent once, never retried: after an error the token may be there, without anybody who knows its secret. */
  create(details: NewApplicationToken): Promise<CreatedApplicationToken>;
  /** Lists those of an application, as far as the session reaches. Never their secrets. */
  list(query?: ApplicationTokenQuery): Promise<ApplicationTokenList>;
  /** Ends a token for good: what uses it stops working. */
  revoke(id: string, options?: ApplicationTokenOptions): Promise<void>;
}

export interface ApplicationTokenOptions {
  /** The application's name. Default: the session's. */
  application?: string | undefined;
  /** Rejects with the signal's reason. What was sent may take effect all the same. */
  signal?: AbortSignal | undefined;
}

export interface NewApplicationToken extends ApplicationTokenOptions {
  /** What people know it by: 1 character or more. */
  label: string;
  /** What it may do: one or more, each a permission of the session. */
  permissions: readonly string[];
  /** The organization it is for. Default: whatever the person reaches. Not together with `account`. */
  organization?: string | undefined;
  /** The account it is for. Default: whatever the person reaches. Not together with `organization`. */
  account?: string | undefined;
}

export interface ApplicationTokenQuery extends ApplicationTokenOptions {
  /** How many to leave out at the beginning. Default: none. */
  skip?: number | undefined;
  /** How many at most: 1 to 100. Default: as the API has it. */
  limit?: number | undefined;
  /** A field, such as `"createdAt"`; with `-` before it from high to low. Default: as the API has it. */
  sort?: string | undefined;
}

/** Unknown strings are empty. */
export interface ApplicationToken {
  readonly id: string;
  readonly label: string;
  readonly permissions: readonly string[];
  /** ms since 1970, 0 if unknown. */
  readonly createdAt: number;
}

export interface CreatedApplicationToken extends Omit<ApplicationToken, "createdAt"> {
  /** The secret, this once: no part of this package keeps it. */
  readonly token: string;
  /** Organizations and accounts it reaches. */
  readonly accounts: readonly string[];
}

export interface ApplicationTokenList {
  readonly items: readonly ApplicationToken[];
  /** How many there are; undefined where the API does not let the page read it. */
  readonly total: number | undefined;
}
