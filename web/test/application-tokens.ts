// What users' code may rely on of application tokens, checked by the compiler alone.

import { applicationTokens } from "../application-tokens.js";
import type { ApplicationToken, ApplicationTokens, CreatedApplicationToken } from "../application-tokens.d.ts";
import { createExactLogin, isExactLoginError } from "../exactlogin.js";

const tokens: ApplicationTokens = applicationTokens(createExactLogin({ api: "sandbox" }));
const { create, list, revoke } = tokens; // usable without `this`

async function use(): Promise<string> {
  const signal = AbortSignal.timeout(1);
  const made: CreatedApplicationToken = await create({ label: "till", permissions: ["charges.read"], account: undefined, application: "shop", signal });
  await create({ label: "till", permissions: ["charges.read"], organization: "o" });
  const { items, total } = await list({ skip: 0, limit: 100, sort: "-createdAt" });
  const first: ApplicationToken | undefined = items[0];
  // @ts-expect-error: may be unknown
  total.toFixed();
  // @ts-expect-error: may be missing
  first.id;
  // @ts-expect-error: lists have no secret
  first?.token;
  // @ts-expect-error: read only
  made.token = "";
  await revoke(made.id, { application: "shop" });
  await list();
  // @ts-expect-error: no label
  await create({ permissions: ["charges.read"] });
  // @ts-expect-error: no such option
  await create({ label: "till", permissions: ["charges.read"], scopes: [] });
  // @ts-expect-error: an id is a string
  await revoke(7);
  return made.token;
}

use().catch((error: unknown) => {
  if (!isExactLoginError(error)) throw error;
  if (error.code === "forbidden" || error.code === "not-found") return error.status?.toFixed();
  return error.message;
});
