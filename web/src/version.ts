declare const EXACTLOGIN_VERSION: string;

/** From package.json, stamped by the build into everything it makes, the wasm included. */
export const version: string = EXACTLOGIN_VERSION;
