import type { Texts } from "./exact-login.js";

/** German texts for `<exact-login>`: `element.texts = german`. */
declare const german: Texts;
export default german;
