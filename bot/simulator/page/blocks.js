// Slack's blocks as nodes; a block that this page does not know is shown as such.

import { control, field, picture } from "./controls.js";
import { h } from "./dom.js";
import { plainText, withEmoji } from "./emoji.js";
import { richText } from "./rich_text.js";
import { mrkdwn, textObject } from "./text.js";

/** `surface`: {act(element, value, block), fields: Map of block id → field, for forms}. */
export function blocks(list, surface) {
  return h("div", { class: "blocks" }, ...list.map((block) => guarded(block, surface)));
}

function guarded(block, surface) {
  try {
    return one(block, surface);
  } catch (error) {
    console.error("a block could not be drawn", block, error);
    return unsupported(`${block.type} (malformed)`);
  }
}

function one(block, surface) {
  switch (block.type) {
    case "header": return h("h3", {}, ...plainText(block.text));
    case "divider": return h("hr");
    case "section": return section(block, surface);
    case "context": return h("div", { class: "context" }, ...block.elements.map(contextElement));
    case "actions": return h("div", { class: "actions" }, ...block.elements.map((element) => live(element, block, surface)));
    case "image": return picture(block);
    case "table": return table(block);
    case "rich_text": return richText(block);
    case "input": return input(block, surface);
    default: return unsupported(block.type);
  }
}

function live(element, block, surface) {
  return control(element, (chosen, value) => surface.act(chosen, value, block));
}

function section(block, surface) {
  return h("div", { class: block.accessory ? "section with-accessory" : "section" },
    h("div", { class: "section-text" },
      block.text && h("div", { class: "words" }, ...textObject(block.text)),
      block.fields && h("div", { class: "fields" }, ...block.fields.map((part) => h("div", {}, ...textObject(part))))),
    block.accessory && h("div", { class: "accessory" }, live(block.accessory, block, surface)));
}

function contextElement(element) {
  return element.type === "image" ? picture(element) : h("span", {}, ...textObject(element));
}

function table({ rows, column_settings: settings = [] }) {
  const cell = (tag) => (content, column) => {
    const { align = "left", is_wrapped: wrapped } = settings[column] ?? {};
    return h(tag, { class: `${align} ${wrapped ? "wrapped" : ""}`, scope: tag === "th" ? "col" : null }, tableCell(content));
  };
  const [head, ...rest] = rows;
  return h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "table" },
    h("table", {}, h("thead", {}, h("tr", {}, ...head.map(cell("th")))), h("tbody", {}, ...rest.map((row) => h("tr", {}, ...row.map(cell("td")))))));
}

function tableCell(content) {
  if (content.type === "rich_text") return richText(content);
  return content.type === "raw_number" ? String(content.value) : h("span", {}, ...withEmoji(content.text ?? ""));
}

function input(block, surface) {
  if (!surface.fields) return unsupported("input outside a modal");
  const { node, value } = field(block.element);
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  surface.fields.set(block.block_id, { element: block.element, optional: Boolean(block.optional), value, problem, node, label: block.label.text });
  const grouped = node.classList.contains("choices");
  return h(grouped ? "fieldset" : "label", { class: "field" },
    h(grouped ? "legend" : "span", { class: "label" }, ...plainText(block.label), block.optional && h("small", {}, " (optional)")),
    node, block.hint && h("small", { class: "hint" }, ...plainText(block.hint)), problem);
}

function unsupported(type) {
  return h("p", { class: "unsupported" }, `unsupported block: ${type}`);
}

/** A message's own text, where it has no blocks. */
export function bare(text) {
  return h("div", { class: "words" }, ...mrkdwn(text));
}
