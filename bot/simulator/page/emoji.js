// Emoji by Slack's short names. Those that carry a meaning here are drawn, so that they look the same on a
// machine without an emoji font; all others are left to the machine's fonts.

import { drawing, h } from "./dom.js";

const CHARACTERS = {
  white_check_mark: "✅", no_entry: "⛔", eyes: "👀", pushpin: "📌", warning: "⚠️",
  large_green_circle: "🟢", red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡",
  large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫", x: "❌", key: "🔑", old_key: "🗝️",
  hourglass_flowing_sand: "⏳", hourglass: "⌛", information_source: "ℹ️", lock: "🔒", unlock: "🔓",
  rotating_light: "🚨", octagonal_sign: "🛑", heavy_check_mark: "✔️", ballot_box_with_check: "☑️",
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", tada: "🎉", rocket: "🚀", heart: "❤️",
  fire: "🔥", wave: "👋", pray: "🙏", raised_hands: "🙌", thinking_face: "🤔", smile: "😄", cry: "😢",
  scream: "😱", question: "❓", exclamation: "❗", bulb: "💡", bell: "🔔", no_bell: "🔕", mag: "🔍",
  floppy_disk: "💾", package: "📦", file_cabinet: "🗄️", memo: "📝", chart_with_upwards_trend: "📈",
  arrows_counterclockwise: "🔄", repeat: "🔁", stopwatch: "⏱️", clock1: "🕐", shield: "🛡️", link: "🔗",
  bug: "🐛", wrench: "🔧", ice_cube: "🧊", hammer_and_wrench: "🛠️", construction: "🚧", zap: "⚡", robot_face: "🤖", 100: "💯",
  ok_hand: "👌", hand: "✋", point_right: "👉", white_large_square: "⬜", black_large_square: "⬛",
};

const line = (d, stroke, width = 2) =>
  ["path", { d, fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" }];
const dot = (fill) => [["circle", { cx: 10, cy: 10, r: 8, fill }]];

const DRAWN = {
  "✅": [["rect", { x: 2, y: 2, width: 16, height: 16, rx: 4, fill: "#2e9e5b" }], line("M6 10.500l3 3 5.500-7", "#fff", 2.2)],
  "⛔": [...dot("#d33f33"), ["rect", { x: 5, y: 8.5, width: 10, height: 3, rx: 1, fill: "#fff" }]],
  "👀": [6, 14].flatMap((cx) => [
    ["ellipse", { cx, cy: 10, rx: 3.4, ry: 5.2, fill: "#fff", stroke: "#7b8a86", "stroke-width": 1 }],
    ["circle", { cx: cx - 1, cy: 11, r: 1.7, fill: "#26302e" }],
  ]),
  "📌": [line("M10 12.500V18", "#8d9a97", 1.6), ["path", { d: "M6.500 2h7l-.8 2v4l2.800 2.500v2h-11v-2L7.300 8V4z", fill: "#d9483b" }]],
  "⚠": [["path", { d: "M10 2.200L18.500 17h-17z", fill: "#f0b32e", stroke: "#f0b32e", "stroke-width": 1.6, "stroke-linejoin": "round" }], line("M10 7.500v4.500M10 14.700v.1", "#4a3608", 1.9)],
  "🟢": dot("#2fa866"), "🔴": dot("#d9483b"), "🟠": dot("#ea8a2c"), "🟡": dot("#eac22c"), "🔵": dot("#3b7dd8"),
  "⚪": [["circle", { cx: 10, cy: 10, r: 7.5, fill: "#f4f5f3", stroke: "#9aa5a2" }]], "⚫": dot("#2b3230"),
  "❌": [line("M4.500 4.500l11 11M15.500 4.500l-11 11", "#d9483b", 3)],
  "ℹ": [["rect", { x: 2, y: 2, width: 16, height: 16, rx: 4, fill: "#3b7dd8" }], line("M10 9.500V14M10 6v.1", "#fff", 2.2)],
  "🔑": [["circle", { cx: 6.5, cy: 10, r: 3.6, fill: "none", stroke: "#d7a021", "stroke-width": 2.2 }], line("M10.200 10h7.300M15 10v3.200M12.600 10v2.200", "#d7a021", 2.2)],
  "⏳": [line("M5 2.500h10M5 17.500h10M6.300 2.500c0 5 7.400 5 7.400 15M13.700 2.500c0 5-7.400 5-7.400 15", "#b98a3a", 1.7)],
  "🔒": [["rect", { x: 4, y: 9, width: 12, height: 8.5, rx: 2, fill: "#d7a021" }], line("M6.500 9V6.500a3.500 3.500 0 0 1 7 0V9", "#8d9a97", 2)],
  "🔧": [line("M4 16l7-7", "#7b8a86", 3.4), ["path", { d: "M17.500 6.200l-3 1.600-2.300-2.300 1.600-3a4.600 4.600 0 1 0 3.700 3.700z", fill: "#7b8a86" }]],
  "🚧": [["rect", { x: 2, y: 5, width: 16, height: 6.5, rx: 1, fill: "#f0b32e" }], line("M6 6l-2 4.500M11 6l-2 4.500M16 6l-2 4.500", "#3a3320", 1.8), line("M5 11.500V17M15 11.500V17", "#7b8a86", 1.8)],
  "🧊": [["rect", { x: 3, y: 3, width: 14, height: 14, rx: 3, fill: "#a9d8ee", stroke: "#6fb3d2", "stroke-width": 1.2 }], line("M6.500 11V7.500a1 1 0 0 1 1-1H11", "#fff", 1.8)],
  "🚀": [["path", { d: "M16.500 3.500c-5 0-8 3-9.500 7l2.500 2.500c4-1.500 7-4.500 7-9.500z", fill: "#8d9a97" }], line("M7 10.500l-3 .8 2-3.300M9.500 13l-.8 3 3.300-2", "#d9483b", 1.8), ["circle", { cx: 12.8, cy: 7.2, r: 1.4, fill: "#3b7dd8" }]],
  "🚨": [["path", { d: "M5 14v-4a5 5 0 0 1 10 0v4z", fill: "#d9483b" }], ["rect", { x: 3, y: 14, width: 14, height: 3.5, rx: 1, fill: "#7b8a86" }], line("M10 1.500v1.500M3.500 4.500l1 1M16.500 4.500l-1 1", "#d9483b", 1.5)],
};

const NAMES = Object.fromEntries(Object.entries(CHARACTERS).map(([name, character]) => [bare(character), name]));
const IN_TEXT = new RegExp(`(${Object.keys(DRAWN).join("|")})\\uFE0F?`, "u");

/** The reactions that the picker offers. */
export const QUICK = ["white_check_mark", "no_entry", "eyes", "pushpin"];

export function emoji(name) {
  const character = CHARACTERS[name.split("::")[0]];
  return character ? glyph(character) : document.createTextNode(`:${name}:`);
}

/** Text as nodes, with the drawn emoji in the place of their characters. */
export function withEmoji(text) {
  return String(text).split(IN_TEXT).filter(Boolean).map((part) => (DRAWN[part] ? glyph(part) : part));
}

/** Slack's plain_text: short names count unless `emoji` is false. */
export function plainText(object) {
  if (!object) return [];
  if (object.emoji === false) return withEmoji(object.text);
  return object.text.split(/(:[a-z0-9_+-]+:)/).flatMap((part) => {
    const name = /^:(.+):$/.exec(part)?.[1];
    return name && CHARACTERS[name] ? [emoji(name)] : withEmoji(part);
  });
}

function glyph(character) {
  const shapes = DRAWN[bare(character)];
  const label = (NAMES[bare(character)] ?? character).replaceAll("_", " ");
  if (shapes) return drawing(20, shapes, { class: "emoji", role: "img", "aria-label": label });
  return h("span", { class: "emoji-text", role: "img", "aria-label": label }, character);
}

function bare(character) {
  return character.replace("\uFE0F", "");
}
