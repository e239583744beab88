// The few lines that stand in for a framework. Nodes are built, never parsed: it works under Trusted Types.

type Attributes = Readonly<Record<string, string | boolean>>;

/** An element with its attributes (true = present, false = absent) and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Sets a text only if it changed: a live region speaks again with every write. */
export function write(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets or removes an attribute. */
export function mark(node: Element, name: string, value: string | null): void {
  if (value === null) node.removeAttribute(name);
  else node.setAttribute(name, value);
}

/** Milliseconds in words of the language, as "2 minutes 5 seconds"; rounded up, so that "0 seconds" means the end. */
export function duration(ms: number, lang: string): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const unit = (value: number, name: "minute" | "second") =>
    new Intl.NumberFormat(lang, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return unit(seconds, "second");
  return seconds % 60 === 0 ? unit(minutes, "minute") : `${unit(minutes, "minute")} ${unit(seconds % 60, "second")}`;
}
