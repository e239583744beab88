import { createExactLogin } from "/web/dist/exactlogin.js";

// The server that comes with exactlogin tells here where its sandbox is. On a site of your own: { api: "production" }.
const { api } = await (await fetch("/config.json")).json();

// The gateway is on this page's own origin. It has to know who is calling, so the origin is on `allow`: requests to it carry
// the person's token. The name keeps this session apart from those of pages that do not allow it.
const exact = createExactLogin({ api, allow: [location.origin], name: "gateway-example" });

const at = (id) => document.getElementById(id);
const say = (text) => (at("message").textContent = text);

function show() {
  const { state, reason } = exact.session;
  const signedIn = state === "active" || state === "expiring";
  at("login").hidden = signedIn || state === "restoring";
  at("signed-in").hidden = !signedIn;
  if (!signedIn) at("answer").textContent = "";
  say(state === "expiring" ? "You will be signed out soon." : reason && !signedIn ? `Signed out: ${reason}.` : "");
}

// No secret and no token of a partner is anywhere in this page: the gateway adds it.
async function ask(path, init) {
  say("");
  try {
    const response = await exact.fetch(`/gateway/${path}`, init);
    const body = await response.json();
    // The gateway's own answers are problem documents (RFC 9457); all others are the partner's.
    const own = response.headers.get("content-type") === "application/problem+json";
    if (own) return say(`${body.detail} (${body.code})`);
    at("answer").textContent = JSON.stringify(body, null, 2);
  } catch (error) {
    say(error.message);
  }
}

at("bookings").addEventListener("click", () =>
  ask("su/SUAPI/jservice/Bookings", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from: "2030-05-01" }),
  }));
at("offers").addEventListener("click", () => ask("xcover/api/partners/DEMO/offers"));
at("status").addEventListener("click", () => ask("su/status"));
at("logout").addEventListener("click", () => exact.logout());
at("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  say("");
  try {
    await exact.login({ email: form.email.value, password: form.password.value });
    form.reset();
  } catch (error) {
    say(error.message);
  } finally {
    button.disabled = false;
  }
});
exact.addEventListener("change", show);
exact.addEventListener("expiring", show);
await exact.ready;
show();
