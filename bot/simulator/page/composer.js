// The message box, with completion of commands and of people's names.

import { fill, h, icon } from "./dom.js";
import { appName, DIRECT, HOME, state } from "./state.js";
import { notice, sendCommand, sendMessage } from "./sync.js";

const drafts = new Map();

/** Builds a composer into `host`; `thread()` is the open thread's `ts`, or null in the channel. */
export function composer(host, id, thread) {
  const list = h("ul", { class: "completion", id: `${id}-list`, role: "listbox", "aria-label": "Completion", hidden: true });
  const usage = h("p", { class: "usage", "aria-live": "polite" });
  const text = h("textarea", {
    id: `${id}-text`, rows: 1, role: "combobox", "aria-controls": list.id, "aria-expanded": "false", "aria-autocomplete": "list",
    autocomplete: "off", autocapitalize: "sentences", spellcheck: "true",
  });
  const send = h("button", { class: "send", "aria-label": "Send", title: "Send (Enter)" }, icon("send"));
  const form = h("form", { class: "box" }, text, send);
  fill(host, list, form, usage);
  const box = new Composer({ text, list, usage, thread });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    box.send();
  });
  return box;
}

const KEYS = {
  ArrowDown: (box) => box.move(1),
  ArrowUp: (box) => box.move(-1),
  Tab: (box) => box.choose(box.chosen),
  Escape: (box) => box.close(),
  Enter: (box, open) => box.enter(open),
};

class Composer {
  constructor({ text, list, usage, thread }) {
    Object.assign(this, { text, list, usage, thread, choices: [], chosen: 0, moved: false });
    text.addEventListener("input", () => this.typed());
    text.addEventListener("keydown", (event) => this.key(event));
    text.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    text.addEventListener("focus", () => this.typed());
  }

  /** The draft of this place, and whom one writes to. */
  draw() {
    const key = `${state.me.id} ${state.place} ${this.thread() ?? ""}`;
    const where = state.place === DIRECT ? appName() : `#${state.place}`;
    this.text.placeholder = this.thread() ? "Reply …" : `Message ${shortened(where)}, or / for a command`;
    this.text.ariaLabel = this.thread() ? "Reply" : `Message ${where}`;
    if (key === this.key_) return;
    if (this.key_) drafts.set(this.key_, this.text.value);
    this.key_ = key;
    this.put(drafts.get(key) ?? "", { focus: false });
  }

  /** Puts a line into the box, ready to be sent. */
  put(line, { focus = true } = {}) {
    this.text.value = line;
    if (focus) this.text.focus();
    this.typed();
    this.close();
  }

  typed() {
    this.grow();
    this.moved = false;
    this.chosen = 0;
    this.choices = this.completions();
    this.show();
    const known = state.commands.find(({ command }) => this.text.value.split(/\s/)[0] === command);
    fill(this.usage, known && !this.thread() && h("code", {}, `${known.command} ${known.usage_hint ?? ""}`));
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 180)}px`;
  }

  completions() {
    const typed = this.text.value.slice(0, this.text.selectionStart);
    if (/^\/\S*$/.test(typed) && !this.thread()) {
      return state.commands.filter(({ command }) => command.startsWith(typed.toLowerCase()))
        .map(({ command, description, usage_hint: hint }) => ({ insert: command, replaces: typed, title: command, hint, detail: description }));
    }
    const name = /(?:^|\s)(@\S*)$/.exec(typed)?.[1];
    if (!name) return [];
    return state.people.filter((one) => `@${one.name}`.toLowerCase().startsWith(name.toLowerCase())).slice(0, 8)
      .map((one) => ({ insert: `@${one.name}`, replaces: name, title: `@${one.name}`, detail: one.kind }));
  }

  show() {
    const open = this.choices.length > 0 && document.activeElement === this.text;
    fill(this.list, ...this.choices.map((choice, index) => this.option(choice, index)));
    this.list.hidden = !open;
    this.text.ariaExpanded = String(open);
    if (open) this.text.setAttribute("aria-activedescendant", `${this.list.id}-${this.chosen}`);
    else this.text.removeAttribute("aria-activedescendant");
    this.list.children[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  option({ title, hint, detail }, index) {
    return h("li", {
      id: `${this.list.id}-${index}`, role: "option", "aria-selected": String(index === this.chosen),
      pointerdown: (event) => { event.preventDefault(); this.choose(index); },
    }, h("span", { class: "name" }, title), hint && h("span", { class: "usage-hint" }, hint), h("span", { class: "detail" }, detail ?? ""));
  }

  choose(index) {
    const { insert, replaces } = this.choices[index];
    const at = this.text.selectionStart;
    const line = `${this.text.value.slice(0, at - replaces.length)}${insert} `;
    this.text.value = line + this.text.value.slice(at).trimStart();
    this.text.setSelectionRange(line.length, line.length);
    this.text.focus();
    this.typed();
  }

  close() {
    this.choices = [];
    this.show();
  }

  key(event) {
    if (event.isComposing || event.shiftKey || !(event.key in KEYS)) return;
    const open = this.choices.length > 0;
    if (!open && event.key !== "Enter") return;
    event.preventDefault();
    KEYS[event.key](this, open);
  }

  enter(open) {
    const complete = !this.moved && this.choices.some(({ insert }) => insert === this.text.value.trim());
    if (open && !complete) this.choose(this.chosen);
    else this.send();
  }

  move(step) {
    this.chosen = (this.chosen + step + this.choices.length) % this.choices.length;
    this.moved = true;
    this.show();
  }

  async send() {
    const line = this.text.value.trim();
    if (!line || state.place === HOME) return;
    this.put("");
    const [, command, rest] = /^(\/\S+)\s*([^]*)$/.exec(line) ?? [];
    if (!command) await sendMessage(outgoing(line), this.thread());
    else if (this.thread()) notice({ text: `${command} is not supported in threads. Sorry!`, thread: this.thread() });
    else if (!state.commands.some((one) => one.command === command.toLowerCase())) unknown(command);
    else await this.run(command.toLowerCase(), rest);
  }

  async run(command, rest) {
    document.dispatchEvent(new CustomEvent("command", { detail: { command, text: rest } }));
    await sendCommand(command, rest);
  }
}

/** The box is one line high, on a phone too. */
function shortened(where) {
  return where.length > 14 ? `${where.slice(0, 13)}…` : where;
}

function unknown(command) {
  notice({ text: `${command} is not a valid command.`, hint: "type / to see the commands that are there" });
}

/** What Slack's own client does to a typed line: `&<>` are escaped, people's names become mentions. */
export function outgoing(line) {
  const escaped = line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return escaped.replace(/(^|\s)@([\p{L}\p{N}_.-]+)/gu, (whole, before, name) => {
    const mentioned = state.people.find((one) => one.name.toLowerCase() === name.toLowerCase());
    return mentioned ? `${before}<@${mentioned.id}>` : whole;
  });
}
