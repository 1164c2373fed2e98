// Elements are made here and nowhere else, from text: what people and databases wrote never becomes markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element; attributes that are functions listen, those that are null or false are left out. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...present(children));
  return node;
}

/** A drawing of the page's own: `shapes` are `[tag, attributes]`. */
export function drawing(size, shapes, attributes = {}) {
  const node = document.createElementNS(SVG, "svg");
  set(node, { viewBox: `0 0 ${size} ${size}`, ...attributes });
  for (const [tag, shape] of shapes) node.append(set(document.createElementNS(SVG, tag), shape));
  return node;
}

export const byId = (id) => document.getElementById(id);

export function fill(node, ...children) {
  node.replaceChildren(...present(children));
}

/** Replaces a node; where the keyboard's focus was inside, it stays on the control of the same key. */
export function swap(old, fresh) {
  const key = old.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  old.replaceWith(fresh);
  if (key) [...fresh.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key)?.focus();
}

const STROKES = {
  menu: "M3 6h14M3 10h14M3 14h14",
  close: "M5 5l10 10M15 5L5 15",
  back: "M12 4l-6 6 6 6",
  send: "M3 10h13M11 5l5 5-5 5",
  reply: "M8 4L3.500 8.500 8 13M4 8.500h7a5 5 0 0 1 5 5V16",
  smile: "M10 2.500a7.500 7.500 0 1 0 7.500 7.500M6.800 11.500a3.600 3.600 0 0 0 6.400 0M7.500 7.500v.5M12.500 7.500v.5M16 2v5M13.500 4.500h5",
  home: "M3.500 9.500L10 4l6.500 5.500V16h-4.300v-4H7.800v4H3.500z",
  page: "M5 2.500h7l3.500 3.500v11.500H5zM12 2.500V6h3.500M7.500 10h5.500M7.500 13h5.500",
  link: "M8.500 11.500a3 3 0 0 0 4.200 0l3-3a3 3 0 0 0-4.200-4.200l-1 1M11.500 8.500a3 3 0 0 0-4.200 0l-3 3a3 3 0 0 0 4.200 4.200l1-1",
  edit: "M4 16l1-4L13.500 3.500l3 3L8 15z",
  delete: "M4 5.500h12M8 5.500V3.500h4v2M5.500 5.500l.7 11h7.600l.7-11M8.500 8.500v5M11.500 8.500v5",
  check: "M4 10.500l4 4 8-9",
};

export function icon(name) {
  const line = { d: STROKES[name], fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" };
  return drawing(20, [["path", line]], { class: "stroke", "aria-hidden": "true" });
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
