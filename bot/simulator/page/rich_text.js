// Slack's rich_text block.

import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { channelMention, groupMention, link, mention, moment, userMention } from "./text.js";

const STYLES = [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"]];

export function richText(block) {
  return h("div", { class: "rich" }, ...block.elements.map(part));
}

function part(element) {
  switch (element.type) {
    case "rich_text_section": return h("p", {}, ...inline(element));
    case "rich_text_quote": return h("blockquote", {}, ...inline(element));
    case "rich_text_preformatted": return h("pre", { tabindex: "0" }, h("code", {}, ...element.elements.map(({ text, url }) => text ?? url ?? "")));
    case "rich_text_list": return list(element);
    default: return unsupported(element.type);
  }
}

function list({ style, indent = 0, offset = 0, elements }) {
  const tag = style === "ordered" ? "ol" : "ul";
  const start = style === "ordered" && offset ? offset + 1 : null;
  return h(tag, { start, class: `indent-${Math.min(indent, 5)}` }, ...elements.map((item) => h("li", {}, ...inline(item))));
}

function inline(element) {
  return element.elements.map((piece) => styled(content(piece), piece.style ?? {}));
}

function styled(node, style) {
  return STYLES.filter(([name]) => style[name]).reduce((inner, [, tag]) => h(tag, {}, inner), node);
}

function content(piece) {
  switch (piece.type) {
    case "text": return piece.style?.code ? piece.text : lines(piece.text);
    case "link": return link(piece.url, withEmoji(piece.text ?? piece.url));
    case "emoji": return emoji(piece.name);
    case "user": return userMention(piece.user_id);
    case "channel": return channelMention(piece.channel_id);
    case "usergroup": return groupMention(piece.usergroup_id);
    case "broadcast": return mention("broadcast", `@${piece.range}`);
    case "date": return moment({ at: piece.timestamp, format: piece.format, url: piece.url, fallback: piece.fallback ?? "" });
    case "color": return h("code", {}, piece.value);
    default: return unsupported(piece.type);
  }
}

function lines(text) {
  return h("span", { class: "as-written" }, ...withEmoji(text));
}

function unsupported(type) {
  return h("span", { class: "unsupported" }, `unsupported rich text: ${type}`);
}
