import { applicationTokens } from "/web/dist/application-tokens.js";
import { createExactLogin } from "/web/dist/exactlogin.js";

// The server that comes with exactlogin tells here where its sandbox is. On a site of your own: { api: "production" }.
const { api } = await (await fetch("/config.json")).json();
const exact = createExactLogin({ api });
const tokens = applicationTokens(exact);

const at = (id) => document.getElementById(id);
const say = (text) => (at("message").textContent = text);

/** Whose tokens the page shows. */
let shown = "";

async function show() {
  const { state, user, permissions, reason } = exact.session;
  const signedIn = state === "active" || state === "expiring";
  at("login").hidden = signedIn || state === "restoring";
  at("signed-in").hidden = !signedIn;
  const person = signedIn ? user : "";
  if (person === shown) return;
  shown = person;
  forget();
  at("tokens").replaceChildren();
  at("create").reset();
  at("create").permissions.replaceChildren(...permissions.map((permission) => new Option(permission)));
  say(reason && !signedIn ? `Signed out: ${reason}.` : "");
  if (signedIn) await attempt(refresh);
}

/** The secret is in this field and nowhere else. */
function forget() {
  at("made").hidden = true;
  at("made").reset();
}

async function attempt(work) {
  say("");
  try {
    await work();
  } catch (error) {
    say([error.message, ...(error.issues ?? []).map((issue) => `${issue.path}: ${issue.message}`)].join(" "));
  }
}

async function refresh() {
  const { items } = await tokens.list({ sort: "-createdAt", limit: 100 });
  at("tokens").replaceChildren(...items.map(row));
}

function row({ id, label, permissions, createdAt }) {
  const tr = document.createElement("tr");
  for (const text of [label, permissions.join(", "), createdAt ? new Date(createdAt).toLocaleString("en-US") : ""]) tr.insertCell().textContent = text;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Revoke";
  button.addEventListener("click", () => {
    if (confirm(`Revoke “${label}”? What uses it stops working.`)) attempt(async () => {
      await tokens.revoke(id);
      await refresh();
    });
  });
  tr.insertCell().append(button);
  return tr;
}

at("create").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  forget();
  await attempt(async () => {
    const permissions = Array.from(form.permissions.selectedOptions, (option) => option.value);
    const made = at("made");
    made.secret.value = (await tokens.create({ label: form.label.value, permissions })).token;
    made.hidden = false;
    made.secret.select();
    form.reset();
    await refresh();
  });
  button.disabled = false;
});
at("made").addEventListener("submit", (event) => {
  event.preventDefault();
  forget();
});
// A page that is left may be kept in the back/forward cache.
addEventListener("pagehide", forget);
at("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  await attempt(async () => {
    await exact.login({ email: form.email.value, password: form.password.value });
    form.reset();
  });
  button.disabled = false;
});
at("logout").addEventListener("click", () => exact.logout());
exact.addEventListener("change", show);
await exact.ready;
show();
