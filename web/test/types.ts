// What users' code may rely on, checked by the compiler alone: each line compiles, or fails where it says so.

import { createExactLogin, isExactLoginError, version } from "../exactlogin.js";
import type { EndReason, ExactLogin, ExactLoginError, ExactLoginErrorCode, ExactLoginOptions, Session } from "../exactlogin.d.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const yes = <_T extends true>(): void => {};

const exact: ExactLogin = createExactLogin({ api: "sandbox" });

// `fetch` can be handed to whatever takes the browser's own, without `this`.
const { fetch, backgroundFetch } = exact;
const own: typeof globalThis.fetch = fetch;
yes<Equal<typeof fetch, typeof globalThis.fetch>>();
yes<Equal<typeof backgroundFetch, typeof globalThis.fetch>>();
globalThis.fetch = fetch;

// Options: all are optional but `api`, and may be left undefined.
const all: Required<ExactLoginOptions> = {
  api: "https://api.example", name: "shop", application: "shop", mode: "test", allow: ["https://gateway.example"], isolation: "page",
  persistence: "memory", expiry: "fixed", lifetime: 1, warnBefore: 1, idle: { after: 1, background: undefined }, maxLifetime: 1,
  keepAlive: "/account/{account}", verify: { path: "/account/{account}", headers: { accept: "application/json" } },
  revoke: { method: "DELETE", path: "/token", body: "{}" }, on401: "end", whenSignedOut: "pass", httpCache: "native", endWithLastTab: 1,
  assets: "/exactlogin/",
};
createExactLogin({ ...all, name: undefined });
// @ts-expect-error: `api` is missing
createExactLogin({});
// @ts-expect-error: no such option
createExactLogin({ api: "sandbox", token: "x" });
// @ts-expect-error: no such choice
createExactLogin({ api: "sandbox", isolation: "iframe" });
// @ts-expect-error: there is no way to the token
void exact.getToken;

// The session is read, not written.
const session: Session = exact.session;
const { state } = session;
yes<Equal<typeof state, "signed-out" | "restoring" | "active" | "expiring" | "expired">>();
// @ts-expect-error: read only
session.state = "active";
// @ts-expect-error: read only
exact.session = session;

// Events are typed by name; `this` is the client.
exact.addEventListener("change", function (event) {
  yes<Equal<typeof this, ExactLogin>>();
  const here: boolean = event.here;
  const reason: EndReason | "" = event.reason;
  void [here, reason, event.session.remainingMs];
});
exact.addEventListener("expiring", { handleEvent: (event) => void event.session.deadline }, { once: true });
exact.removeEventListener("expired", null);
exact.addEventListener("of-my-own", (event: Event) => void event);
const target: EventTarget = exact;

async function use(): Promise<void> {
  const session: Session = await exact.login({ email: "a@exactlogin.test", password: "p", signal: AbortSignal.timeout(1) });
  const response: Response = await exact.fetch(`${exact.api}/account/${session.account}/payments`);
  await exact.extend();
  await exact.logout();
  await exact.preload();
  (await exact.ready).state satisfies string;
  exact.dispose();
  void [response, version, own, target];
}

// A caught value is known after the guard, and a switch can be exhaustive.
use().catch((error: unknown) => {
  if (!isExactLoginError(error)) throw error;
  const known: ExactLoginError = error;
  const code: ExactLoginErrorCode = known.code;
  if (code === "rate-limited") return known.retryAfter?.toFixed();
  if (code === "invalid-request") return known.issues?.map(({ path }) => path).join();
  // @ts-expect-error: no such code
  return code === "wrong-password" ? "" : known.message;
});
