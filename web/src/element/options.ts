// Options as attributes and properties. A property wins over its attribute; what is absent is left to the client's own
// defaults, and what is wrong is named by the client's own check.

type Kind = "text" | "number" | "list";

/** Every option that has an attribute of its own: kebab-case of the name. */
const kinds: Readonly<Record<string, Kind>> = {
  api: "text",
  name: "text",
  application: "text",
  mode: "text",
  allow: "list",
  isolation: "text",
  persistence: "text",
  expiry: "text",
  lifetime: "number",
  warnBefore: "number",
  maxLifetime: "number",
  keepAlive: "text",
  verify: "text",
  revoke: "text",
  on401: "text",
  whenSignedOut: "text",
  httpCache: "text",
  endWithLastTab: "number",
  assets: "text",
};

/** The names of the properties; `idle` is one property and two attributes (`idle-after`, `idle-background`). */
export const optionNames: readonly string[] = [...Object.keys(kinds), "idle"];

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const optionAttributes: readonly string[] = [...Object.keys(kinds).map(kebab), "idle-after", "idle-background"];

// An empty number attribute is a mistake, not 0.
const number = (value: string) => (value.trim() === "" ? NaN : Number(value));

/** The options for createExactLogin, from an element's attributes and the properties set on it. */
export function readOptions(element: Element, properties: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(kinds)) {
    const value = element.getAttribute(kebab(name));
    if (value === null) continue;
    options[name] = kind === "number" ? number(value) : kind === "list" ? value.split(/\s+/).filter(Boolean) : value;
  }
  const idle: Record<string, number> = {};
  for (const part of ["after", "background"]) {
    const value = element.getAttribute(`idle-${part}`);
    if (value !== null) idle[part] = number(value);
  }
  if (Object.keys(idle).length > 0) options["idle"] = idle;
  for (const [name, value] of properties) {
    if (value === undefined || value === null) delete options[name];
    else options[name] = value;
  }
  return options;
}
