// Puts the module's functions where the console, and a test, can reach them.
import { createExactLogin, isExactLoginError } from "/web/dist/exactlogin.js";

Object.assign(window, { createExactLogin, isExactLoginError });
