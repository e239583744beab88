// The element's file: one import defines <exact-login>. The client comes from the module beside it, which is not bundled
// in, so that a page that uses both loads it once.

import { createExactLogin } from "./exactlogin.js";
import { elementClass } from "./element/element.js";

// Two copies of this file may meet in one page: the first defines the element.
if (typeof customElements !== "undefined" && !customElements.get("exact-login")) {
  customElements.define("exact-login", elementClass(createExactLogin));
}
