// Slack's mrkdwn as a tree of plain objects. Pure: no page, no imports.
//
// Nodes: {type: "text" | "code" | "pre" | "emoji", text}, {type: "bold" | "italic" | "strike" | "quote", children},
// {type: "link", url, children}, {type: "user" | "channel" | "group" | "broadcast", id, label},
// {type: "date", at (seconds), format, url, fallback}, {type: "break"}.

const FENCE = /```([^]*?)```/;
const QUOTED = /^(?:&gt;|>) ?/;
const QUOTED_REST = /^(?:&gt;|>){3}/;
const BEFORE = /[\p{L}\p{N}]$/u;

const SPANS = [
  ["code", /`(?![\u200b])([^`\n]+)`/y],
  ["token", /<([^<>\n]+)>/y],
  ["emoji", /:([a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?/y],
  ["url", /https?:\/\/[^\s<>|`"']*[^\s<>|`"'.,;:!?)\]*_~]/y],
  ["bold", /\*(?![\s\u200b*])([^*\n]*[^\s*])\*(?![\p{L}\p{N}*])/uy],
  ["italic", /_(?![\s\u200b_])([^\n]*?[^\s_])_(?![\p{L}\p{N}_])/uy],
  ["strike", /~(?![\s\u200b~])([^~\n]*[^\s~])~(?![\p{L}\p{N}~])/uy],
];
const STYLES = new Set(["bold", "italic", "strike"]);

export function parse(text) {
  const fence = FENCE.exec(text);
  if (!fence) return paragraphs(text);
  const before = text.slice(0, fence.index).replace(/\n$/, "");
  const after = text.slice(fence.index + fence[0].length).replace(/^\n/, "");
  const code = { type: "pre", text: unescape(fence[1].replace(/^\n|\n$/g, "")) };
  return [...(before ? paragraphs(before) : []), code, ...(after ? parse(after) : [])];
}

export function unescape(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/** Only these become links; anything else stays text. */
export function isWeb(url) {
  return /^https?:\/\/[^\s]+$/i.test(url ?? "");
}

function paragraphs(text) {
  const nodes = [];
  const lines = text.split("\n");
  while (lines.length) {
    if (QUOTED_REST.test(lines[0])) {
      nodes.push(quote(lines.splice(0).join("\n").replace(QUOTED_REST, "").trimStart()));
    } else if (QUOTED.test(lines[0])) {
      const end = lines.findIndex((line) => !QUOTED.test(line));
      const quoted = lines.splice(0, end < 0 ? lines.length : end);
      nodes.push(quote(quoted.map((line) => line.replace(QUOTED, "")).join("\n")));
    } else {
      if (nodes.length && nodes.at(-1).type !== "quote") nodes.push({ type: "break" });
      nodes.push(...inline(lines.shift()));
    }
  }
  return nodes;
}

function quote(text) {
  const lines = text.split("\n").flatMap((line) => [{ type: "break" }, ...inline(line)]);
  return { type: "quote", children: lines.slice(1) };
}

function inline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push({ type: "text", text: unescape(plain) });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = spanAt(text, at);
    if (found) {
      flush();
      nodes.push(found.node);
      at += found.length;
    } else {
      plain += text[at++];
    }
  }
  flush();
  return nodes;
}

function spanAt(text, at) {
  const insideWord = BEFORE.test(text.slice(Math.max(0, at - 2), at));
  for (const [type, pattern] of SPANS) {
    if (insideWord && (STYLES.has(type) || type === "url")) continue;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return { node: span(type, match), length: match[0].length };
  }
  return null;
}

function span(type, match) {
  if (type === "token") return token(match[1]);
  if (type === "url") return link(match[0], match[0]);
  if (type === "code") return { type, text: unescape(match[1]) };
  if (type === "emoji") return { type, text: match[1] };
  return { type, children: inline(match[1]) };
}

function token(content) {
  const bar = content.indexOf("|");
  const target = bar < 0 ? content : content.slice(0, bar);
  const label = bar < 0 ? "" : unescape(content.slice(bar + 1));
  if (target.startsWith("@")) return { type: "user", id: target.slice(1), label };
  if (target.startsWith("#")) return { type: "channel", id: target.slice(1), label };
  if (target.startsWith("!subteam^")) return { type: "group", id: target.slice(9), label };
  if (target.startsWith("!date^")) return date(target.split("^"), label);
  if (target.startsWith("!")) return { type: "broadcast", id: target.slice(1).split("^")[0], label };
  return link(target, bar < 0 ? target : content.slice(bar + 1));
}

function date([, at, format, url], fallback) {
  return { type: "date", at: Number(at), format: format ?? "", url: unescape(url ?? ""), fallback };
}

function link(target, label) {
  const url = unescape(target);
  const children = [{ type: "text", text: unescape(label) }];
  return isWeb(url) ? { type: "link", url, children } : children[0];
}
