// What stands above a channel's messages: its pinned messages, its bookmarks, its canvases.

import { get } from "./api.js";
import { avatar } from "./avatars.js";
import { full } from "./dates.js";
import { open } from "./dialogs.js";
import { byId, fill, h, icon } from "./dom.js";
import { emoji } from "./emoji.js";
import { parseMarkdown } from "./markdown.js";
import { openThread } from "./messages.js";
import { isWeb } from "./mrkdwn.js";
import { author, channel, state } from "./state.js";
import { mrkdwn } from "./text.js";

let drawn = "";

export function drawShelf() {
  const { bookmarks = [], canvases = [] } = channel(state.place) ?? {};
  const pins = pinned();
  const signature = JSON.stringify([state.place, bookmarks, canvases, pins.length]);
  if (signature === drawn) return;
  drawn = signature;
  const shelf = byId("shelf");
  shelf.hidden = pins.length + bookmarks.length + canvases.length === 0;
  fill(shelf,
    pins.length > 0 && item(showPins, emoji("pushpin"), `${pins.length} pinned`),
    ...canvases.map(({ id, title }) => item(() => showCanvas(id), icon("page"), title || "Untitled")),
    ...bookmarks.filter(({ link }) => isWeb(link)).map(({ title, link }) =>
      h("a", { class: "shelf-item", href: link, target: "_blank", rel: "noopener noreferrer" }, icon("link"), h("span", {}, title))));
}

function item(show, mark, words) {
  return h("button", { type: "button", class: "shelf-item", "aria-haspopup": "dialog", click: show }, mark, h("span", {}, words));
}

/** Newest pin first, replies too. */
function pinned() {
  const all = state.messages.flatMap((message) => [message, ...(message.replies ?? [])]);
  return all.filter((message) => message.pinned_to).sort((a, b) => b.pinned_info.pinned_ts - a.pinned_info.pinned_ts);
}

function showPins() {
  const one = (message) => h("button", { type: "button", class: "choice-row pin-row", click: () => { dialog.close(); openThread(message.thread_ts ?? message.ts); } },
    avatar(author(message)), h("span", { class: "choice-words" },
      h("strong", {}, author(message).name), h("small", {}, full(message.ts)), h("span", { class: "words" }, ...mrkdwn(message.text))));
  const dialog = open({ title: [`Pinned in #${state.place}`], kind: "sheet", body: [h("div", { class: "rows" }, ...pinned().map(one))] });
}

async function showCanvas(id) {
  const canvases = await get("canvases", { channel: state.place, as: state.me.id });
  const canvas = canvases.find((one) => one.id === id);
  if (canvas) open({ title: [canvas.title || "Untitled"], kind: "canvas", label: "canvas · simulated Slack", body: [markdown(canvas.markdown)] });
}

function markdown(text) {
  return h("div", { class: "document" }, ...parseMarkdown(text).map(block));
}

function block(part) {
  switch (part.type) {
    case "heading": return h(`h${part.level + 2}`, {}, ...mrkdwn(part.children));
    case "paragraph": return h("p", {}, ...mrkdwn(part.children));
    case "quote": return h("blockquote", {}, ...mrkdwn(part.children));
    case "rule": return h("hr");
    case "pre": return h("pre", { tabindex: "0" }, h("code", {}, part.text));
    case "list": return h(part.ordered ? "ol" : "ul", {}, ...part.items.map(listItem));
    default: return table(part);
  }
}

function listItem({ depth, checked, children }) {
  const box = checked === null ? null : h("input", { type: "checkbox", checked, disabled: true, "aria-label": checked ? "done" : "open" });
  return h("li", { class: `depth-${Math.min(depth, 3)}${box ? " task" : ""}` }, box, ...mrkdwn(children));
}

function table({ rows: [head, ...rest] }) {
  const cells = (tag, row) => h("tr", {}, ...row.map((cell) => h(tag, {}, ...mrkdwn(cell))));
  return h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "table" },
    h("table", {}, h("thead", {}, cells("th", head)), h("tbody", {}, ...rest.map((row) => cells("td", row)))));
}
