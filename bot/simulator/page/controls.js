// The interactive elements of Slack's blocks. `act(element, value)` is told what a person did.

import { h } from "./dom.js";
import { plainText } from "./emoji.js";
import { confirmed } from "./dialogs.js";
import { isWeb } from "./mrkdwn.js";
import { textObject } from "./text.js";

/** A control that acts at once: in a message, or beside a section. */
export function control(element, act) {
  switch (element.type) {
    case "button": return button(element, act);
    case "static_select": return select(element, (value) => ask(element, () => act(element, value)));
    case "overflow": return select({ ...element, placeholder: { type: "plain_text", text: "More …" } }, (value) => ask(element, () => act(element, value)));
    case "checkboxes":
    case "radio_buttons": return choices(element, (value) => ask(element, () => act(element, value)));
    case "image": return picture(element);
    default: return h("span", { class: "unsupported" }, `unsupported element: ${element.type}`);
  }
}

/** A control of a form: it only holds a value. Returns {node, value()}; value() is null where nothing is chosen. */
export function field(element) {
  switch (element.type) {
    case "plain_text_input": return input(element);
    case "static_select": {
      const node = select(element, () => {});
      return { node, value: () => node.value || null };
    }
    case "checkboxes": {
      const node = choices(element, () => {});
      return { node, value: () => checked(node) };
    }
    case "radio_buttons": {
      const node = choices(element, () => {});
      return { node, value: () => checked(node)[0] ?? null };
    }
    default: return { node: h("p", { class: "unsupported" }, `unsupported element: ${element.type}`), value: () => null };
  }
}

export function picture({ image_url: url, alt_text: words, title }) {
  if (!isWeb(url)) return h("p", { class: "unsupported" }, `no picture: ${words ?? ""}`);
  return h("figure", {}, title && h("figcaption", {}, ...textObject(title)), h("img", { src: url, alt: words ?? "", loading: "lazy", referrerpolicy: "no-referrer" }));
}

/** A file of a message: a picture is shown, and opens in its full size. */
export function attached({ url_private: url, mimetype, title, alt_txt: words }) {
  const link = (...shown) => h("a", { href: url, target: "_blank", rel: "noopener" }, ...shown);
  if (!mimetype.startsWith("image/")) return link(title);
  return h("figure", { class: "attached" }, h("figcaption", {}, title), link(h("img", { src: url, alt: words ?? title, loading: "lazy" })));
}

function button(element, act) {
  const tap = async () => {
    if (isWeb(element.url)) window.open(element.url, "_blank", "noopener,noreferrer");
    await busy(node, () => ask(element, () => act(element, element.value)));
  };
  const node = h("button", {
    type: "button", class: `button ${element.style ?? ""}`, click: tap,
    "aria-label": element.accessibility_label, "data-key": `action ${element.action_id} ${element.value ?? ""}`,
  }, ...plainText(element.text));
  return node;
}

async function busy(node, work) {
  node.disabled = true;
  node.classList.add("busy");
  try {
    await work();
  } finally {
    node.disabled = false;
    node.classList.remove("busy");
  }
}

async function ask(element, act) {
  if (!element.confirm || (await confirmed(element.confirm))) await act();
}

function input(element) {
  const shared = {
    placeholder: element.placeholder?.text, maxlength: element.max_length, minlength: element.min_length,
    autofocus: element.focus_on_load,
  };
  const node = element.multiline ? h("textarea", { ...shared, rows: 4 }) : h("input", { ...shared, type: "text", autocomplete: "off" });
  node.value = element.initial_value ?? "";
  return { node, value: () => node.value || null };
}

function select(element, chosen) {
  const initial = element.initial_option?.value;
  const option = ({ text, value }) => h("option", { value, selected: value === initial }, text.text);
  const groups = (element.option_groups ?? []).map(({ label, options }) => h("optgroup", { label: label.text }, ...options.map(option)));
  const node = h("select", { change: () => node.value && chosen(node.value), "data-key": `action ${element.action_id}`, "aria-label": element.placeholder?.text },
    h("option", { value: "" }, element.placeholder?.text ?? "Choose …"), ...groups, ...(element.options ?? []).map(option));
  return node;
}

function choices(element, changed) {
  const type = element.type === "checkboxes" ? "checkbox" : "radio";
  const initial = [element.initial_option, ...(element.initial_options ?? [])].filter(Boolean).map(({ value }) => value);
  const name = crypto.randomUUID?.() ?? String(Math.random());
  const choice = ({ text, description, value }) => h("label", { class: "choice" },
    h("input", { type, name, value, checked: initial.includes(value) }),
    h("span", {}, ...textObject(text), description && h("small", {}, ...textObject(description))));
  const node = h("div", { class: "choices", role: "group", change: () => changed(type === "radio" ? checked(node)[0] : checked(node)) }, ...element.options.map(choice));
  return node;
}

function checked(node) {
  return [...node.querySelectorAll("input:checked")].map(({ value }) => value);
}
