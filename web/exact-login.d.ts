/**
 * `<exact-login>`: the sign-in form, the warning before the session ends, and the form again after it has ended.
 *
 *     <script type="module" src="/web/dist/exact-login.js"></script>
 *     <exact-login api="sandbox"></exact-login>
 *
 * Importing the module defines the element. Attributes are the options of `createExactLogin` in kebab-case (`warn-before`,
 * `idle-after`, `idle-background`, …; `allow` is separated by spaces); each is a property as well. The client is made once
 * `api` is known; options set later apply to the next client.
 *
 * Children with `data-exact="heading" | "intro" | "help" | "footer" | "signed-in" | "warning"` take the place of that
 * region. `reauthenticate="inline"` shows the form in place after an end, not above the page.
 *
 * Looks: the custom properties `--exact-login-accent`, `-accent-text`, `-color`, `-muted`, `-background`, `-field`,
 * `-border`, `-error`, `-radius`, `-space`, `-font`; rules of the page like `exact-login .exact-login__button { … }`;
 * `color-scheme` decides on light or dark.
 * Reserve the space before the module is there: `exact-login:not(:defined) { display: block; min-height: 21rem }`.
 */

import type { ExactLogin, ExactLoginError, ExactLoginOptions, Session } from "./exactlogin.js";

/** Every text the element shows or speaks. `{time}` is filled in. */
export interface Texts {
  /** BCP 47 tag, for numbers and units in countdowns. */
  lang: string;
  heading: string;
  email: string;
  password: string;
  show: string;
  hide: string;
  showPassword: string;
  hidePassword: string;
  capsLock: string;
  submit: string;
  pending: string;
  retry: string;
  restoring: string;
  signedIn: string;
  logout: string;
  emailMissing: string;
  emailInvalid: string;
  passwordMissing: string;
  /** Instead of `errors.network` where the browser says that it is offline. */
  offline: string;
  /** `{time}`: the wait the API asked for, counted down. */
  retryAfter: string;
  retryNow: string;
  developers: string;
  developersNetwork: string;
  /** By error code; `""` is for all others. */
  errors: Readonly<Record<string, string>>;
  /** By the reason of the last end. */
  ended: Readonly<Record<string, string>>;
  warningHeading: string;
  warningText: string;
  /** `{time}`: "2 minutes". Spoken at 5, 2, 1 minute and 30 seconds. */
  warningTime: string;
  extend: string;
  signInAgain: string;
  extended: string;
  againHeading: string;
  againText: string;
  later: string;
}

/** `restoring`: a session of this origin is being looked up. `warning`, `again`: a dialog above the page. */
export type ExactLoginView = "restoring" | "form" | "signed-in" | "warning" | "again";

export interface ExactLoginElementEventMap {
  /** The client is there. */
  ready: CustomEvent<null>;
  /** Somebody is signed in: by this form, in another tab, or from before a reload. */
  login: CustomEvent<Session>;
  /** The session has ended, for whatever `reason`. */
  logout: CustomEvent<Session>;
  /** The warning is shown. */
  expiring: CustomEvent<Session>;
  /** What was tried has failed. Does not bubble. */
  error: CustomEvent<ExactLoginError>;
  /** `view` has changed. Does not bubble. */
  view: CustomEvent<null>;
}

export interface ExactLoginElement extends HTMLElement, Partial<ExactLoginOptions> {
  /** Made from the options, or given by the page (then it stays the page's to dispose of). */
  client: ExactLogin | null;
  /** What is seen; also the attribute `data-view`. */
  readonly view: ExactLoginView;
  /** The e-mail in the form. */
  email: string;
  /** English, unless set; what is left out stays English. */
  get texts(): Texts;
  set texts(texts: { readonly [K in keyof Texts]?: Texts[K] extends string ? string : Readonly<Record<string, string>> });
  /** Asks for the password above the page, as after an end. */
  reauthenticate(): void;
  addEventListener<K extends keyof ExactLoginElementEventMap>(
    type: K,
    listener: (this: ExactLoginElement, event: ExactLoginElementEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "exact-login": ExactLoginElement;
  }
}
