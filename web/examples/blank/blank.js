// Puts the module's exports where the console, and a test, can reach them.
import * as exactlogin from "/web/dist/exactlogin.js";

Object.assign(window, exactlogin);
