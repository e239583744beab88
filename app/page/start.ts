// The page's own script: gives the element its options, shows what the session calls for, and starts the console.
// Signing in works before the console is there.

import "../../web/exact-login.d.ts";
import type { ApplicationTokens } from "../../web/application-tokens.d.ts";
import type { ExactLogin } from "../../web/exactlogin.d.ts";

interface Person {
  email: string;
  password: string;
  note: string;
}

interface Config {
  api: string;
  sandbox: boolean;
  people?: Person[];
}

// wasm_exec.js
declare class Go {
  importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}

const root = document.documentElement;
const login = document.querySelector("exact-login")!;
const status = document.querySelector<HTMLElement>("#status")!;
const region = document.querySelector<HTMLElement>("#sign-in")!;

/** A number of seconds in the query as ms, or undefined. */
function seconds(query: URLSearchParams, name: string): number | undefined {
  const value = Number(query.get(name));
  return Number.isSafeInteger(value) && value > 0 ? value * 1000 : undefined;
}

function configure(config: Config): void {
  const query = new URLSearchParams(location.search);
  const after = seconds(query, "idle");
  if (after) login.idle = { after };
  login.warnBefore = seconds(query, "warn");
  login.lifetime = seconds(query, "lifetime");
  login.maxLifetime = seconds(query, "most");
  // A link must not weaken anybody's real session.
  if (config.sandbox && query.get("isolation") === "page") {
    login.isolation = "page";
    login.name = "exactlogin-page";
  }
  Object.assign(login, { serverConfig: JSON.stringify(config), applicationTokens });
  login.api = config.api; // last: now the client is made
}

/** For the console: the module comes when somebody opens the section. */
async function applicationTokens(exact: ExactLogin): Promise<ApplicationTokens> {
  const path = "/web/dist/application-tokens.js";
  return ((await import(path)) as typeof import("../../web/application-tokens.d.ts")).applicationTokens(exact);
}

/** Buttons that fill in the form, so that nobody has to type what is made up. */
function offer(people: Person[]): void {
  const list = document.querySelector<HTMLElement>("#people-list");
  if (!list) return;
  for (const person of people) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "person";
    const name = document.createElement("strong");
    name.textContent = person.email.split("@")[0] ?? person.email;
    const note = document.createElement("span");
    note.textContent = person.note;
    button.append(name, note);
    button.addEventListener("click", () => {
      login.email = person.email;
      const password = login.querySelector<HTMLInputElement>("input[name=password]");
      if (password) password.value = person.password;
      login.querySelector<HTMLButtonElement>("button[type=submit]")?.focus();
    });
    list.append(button);
  }
  document.querySelector<HTMLElement>("#people-offer")!.hidden = false;
}

function show(): void {
  const { view } = login;
  const former = root.dataset["view"];
  root.dataset["view"] = view;
  const form = view === "form" || (view === "restoring" && !remembered());
  if (form) region.setAttribute("role", "main");
  else region.removeAttribute("role");
  document.title = form ? "Sign in · exactlogin" : "exactlogin";
  if (view !== "restoring") remember(view !== "form");
  // What had the focus is gone with the console.
  if (view === "form" && former && former !== "restoring") login.focus();
}

function remembered(): boolean {
  try {
    return sessionStorage.getItem("view") === "signed-in";
  } catch {
    return false;
  }
}

function remember(signedIn: boolean): void {
  try {
    if (signedIn) sessionStorage.setItem("view", "signed-in");
    else sessionStorage.removeItem("view");
  } catch {
    // The form will show for a moment after a reload.
  }
}

async function startConsole(): Promise<void> {
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch("/app.wasm"), go.importObject);
  await go.run(instance);
  throw new Error("the console’s program has ended");
}

login.addEventListener("view", show);
startConsole().catch((error: unknown) => {
  status.textContent = "The console could not be started. Reload the page to try again.";
  status.hidden = false;
  console.error("exactlogin: console:", error);
});

try {
  const [response] = await Promise.all([fetch("/config.json"), customElements.whenDefined("exact-login")]);
  if (!response.ok) throw new Error(`/config.json: ${response.status}`);
  const config = (await response.json()) as Config;
  configure(config);
  if (config.sandbox && config.people) offer(config.people);
} catch (error) {
  status.textContent = "This page could not be set up. Check your connection, then reload the page.";
  status.hidden = false;
  console.error("exactlogin: set-up:", error);
}
