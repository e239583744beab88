// Every word the element shows or speaks. English is built in; another language is one object of this shape
// (exact-login.de.js is the example). `{…}` is filled in by the element.

import type { Texts } from "../../exact-login.d.ts";

export type { Texts };

/** What a page may give: any part of the texts, `errors` and `ended` by single entries. */
export type TextOptions = {
  [K in keyof Texts]?: Texts[K] extends string ? string : Readonly<Record<string, string>>;
};

const askSupport = "If it keeps happening, tell the people who run this page.";

export const english: Texts = {
  lang: "en",
  heading: "Sign in",
  email: "Email address",
  password: "Password",
  show: "Show",
  hide: "Hide",
  showPassword: "Show password",
  hidePassword: "Hide password",
  capsLock: "Caps Lock is on",
  submit: "Sign in",
  pending: "Signing in…",
  retry: "Try again",
  restoring: "Checking whether you are signed in…",
  signedIn: "You are signed in.",
  logout: "Log out",
  emailMissing: "Enter your email address",
  emailInvalid: "Enter an email address in the correct format, like name@example.com",
  passwordMissing: "Enter your password",
  offline: "You are offline. Connect to the internet, then try again.",
  retryAfter: "There were too many attempts. You can try again in {time}.",
  retryNow: "You can try again now.",
  developers: "For developers",
  developersNetwork:
    "The request got no readable answer. Check that the API’s address is right, that it allows this page’s origin (CORS), and that the worker’s Content-Security-Policy lists it under connect-src.",
  errors: {
    "invalid-option": "This sign-in form is not set up correctly. Tell the people who run this page.",
    "already-configured": "This page and another tab are set up differently. Close the other tabs of this site, then reload this page.",
    unsupported: "This browser cannot sign in here. Update it, or use another browser.",
    "load-failed": "Sign-in could not be loaded. Check your connection, then try again.",
    "worker-crashed": "Something went wrong in this browser. Try again.",
    disposed: "This form is no longer in use. Reload the page, then sign in.",
    "in-progress": "Another sign-in is under way. Wait for it to finish, then try again.",
    "invalid-request": "Check the email address and the password, then try again.",
    "invalid-credentials":
      "Check your email address and password, then try again. If you were invited, accept the invitation in your email first.",
    "password-expired": "Your password has expired. Set a new one in Exact, then sign in with it.",
    locked: "Your account is locked after too many attempts. Ask an administrator of your organization to unlock it.",
    "rate-limited": "There were too many attempts. Wait a minute, then try again.",
    unavailable: "Exact is not available at the moment. Try again in a few minutes.",
    network: "The service could not be reached. Check your connection, then try again.",
    "malformed-response": `The service gave an answer that makes no sense. Try again in a few minutes. ${askSupport}`,
    timeout: "The service took too long to answer. Check your connection, then try again.",
    "signed-out": "You are signed out. Sign in to go on.",
    "session-expired": "Your session has ended. Sign in again to go on.",
    "user-changed": "Somebody else has signed in here. Sign in again to go on.",
    idle: "You were away for a while. Sign in again to go on.",
    "extend-unavailable": "This session cannot be made longer. Sign in again to stay.",
    "forbidden-destination": "This page tried to reach an address it may not reach. Tell the people who run this page.",
    "": `Something went wrong. Try again. ${askSupport}`,
  },
  ended: {
    logout: "You have logged out.",
    idle: "You were logged out because you were away for a while.",
    "max-lifetime": "You were logged out because the longest time for one session is over.",
    expired: "You were logged out because your session expired.",
    rejected: "You were logged out because the service ended your session.",
    "user-changed": "Somebody else signed in in this browser.",
    updated: "You were logged out because this page was updated.",
    "last-tab-closed": "You were logged out because the last tab was closed.",
    "worker-crashed": "You were logged out because something went wrong in this browser.",
  },
  warningHeading: "You are about to be logged out",
  warningText: "What you have entered on this page stays here. You can stay signed in, or sign in again later and go on.",
  warningTime: "You will be logged out in {time}.",
  extend: "Stay signed in",
  signInAgain: "Sign in again",
  extended: "You are still signed in.",
  againHeading: "Sign in again",
  againText: "What you have entered on this page is still here.",
  later: "Not now",
};

/** Texts over English, part by part, so that a translation may leave gaps. Values that are not texts are ignored. */
export function completed(given: TextOptions): Texts {
  const { errors, ended, ...rest } = given;
  return {
    ...english,
    ...rest,
    errors: { ...english.errors, ...errors },
    ended: { ...english.ended, ...ended },
  } as Texts;
}
