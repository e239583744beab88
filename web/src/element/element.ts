// <exact-login>: shows the form while signed out, nothing much while signed in, the warning before the session ends, and
// the form again, above the page's unsaved work, after it has ended. All of it follows from the client's session: each
// event leads to one look at `client.session`.

import type { createExactLogin as Create, ExactLogin, ExactLoginError, ExactLoginOptions } from "../../exactlogin.js";
import { duration, make, write } from "./dom.js";
import { Form, type Failure } from "./form.js";
import { optionAttributes, optionNames, readOptions } from "./options.js";
import { adopt } from "./styles.js";
import { completed, english, type TextOptions, type Texts } from "./texts.js";

type View = "restoring" | "form" | "signed-in" | "warning" | "again";

// The warning is spoken when so much is left, ms.
const marks = [300_000, 120_000, 60_000, 30_000];

/** The mark that is reached with so much left; Infinity before the first. */
const reached = (left: number) => Math.min(...marks.filter((mark) => mark >= left));

const clientEvents = ["change", "expiring", "extended", "expired", "unauthorized", "storage-degraded"] as const;

// Importing must work where there is no DOM.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

let count = 0;

export function elementClass(create: typeof Create): CustomElementConstructor {
  class ExactLoginElement extends Base {
    static get observedAttributes(): readonly string[] {
      return optionAttributes;
    }

    readonly #properties = new Map<string, unknown>();
    readonly #id = `exact-login-${++count}`;
    #client: ExactLogin | null = null;
    /** The client was made here, so it is disposed of here. */
    #own = false;
    #texts: Texts = english;
    #view: View | "" = "";
    #built = false;
    #form!: Form;
    #box!: HTMLDivElement;
    #dialog!: HTMLDialogElement;
    #warning!: HTMLDivElement;
    #signedIn!: HTMLDivElement;
    #live!: HTMLParagraphElement;
    #render: () => void = () => {};
    /** Somebody has been signed in since this element is in the page. */
    #wasIn = false;
    /** The person wants no dialog for this deadline (ms since 1970), or none at all until the next log-in (Infinity). */
    #dismissed = 0;
    #again = false;
    #extending = false;
    #spoken = 0;
    #timer = 0;
    #speech = 0;
    #pending: AbortController | null = null;
    #update = () => this.#look();

    // --- what a page uses ---

    get client(): ExactLogin | null {
      return this.#client;
    }

    /** A client the page has made itself; it stays the page's to dispose of. */
    set client(client: ExactLogin | null) {
      this.#detach();
      if (client) this.#attach(client, false);
    }

    get texts(): Texts {
      return this.#texts;
    }

    set texts(texts: TextOptions) {
      this.#texts = completed(texts);
      this.#look();
    }

    get view(): View {
      return this.#view || "form";
    }

    get email(): string {
      return this.#built ? this.#form.email : "";
    }

    set email(email: string) {
      this.#build();
      this.#form.email = String(email);
    }

    override focus(options?: FocusOptions): void {
      if (this.#view === "form" || this.#view === "again") this.#form.focus();
      else if (this.#built && this.#view === "signed-in") this.#signedIn.focus(options);
    }

    /** Asks for the password above the page, as after an end. */
    reauthenticate(): void {
      this.#again = true;
      this.#look();
    }

    option(name: string): unknown {
      return this.#properties.has(name) ? this.#properties.get(name) : readOptions(this, new Map())[name];
    }

    setOption(name: string, value: unknown): void {
      this.#properties.set(name, value);
      this.#configure();
    }

    // --- life cycle ---

    connectedCallback(): void {
      // Set before this class was there: the value hides the accessor.
      for (const name of [...optionNames, "texts", "email", "client"]) {
        if (!Object.hasOwn(this, name)) continue;
        const value: unknown = Reflect.get(this, name);
        Reflect.deleteProperty(this, name);
        Reflect.set(this, name, value);
      }
      adopt(this.getRootNode());
      // Children and properties that come with the same task count.
      queueMicrotask(() => {
        if (!this.isConnected) return;
        this.#build();
        this.#configure();
        this.#look();
      });
    }

    disconnectedCallback(): void {
      // Being moved is not being removed.
      queueMicrotask(() => {
        if (this.isConnected) return;
        this.#pending?.abort();
        this.#detach();
        this.#stop();
        if (this.#built && this.#dialog.open) this.#dialog.close();
      });
    }

    attributeChangedCallback(): void {
      this.#configure();
    }

    /** Makes the client as soon as it is known where the API is; later changes apply to the next one. */
    #configure(): void {
      if (this.#client || !this.#built || !this.isConnected) return;
      const options = readOptions(this, this.#properties);
      if (options["api"] === undefined) return;
      try {
        // The client checks every option, and names what is wrong.
        this.#attach(create(options as unknown as ExactLoginOptions), true);
      } catch (error) {
        this.#fail(error);
      }
    }

    #attach(client: ExactLogin, own: boolean): void {
      this.#client = client;
      this.#own = own;
      if (this.#built) this.#form.failure = null;
      for (const type of clientEvents) client.addEventListener(type, this.#update);
      this.#look();
      this.#tell("ready");
    }

    #detach(): void {
      const client = this.#client;
      if (!client) return;
      for (const type of clientEvents) client.removeEventListener(type, this.#update);
      this.#client = null;
      this.#wasIn = false;
      if (this.#own) client.dispose();
    }

    #build(): void {
      if (this.#built) return;
      this.#built = true;
      const regions = new Map<string, Element>();
      for (const child of this.querySelectorAll(":scope > [data-exact]")) {
        regions.set(child.getAttribute("data-exact") ?? "", child);
      }
      const id = this.#id;
      this.#form = new Form(id, regions);
      this.#form.onsubmit = (email, password) => void this.#login(email, password);
      this.#form.later.addEventListener("click", () => this.#later());
      this.#live = make("p", { class: "exact-login__live", "aria-live": "assertive", "aria-atomic": "true" });

      const logout = () => {
        const button = make("button", { type: "button", class: "exact-login__button" });
        button.addEventListener("click", () => void this.#logout());
        return button;
      };
      const out = logout();
      const signedInText = make("p", { class: "exact-login__text" });
      const custom = regions.get("signed-in");
      this.#signedIn = make("div", { class: "exact-login__signed-in", tabindex: "-1", hidden: true },
        ...(custom ? [custom] : [make("div", { class: "exact-login__form" }, signedInText, out)]));

      const heading = make("h2", { class: "exact-login__heading", id: `${id}-warning` });
      const text = make("p", { class: "exact-login__text", id: `${id}-warning-text` });
      const time = make("p", { class: "exact-login__time" });
      const problem = make("p", { class: "exact-login__field-error", hidden: true });
      const stay = make("button", { type: "button", class: "exact-login__button exact-login__button--primary" });
      stay.addEventListener("click", () => void this.#stay());
      const leave = logout();
      const region = regions.get("warning");
      this.#warning = make("div", { class: "exact-login__warning" },
        heading, time, text, ...(region ? [region] : []), problem,
        make("div", { class: "exact-login__actions" }, stay, leave));
      this.#dialog = make("dialog", { class: "exact-login__dialog exact-login__box" });
      this.#dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        if (this.#view === "warning" && this.#canStay()) void this.#stay();
        else this.#later();
      });
      // A browser may close it all the same (a second Escape): that is the person's will.
      this.#dialog.addEventListener("close", () => {
        if (!this.#dialog.open && (this.#view === "warning" || this.#view === "again")) this.#later();
      });
      this.#box = make("div", { class: "exact-login__box" }, this.#form.form, this.#signedIn, this.#live);
      this.append(this.#box, this.#dialog);

      this.addEventListener("focusin", () => {
        // A failure here shows again, in words, when the person signs in.
        if (this.#view === "form") this.#client?.preload().catch(() => {});
      }, { once: true });

      this.#render = () => {
        const t = this.#texts;
        const session = this.#client?.session;
        write(signedInText, t.signedIn);
        write(out, t.logout);
        write(heading, t.warningHeading);
        write(text, t.warningText);
        text.hidden = region !== undefined;
        write(time, t.warningTime.replace("{time}", duration(session?.remainingMs ?? 0, t.lang)));
        const failure = this.#form.failure;
        write(problem, this.#view === "warning" && failure ? this.#form.sentence() : "");
        problem.hidden = problem.textContent === "";
        write(stay, this.#canStay() ? t.extend : t.signInAgain);
        stay.disabled = leave.disabled = this.#extending;
        write(leave, t.logout);
        this.#form.render(t);
      };
    }

    // --- from the session to what is seen ---

    #look(): void {
      if (!this.#built || !this.isConnected) return;
      const session = this.#client?.session;
      const state = session?.state ?? "signed-out";
      const isIn = state === "active" || state === "expiring";
      const began = isIn && !this.#wasIn;
      const ended = !isIn && state !== "restoring" && this.#wasIn;
      const form = this.#form;

      if (began) {
        this.#wasIn = true;
        this.#dismissed = 0;
        this.#again = false;
        form.failure = null;
      }
      if (ended) {
        this.#wasIn = false;
        form.failure = null;
        // Who left on purpose, in whatever tab, is not asked back.
        this.#again = session?.reason !== "logout" && this.getAttribute("reauthenticate") !== "inline";
      }
      if (!isIn && state !== "restoring" && !this.#pending) {
        form.notice = form.failure ? "" : this.#texts.ended[session?.reason ?? ""] ?? "";
      }
      if (isIn) form.notice = "";
      if (state === "active") this.#dismissed = 0;

      let view: View;
      if (this.#again) view = "again";
      else if (state === "restoring") view = "restoring";
      else if (!isIn) view = "form";
      else if (state === "expiring" && session && this.#dismissed !== session.deadline) view = "warning";
      else view = "signed-in";
      this.#show(view);

      if (began) this.#tell("login", session);
      if (ended) this.#tell("logout", session);
    }

    #show(view: View): void {
      const former = this.#view;
      const form = this.#form;
      this.#view = view;
      form.restoring = view === "restoring";
      form.again = view === "again";
      if (view !== former) {
        const focused = this.contains(document.activeElement);
        const above = view === "warning" || view === "again";
        if (view === "warning") form.failure = null;
        this.setAttribute("data-view", view);
        if (above) {
          this.#dialog.replaceChildren(view === "warning" ? this.#warning : form.form, this.#live);
          this.#dialog.setAttribute("role", view === "warning" ? "alertdialog" : "dialog");
          this.#dialog.setAttribute("aria-labelledby", view === "warning" ? `${this.#id}-warning` : form.heading.id);
          this.#dialog.setAttribute("aria-describedby", view === "warning" ? `${this.#id}-warning-text` : `${this.#id}-text`);
        } else {
          // Only if it is elsewhere: to be put in again takes the focus away.
          if (form.form.parentNode !== this.#box) this.#box.prepend(form.form);
          this.#box.append(this.#live);
        }
        form.form.hidden = view === "signed-in" || view === "warning";
        this.#signedIn.hidden = view !== "signed-in";
        this.#render();
        if (above) {
          if (!this.#dialog.open) this.#dialog.showModal();
          if (view === "again") form.focus();
          else this.#warning.querySelector("button")?.focus();
        } else if (this.#dialog.open) {
          this.#dialog.close(); // gives the focus back to where it was
        } else if (focused) {
          this.focus();
        }
        if (view === "warning") {
          const left = this.#client?.session.remainingMs ?? 0;
          this.#spoken = reached(left - 1000);
          this.#say(this.#timeLeft(Math.ceil(left / 5000) * 5000));
          this.#tell("expiring", this.#client?.session);
        } else if (former === "warning" && view === "signed-in") {
          this.#say(this.#texts.extended);
        } else if (view === "again" || (view === "form" && former !== "")) {
          this.#say(form.sentence() || form.notice);
        }
        this.dispatchEvent(new CustomEvent("view"));
      } else {
        this.#render();
      }
      if (view === "warning" || form.blockedFor > 0) this.#timer ||= window.setInterval(() => this.#tick(), 1000);
      else this.#stop();
    }

    #tick(): void {
      const form = this.#form;
      if (form.failure?.until && form.blockedFor === 0) this.#say(form.sentence());
      if (this.#view === "warning") {
        const left = this.#client?.session.remainingMs ?? 0;
        const mark = reached(left);
        if (mark < this.#spoken) {
          this.#spoken = mark;
          this.#say(this.#timeLeft(mark));
        }
      }
      this.#look();
    }

    #stop(): void {
      clearInterval(this.#timer);
      this.#timer = 0;
    }

    #timeLeft(ms: number): string {
      return this.#texts.warningTime.replace("{time}", duration(ms, this.#texts.lang));
    }

    /** Speaks. A region that has just come into view needs a moment before screen readers watch it. */
    #say(text: string): void {
      clearTimeout(this.#speech);
      this.#live.textContent = "";
      if (text) this.#speech = window.setTimeout(() => write(this.#live, text), 100);
    }

    // --- what the person does ---

    async #login(email: string, password: string): Promise<void> {
      const form = this.#form;
      const client = this.#client;
      if (!client) {
        this.#fail(Object.assign(new Error("<exact-login> has no client: set its api attribute."), { code: "invalid-option" }));
        return;
      }
      const focused = document.activeElement;
      const pending = new AbortController();
      this.#pending = pending;
      form.pending = true;
      form.notice = "";
      this.#look();
      this.#say(this.#texts.pending);
      try {
        await client.login({ email, password, signal: pending.signal });
        form.clearPassword();
        this.#again = false;
        this.#say("");
      } catch (error) {
        if (pending.signal.aborted) form.clearPassword();
        else this.#fail(error);
      } finally {
        form.pending = false;
        this.#pending = null;
        this.#look();
        if (form.failure?.code === "invalid-credentials") {
          form.clearPassword();
          form.focus();
        } else if (form.failure && focused instanceof HTMLElement && this.contains(focused)) {
          focused.focus(); // a disabled button loses it
        }
      }
    }

    async #stay(): Promise<void> {
      const client = this.#client;
      if (!client || this.#extending) return;
      const canStay = this.#canStay();
      this.#form.failure = null;
      if (!canStay) {
        this.reauthenticate();
        return;
      }
      this.#extending = true;
      this.#render();
      try {
        await client.extend();
      } catch (error) {
        if (this.#view === "warning") this.#fail(error);
      } finally {
        this.#extending = false;
        this.#look();
        if (this.#view === "warning") this.#warning.querySelector("button")?.focus();
      }
    }

    #canStay(): boolean {
      const { failure } = this.#form;
      return this.#client?.session.canExtend === true && (!failure || failure.retryable);
    }

    async #logout(): Promise<void> {
      try {
        await this.#client?.logout();
      } catch (error) {
        this.#fail(error);
      }
    }

    #later(): void {
      this.#again = false;
      this.#dismissed = this.#client?.session.deadline ?? 0;
      this.#form.failure = null;
      this.#form.clearPassword();
      this.#look();
    }

    #fail(error: unknown): void {
      const given = (error ?? {}) as Partial<ExactLoginError>;
      const code = typeof given.code === "string" ? given.code : "";
      const wait = code === "rate-limited" && typeof given.retryAfter === "number" ? given.retryAfter : 0;
      const failure: Failure = {
        code,
        message: code && typeof given.message === "string" ? given.message : "",
        offline: given.offline === true,
        retryable: given.retryable === true && code !== "invalid-credentials",
        until: wait > 0 ? performance.now() + wait : 0,
        fields: code === "invalid-request" ? (given.issues ?? []).map((issue) => issue.path) : [],
      };
      this.#form.failure = failure;
      this.#form.notice = "";
      this.#look();
      this.#say(this.#form.sentence());
      this.dispatchEvent(new CustomEvent("error", { detail: error }));
    }

    #tell(type: string, detail: unknown = null): void {
      this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
    }
  }

  for (const name of optionNames) {
    Object.defineProperty(ExactLoginElement.prototype, name, {
      configurable: true,
      enumerable: true,
      get(this: ExactLoginElement) {
        return this.option(name);
      },
      set(this: ExactLoginElement, value: unknown) {
        this.setOption(name, value);
      },
    });
  }
  return ExactLoginElement;
}
