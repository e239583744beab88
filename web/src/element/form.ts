// The sign-in form: fields, errors and notices. It knows nothing of sessions; the element tells it what to show.

import { duration, make, mark, write } from "./dom.js";
import type { Texts } from "./texts.js";

/** What went wrong with a log-in, as far as the form cares. */
export interface Failure {
  code: string;
  message: string;
  offline: boolean;
  retryable: boolean;
  /** Until when no further attempt makes sense, `performance.now()` ms; 0 = now. */
  until: number;
  /** The API's word on single fields of the request. */
  fields: readonly string[];
}

// Set-up mistakes, where the client's own sentence helps who builds the page.
const forDevelopers = new Set([
  "invalid-option", "already-configured", "unsupported", "load-failed", "forbidden-destination", "malformed-response",
]);

class Field {
  readonly input: HTMLInputElement;
  readonly label: HTMLLabelElement;
  readonly error: HTMLParagraphElement;
  readonly row: HTMLDivElement;
  readonly node: HTMLDivElement;

  constructor(id: string, attributes: Record<string, string>, className = "") {
    this.input = make("input", { id, class: `exact-login__input${className}`, required: true, "aria-required": "true", ...attributes });
    this.label = make("label", { class: "exact-login__label", for: id });
    this.error = make("p", { class: "exact-login__field-error", id: `${id}-error`, hidden: true });
    this.row = make("div", { class: "exact-login__input-row" }, this.input);
    this.node = make("div", { class: "exact-login__field" }, this.label, this.error, this.row);
  }

  /** Shows the field's own error; `described` are ids of further texts that belong to it. */
  show(error: string, invalid: boolean, described: readonly string[]): void {
    write(this.error, error);
    this.error.hidden = error === "";
    mark(this.input, "aria-invalid", invalid ? "true" : null);
    const ids = [...(error ? [this.error.id] : []), ...described].join(" ");
    mark(this.input, "aria-describedby", ids || null);
  }
}

export class Form {
  readonly form: HTMLFormElement;
  readonly heading = make("h2", { class: "exact-login__heading" });
  readonly later = make("button", { type: "button", class: "exact-login__button", hidden: true });
  onsubmit: (email: string, password: string) => void = () => {};

  /** Set by the element, shown by render(). */
  pending = false;
  restoring = false;
  /** Above the page's work, after an end. */
  again = false;
  notice = "";
  failure: Failure | null = null;

  readonly #email: Field;
  readonly #password: Field;
  readonly #toggle: HTMLButtonElement;
  readonly #caps: HTMLParagraphElement;
  readonly #text = make("p", { class: "exact-login__text", hidden: true });
  readonly #notice = make("p", { class: "exact-login__notice", hidden: true });
  readonly #error: HTMLDivElement;
  readonly #message = make("p", {});
  readonly #summary = make("summary", {});
  readonly #detail = make("p", {});
  readonly #developers: HTMLDetailsElement;
  readonly #submit = make("button", { type: "submit", class: "exact-login__button exact-login__button--primary" });
  readonly #regions: ReadonlyMap<string, Element>;
  #missing: readonly ("email" | "password")[] = [];
  #capsLock = false;

  constructor(id: string, regions: ReadonlyMap<string, Element>) {
    this.#regions = regions;
    this.#email = new Field(`${id}-email`, {
      name: "email", type: "text", inputmode: "email", autocomplete: "username", autocapitalize: "none", spellcheck: "false",
    });
    this.#password = new Field(
      `${id}-password`,
      { name: "password", type: "password", autocomplete: "current-password", autocapitalize: "none", spellcheck: "false" },
      " exact-login__input--password",
    );
    this.#toggle = make("button", { type: "button", class: "exact-login__toggle", "aria-controls": this.#password.input.id });
    this.#password.row.append(this.#toggle);
    this.#caps = make("p", { class: "exact-login__hint", id: `${id}-caps`, hidden: true });
    this.#password.node.append(this.#caps);
    this.heading.id = `${id}-heading`;
    this.#text.id = `${id}-text`;
    this.#developers = make("details", { class: "exact-login__developers" }, this.#summary, this.#detail);
    this.#error = make("div", { class: "exact-login__error", id: `${id}-error`, hidden: true }, this.#message, this.#developers);
    const region = (name: string): Node[] => {
      const node = regions.get(name);
      return node ? [node] : [];
    };
    this.form = make(
      "form",
      { class: "exact-login__form", novalidate: true, "aria-labelledby": this.heading.id },
      this.heading, ...region("heading"), ...region("intro"),
      this.#text, this.#notice, this.#error,
      this.#email.node, this.#password.node, ...region("help"),
      make("div", { class: "exact-login__actions" }, this.#submit, this.later),
      ...region("footer"),
    );
    const heading = regions.get("heading");
    if (heading && !heading.id) heading.id = `${id}-region-heading`;

    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submitted();
    });
    this.form.addEventListener("input", () => this.#edited());
    this.#toggle.addEventListener("click", () => {
      this.#reveal(this.#password.input.type === "password");
      this.#password.input.focus();
    });
    for (const type of ["keydown", "keyup", "focusin"] as const) {
      this.#password.input.addEventListener(type, (event) => {
        // A filled-in value sends key events without modifiers' state; pointer focus tells nothing.
        if (event instanceof KeyboardEvent && typeof event.getModifierState === "function") {
          this.#capsLock = event.getModifierState("CapsLock");
          this.#renderFields();
        }
      });
    }
    this.#password.input.addEventListener("focusout", () => {
      this.#capsLock = false;
      this.#renderFields();
    });
  }

  #texts!: Texts;

  get email(): string {
    return this.#email.input.value.trim();
  }

  set email(value: string) {
    this.#email.input.value = value;
  }

  /** Puts the cursor where typing goes on. */
  focus(): void {
    (this.email === "" || this.#missing[0] === "email" ? this.#email.input : this.#password.input).focus();
  }

  /** The password leaves the page's own memory of it as soon as it is of no more use. */
  clearPassword(): void {
    this.#password.input.value = "";
    this.#reveal(false);
  }

  /** Milliseconds until another attempt makes sense. */
  get blockedFor(): number {
    return this.failure ? Math.max(0, this.failure.until - performance.now()) : 0;
  }

  #submitted(): void {
    if (this.pending || this.restoring || this.blockedFor > 0) return;
    const password = this.#password.input.value;
    this.#missing = [...(this.email ? [] : (["email"] as const)), ...(password ? [] : (["password"] as const))];
    this.failure = null;
    this.notice = "";
    this.#reveal(false); // as text it would be kept in the browser's form history
    this.render(this.#texts);
    if (this.#missing.length > 0) this.focus();
    else this.onsubmit(this.email, password);
  }

  #edited(): void {
    this.#missing = this.#missing.filter((name) => (name === "email" ? !this.email : !this.#password.input.value));
    if (this.failure?.fields.length) this.failure = { ...this.failure, fields: [] };
    this.#renderFields();
  }

  #reveal(shown: boolean): void {
    this.#password.input.type = shown ? "text" : "password";
    this.#renderToggle();
  }

  /** The failure in words, for the eye and for the live region. */
  sentence(): string {
    const { failure } = this;
    const t = this.#texts;
    if (!failure) return "";
    if (failure.until > 0) {
      const left = this.blockedFor;
      return left > 0 ? t.retryAfter.replace("{time}", duration(left, t.lang)) : t.retryNow;
    }
    if (failure.code === "network" && failure.offline) return t.offline;
    return t.errors[failure.code] ?? t.errors[""] ?? "";
  }

  render(texts: Texts): void {
    this.#texts = texts;
    const { failure, pending } = this;
    write(this.heading, this.again ? texts.againHeading : texts.heading);
    const heading = this.#regions.get("heading");
    this.heading.hidden = heading !== undefined && !this.again;
    for (const name of ["heading", "intro"]) this.#regions.get(name)?.toggleAttribute("hidden", this.again);
    mark(this.form, "aria-labelledby", this.heading.hidden && heading ? heading.id : this.heading.id);
    write(this.#text, texts.againText);
    this.#text.hidden = !this.again;
    const notice = this.restoring ? texts.restoring : this.notice;
    write(this.#notice, notice);
    this.#notice.hidden = notice === "" || failure !== null;

    write(this.#message, this.sentence());
    this.#error.hidden = failure === null;
    write(this.#summary, texts.developers);
    const detail = !failure
      ? ""
      : failure.code === "network"
        ? failure.offline ? "" : texts.developersNetwork
        : forDevelopers.has(failure.code) ? failure.message : "";
    write(this.#detail, detail);
    this.#developers.hidden = detail === "";

    this.#renderFields();
    this.#renderToggle();
    write(this.#email.label, texts.email);
    write(this.#password.label, texts.password);
    this.#email.input.readOnly = this.#password.input.readOnly = pending;
    this.#submit.disabled = pending || this.blockedFor > 0;
    write(this.#submit, pending ? texts.pending : failure?.retryable ? texts.retry : texts.submit);
    mark(this.form, "aria-busy", pending ? "true" : null);
    mark(this.form, "inert", this.restoring ? "" : null);
    write(this.later, texts.later);
    this.later.hidden = !this.again;
    this.later.disabled = pending;
  }

  #renderFields(): void {
    const t = this.#texts;
    const { failure } = this;
    // One text for both, on both: which of the two is wrong would tell a stranger whether an account exists.
    const wrong = failure?.code === "invalid-credentials";
    const tied = wrong ? [this.#error.id] : [];
    const invalidEmail = failure?.fields.includes("email") ?? false;
    const emailError = this.#missing.includes("email") ? t.emailMissing : invalidEmail ? t.emailInvalid : "";
    this.#email.show(emailError, emailError !== "" || wrong, tied);
    const passwordError = this.#missing.includes("password") ? t.passwordMissing : "";
    write(this.#caps, t.capsLock);
    this.#caps.hidden = !this.#capsLock;
    this.#password.show(passwordError, passwordError !== "" || wrong, [...tied, ...(this.#capsLock ? [this.#caps.id] : [])]);
  }

  #renderToggle(): void {
    const t = this.#texts;
    const shown = this.#password.input.type === "text";
    write(this.#toggle, shown ? t.hide : t.show);
    this.#toggle.setAttribute("aria-label", shown ? t.hidePassword : t.showPassword);
  }
}
