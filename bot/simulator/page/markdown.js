// Markdown, as canvases take it, as a tree of plain objects. Pure: no page, no imports but what a link is.
//
// Blocks: {type: "heading", level, children}, {type: "paragraph" | "quote", children}, {type: "rule"},
// {type: "pre", text}, {type: "list", ordered, items: [{depth, checked (true, false, null), children}]},
// {type: "table", rows: [[children]]}, the first row being its head. Children are those of mrkdwn.js.

import { isWeb } from "./mrkdwn.js";

const FENCE = /^```/;
const HEADING = /^(#{1,3})\s+(.*)$/;
const RULE = /^(?:-{3,}|\*{3,})$/;
const ITEM = /^(\s*)(?:[-*+]|(\d+)\.)\s+(?:\[([ xX])\]\s+)?(.*)$/;
const QUOTE = /^>\s?/;
const DIVIDER = /^\|[\s:|-]+\|$/;

const SPANS = [
  ["escape", /\\([\\`*_{}[\]()#+.!|~<>&-])/y],
  ["code", /`([^`\n]+)`/y],
  ["link", /\[((?:\\.|[^\]\\])*)\]\(([^)\s]+)\)/y],
  ["bold", /\*\*(?=\S)((?:\\.|[^\\])*?\S)\*\*/y],
  ["strike", /~~(?=\S)((?:\\.|[^\\])*?\S)~~/y],
  ["italic", /([*_])(?=\S)((?:\\.|[^\\*_])*?\S)\1(?![\p{L}\p{N}])/uy],
];

export function parseMarkdown(text) {
  const lines = text.split("\n");
  const blocks = [];
  while (lines.length) {
    if (lines[0].trim()) blocks.push(block(lines));
    else lines.shift();
  }
  return blocks;
}

function block(lines) {
  const first = lines[0];
  if (FENCE.test(first)) return fenced(lines);
  if (RULE.test(first.trim())) return lines.shift() && { type: "rule" };
  const [, marks, title] = HEADING.exec(first) ?? [];
  if (marks) return lines.shift() && { type: "heading", level: marks.length, children: inline(title) };
  if (ITEM.test(first)) return list(lines);
  if (QUOTE.test(first)) return { type: "quote", children: joined(taken(lines, QUOTE).map((line) => line.replace(QUOTE, ""))) };
  if (first.startsWith("|")) return table(lines);
  return { type: "paragraph", children: joined(paragraph(lines)) };
}

function fenced(lines) {
  lines.shift();
  const end = lines.findIndex((line) => FENCE.test(line));
  const text = lines.splice(0, end < 0 ? lines.length : end).join("\n");
  lines.shift();
  return { type: "pre", text };
}

function list(lines) {
  const ordered = Boolean(ITEM.exec(lines[0])[2]);
  const items = taken(lines, ITEM).map((line) => {
    const [, space, , tick, words] = ITEM.exec(line);
    return { depth: Math.floor(space.length / 2), checked: tick ? tick !== " " : null, children: inline(words) };
  });
  return { type: "list", ordered, items };
}

function table(lines) {
  const rows = taken(lines, /^\|/).filter((line) => !DIVIDER.test(line.trim()));
  return { type: "table", rows: rows.map((line) => cells(line).map((cell) => inline(cell.trim()))) };
}

function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/);
}

function paragraph(lines) {
  const words = [lines.shift()];
  while (lines.length && lines[0].trim() && ![FENCE, HEADING, ITEM, QUOTE, /^\|/].some((start) => start.test(lines[0]))) words.push(lines.shift());
  return words;
}

function taken(lines, pattern) {
  const end = lines.findIndex((line) => !pattern.test(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function joined(lines) {
  return lines.flatMap((line, index) => [...(index ? [{ type: "break" }] : []), ...inline(line)]);
}

function inline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push({ type: "text", text: plain });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = spanAt(text, at);
    if (found?.type === "escape") plain += found.match[1];
    else if (found) {
      flush();
      nodes.push(span(found));
    } else plain += text[at];
    at += found ? found.match[0].length : 1;
  }
  flush();
  return nodes;
}

function spanAt(text, at) {
  for (const [type, pattern] of SPANS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return { type, match };
  }
  return null;
}

function span({ type, match }) {
  if (type === "code") return { type, text: match[1] };
  if (type === "italic") return { type, children: inline(match[2]) };
  if (type !== "link") return { type, children: inline(match[1]) };
  const children = inline(match[1]);
  return isWeb(match[2]) ? { type, url: match[2], children } : { type: "text", text: match[0] };
}
