// German texts for <exact-login>: `element.texts = german`.
export { german as default } from "./element/de.js";
