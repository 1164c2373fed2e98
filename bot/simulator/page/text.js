// Slack's text objects as nodes.

import { day, formatted, full } from "./dates.js";
import { h } from "./dom.js";
import { emoji, plainText, withEmoji } from "./emoji.js";
import { isWeb, parse } from "./mrkdwn.js";
import { channel, group, person } from "./state.js";

const WRAPPERS = { bold: "strong", italic: "em", strike: "s", quote: "blockquote" };

/** The nodes of a `mrkdwn` string, as a message's `text` is one too. */
export function mrkdwn(text) {
  return (Array.isArray(text) ? text : parse(String(text ?? ""))).map(node);
}

/** The nodes of a text object, of either kind. */
export function textObject(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text) : plainText(object);
}

export function link(url, children) {
  if (!isWeb(url)) return h("span", {}, ...children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", title: url }, ...children);
}

export function mention(kind, words) {
  return h("span", { class: `mention ${kind}` }, words);
}

export function userMention(id, label) {
  return mention("user", `@${person(id)?.name ?? (label || id)}`);
}

export function channelMention(id, label) {
  const found = channel(id);
  const name = found?.name ?? (label || id);
  return found ? h("a", { class: "mention", href: `#channel=${encodeURIComponent(name)}` }, `#${name}`) : mention("", `#${name}`);
}

export function groupMention(id, label) {
  const name = group(id)?.handle ?? (label || id);
  return mention("group", name.startsWith("@") ? name : `@${name}`);
}

export function moment({ at, format, url, fallback }) {
  if (!Number.isFinite(at)) return fallback;
  const words = h("time", { datetime: new Date(at * 1000).toISOString(), title: full(at) }, formatted(at, format));
  return isWeb(url) ? link(url, [words]) : words;
}

export function dayName(seconds) {
  return day(seconds);
}

function node(part) {
  switch (part.type) {
    case "text": return withEmoji(part.text);
    case "break": return h("br");
    case "code": return h("code", {}, part.text);
    case "pre": return h("pre", { tabindex: "0" }, h("code", {}, part.text));
    case "emoji": return emoji(part.text);
    case "link": return link(part.url, mrkdwn(part.children));
    case "user": return userMention(part.id, part.label);
    case "channel": return channelMention(part.id, part.label);
    case "group": return groupMention(part.id, part.label);
    case "broadcast": return mention("broadcast", `@${part.id}`);
    case "date": return moment(part);
    default: return h(WRAPPERS[part.type], {}, ...mrkdwn(part.children));
  }
}
