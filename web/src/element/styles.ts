// The element's look. Light and dark follow the page's own `color-scheme` (light-dark()), so a page that is only light
// never gets a dark form. Each rule weighs one class, so that a page's resets of plain tags do no harm and its
// `exact-login .exact-login__…` rules win.

export const styles = `
exact-login {
  --_accent: var(--exact-login-accent, light-dark(#1a5fb4, #8ab8f5));
  --_accent-text: var(--exact-login-accent-text, light-dark(#fff, #10131a));
  --_text: var(--exact-login-color, light-dark(#15181e, #eceef2));
  --_muted: var(--exact-login-muted, light-dark(#545b66, #a9b1bd));
  --_surface: var(--exact-login-background, light-dark(#fff, #1a1e26));
  --_field: var(--exact-login-field, light-dark(#fff, #11141a));
  --_border: var(--exact-login-border, light-dark(#7b8492, #77808f));
  --_error: var(--exact-login-error, light-dark(#b3261e, #ff9c94));
  --_radius: var(--exact-login-radius, 8px);
  --_space: var(--exact-login-space, 16px);
  display: block;
  color: var(--_text);
  font: var(--exact-login-font, 16px/1.45 system-ui, sans-serif);
  text-align: start;
}
exact-login[hidden], exact-login [hidden] { display: none !important; }
.exact-login__box, .exact-login__box * { box-sizing: border-box; }
.exact-login__box { position: relative; }
.exact-login__dialog { position: fixed; }
.exact-login__form { display: grid; gap: var(--_space); margin: 0; }
.exact-login__form[inert] { opacity: .55; }
.exact-login__heading { margin: 0; font-size: 1.5em; line-height: 1.2; font-weight: 650; overflow-wrap: anywhere; }
.exact-login__text { margin: 0; color: var(--_muted); }
.exact-login__notice, .exact-login__error {
  margin: 0; padding: calc(var(--_space) * .6) calc(var(--_space) * .75);
  border: 1px solid var(--_border); border-inline-start-width: 4px; border-radius: var(--_radius);
  overflow-wrap: anywhere;
}
.exact-login__error { border-color: var(--_error); }
.exact-login__error > :first-child { margin: 0; color: var(--_error); font-weight: 600; }
.exact-login__developers { margin-top: .5em; font-size: .875em; }
.exact-login__developers summary { cursor: pointer; }
.exact-login__field { display: grid; gap: 6px; }
.exact-login__label { font-weight: 600; }
.exact-login__input-row { position: relative; display: grid; }
.exact-login__input {
  width: 100%; min-width: 0; min-height: 46px; padding: 8px 12px; font: inherit; color: inherit;
  background: var(--_field); border: 1px solid var(--_border); border-radius: var(--_radius);
}
.exact-login__input--password { padding-inline-end: 6.5em; }
.exact-login__input[aria-invalid=true] { border-color: var(--_error); box-shadow: inset 0 0 0 1px var(--_error); }
.exact-login__input:read-only { opacity: .7; }
.exact-login__hint { margin: 0; font-size: .9375em; color: var(--_muted); }
.exact-login__field-error { margin: 0; font-size: .9375em; font-weight: 600; color: var(--_error); }
.exact-login__toggle {
  position: absolute; inset-block: 5px; inset-inline-end: 5px; padding: 0 12px; font: inherit; font-size: .9375em;
  color: var(--_accent); background: none; border: 0; border-radius: calc(var(--_radius) - 3px); cursor: pointer;
}
.exact-login__button {
  min-height: 46px; padding: 8px 20px; font: inherit; font-weight: 600; border-radius: var(--_radius); cursor: pointer;
  color: var(--_accent); background: none; border: 1px solid var(--_border);
}
.exact-login__button--primary { color: var(--_accent-text); background: var(--_accent); border-color: var(--_accent); }
.exact-login__button:hover:not(:disabled) { filter: brightness(1.08); }
.exact-login__button:disabled { opacity: .65; cursor: default; }
.exact-login__actions { display: flex; flex-wrap: wrap; gap: calc(var(--_space) * .75); }
.exact-login__actions > * { flex: 1 1 auto; }
exact-login :is(input, button, summary, dialog):focus-visible {
  outline: 3px solid var(--_accent); outline-offset: 2px;
}
.exact-login__dialog {
  width: min(27em, calc(100vw - 24px)); max-height: calc(100dvh - 24px); overflow: auto;
  margin: auto; padding: calc(var(--_space) * 1.5);
  color: var(--_text); background: var(--_surface); border: 1px solid var(--_border); border-radius: calc(var(--_radius) * 1.5);
  box-shadow: 0 16px 48px #0006;
}
.exact-login__dialog::backdrop { background: #000a; }
.exact-login__warning { display: grid; gap: var(--_space); }
.exact-login__time { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.exact-login__live { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: no-preference) { .exact-login__dialog[open] { animation: exact-login-in .15s ease-out; } }
@keyframes exact-login-in { from { opacity: 0; } }
@media (forced-colors: active) {
  .exact-login__button--primary { forced-color-adjust: none; color: ButtonText; background: ButtonFace; border: 2px solid ButtonText; }
  .exact-login__button:disabled { color: GrayText; border-color: GrayText; opacity: 1; }
  .exact-login__input[aria-invalid=true] { border-width: 3px; }
}`;

let sheet: CSSStyleSheet | undefined;

/** Adds the styles to the document (or shadow root) the element lives in, once. A constructed sheet needs no inline style. */
export function adopt(root: Node): void {
  if (!(root instanceof Document || root instanceof ShadowRoot)) return;
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
