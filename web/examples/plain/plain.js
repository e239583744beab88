import { createExactLogin } from "/web/dist/exactlogin.js";

// The server that comes with exactlogin tells here where its sandbox is. On a site of your own: { api: "production" }.
const { api } = await (await fetch("/config.json")).json();
const exact = createExactLogin({ api });

const at = (id) => document.getElementById(id);
const say = (text) => (at("message").textContent = text);

async function show() {
  const { state, account, reason } = exact.session;
  const signedIn = state === "active" || state === "expiring";
  at("login").hidden = signedIn || state === "restoring";
  at("signed-in").hidden = !signedIn;
  say(state === "expiring" ? "You will be signed out soon." : reason && !signedIn ? `Signed out: ${reason}.` : "");
  if (!signedIn) return at("payments").replaceChildren();
  if (at("account").textContent === account && at("payments").rows.length) return;
  at("account").textContent = account;
  try {
    const response = await exact.fetch(`${exact.api}/account/${account}/payments?$limit=10`);
    if (!response.ok) return say(`The payments could not be read: status ${response.status}.`);
    at("payments").replaceChildren(...(await response.json()).map(row));
  } catch (error) {
    say(error.message);
  }
}

function row(payment) {
  const tr = document.createElement("tr");
  const amount = new Intl.NumberFormat("en-US", { style: "currency", currency: payment.currency }).format(payment.amount / 100);
  for (const text of [payment.id, amount, payment.status]) tr.insertCell().textContent = text ?? "";
  return tr;
}

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
at("logout").addEventListener("click", () => exact.logout());
exact.addEventListener("change", show);
exact.addEventListener("expiring", show);
await exact.ready;
show();
