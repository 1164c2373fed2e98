// A face for everybody: initials on a colour of their own; the app has its keys.

import { drawing, h } from "./dom.js";

const KEYS = { fill: "none", "stroke-width": 2.2, "stroke-linecap": "round" };

export function avatar({ id, name, isApp }) {
  if (isApp) return appAvatar();
  const node = h("span", { class: "avatar", "aria-hidden": "true" }, initials(name));
  node.style.setProperty("--hue", hue(id || name));
  return node;
}

export function appAvatar() {
  return h("span", { class: "avatar app", "aria-hidden": "true" }, drawing(32, [
    ["circle", { ...KEYS, cx: 11, cy: 12, r: 4, stroke: "#fff" }], ["path", { ...KEYS, d: "M15 12h10m-3 0v4", stroke: "#fff" }],
    ["circle", { ...KEYS, cx: 21, cy: 22, r: 3, stroke: "#8fe0cf" }], ["path", { ...KEYS, d: "M18 22H8m3 0v3", stroke: "#8fe0cf" }],
  ]));
}

function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : name.slice(0, 2)).toUpperCase();
}

function hue(text) {
  return [...text].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 360, 7);
}
