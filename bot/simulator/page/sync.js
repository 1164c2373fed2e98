// Reading what the present person sees, and telling the simulator what they do.

import { get, post } from "./api.js";
import { channel, channelName, DIRECT, draw, HOME, state } from "./state.js";
import { showModals } from "./views.js";

let reading = false;
let again = false;

/** Reads the present place and the person's views again; calls that come meanwhile are one more reading. */
export async function refresh() {
  again = true;
  if (reading) return;
  reading = true;
  try {
    while (again) {
      again = false;
      await read();
    }
  } finally {
    reading = false;
  }
}

async function read() {
  const { me, place } = state;
  const channelWanted = place === HOME ? null : channelName();
  const [channels, messages, views] = await Promise.all([
    get("channels"),
    channelWanted ? get("messages", { channel: channelWanted, as: me.id }) : [],
    get("views", { user: me.id }),
  ]);
  if (state.me !== me || state.place !== place) {
    again = true;
    return;
  }
  state.channels = channels;
  state.messages = messages;
  state.home = views.find(({ type }) => type === "home") ?? null;
  state.unread.delete(place);
  draw();
  showModals(views.filter(({ type }) => type === "modal"));
}

/** Something changed in a place (its id, its name, or a person's); elsewhere than here it is marked as new. */
export async function changed(reference) {
  if (/^C/.test(reference) && !channel(reference)) state.channels = await get("channels");
  const place = placeOf(reference);
  if (place && place !== state.place) state.unread.add(place);
  draw();
  return refresh();
}

function placeOf(reference) {
  const { me } = state;
  if (reference === me.id || reference === me.name || /^D/.test(reference ?? "")) return DIRECT;
  return channel(reference)?.name;
}

/** Does what the person asked for; a refusal is shown to them as Slack would, in the thread it belongs to. */
export async function act(path, body, thread = null) {
  const { me, place } = state;
  try {
    return await post(path, { user: me.id, ...body });
  } catch (refusal) {
    notice({ text: refusal.message, hint: refusal.hint, place, person: me.id, thread });
    return null;
  } finally {
    await refresh().catch(() => {});
  }
}

/** An answer of Slack itself, only to this person, gone with the page. */
export function notice({ text, hint = "", place = state.place, person = state.me.id, thread = null }) {
  state.notices.push({ ts: (Date.now() / 1000).toFixed(6), text, hint, place, person, thread });
  draw();
}

export function sendCommand(command, text) {
  return act("command", { channel: channelName(), command, text });
}

export function sendMessage(text, thread) {
  return act("message", { channel: channelName(), text, ...(thread ? { thread_ts: thread } : {}) }, thread);
}

export function toggleReaction(message, name) {
  const remove = Boolean(message.reactions?.find((reaction) => reaction.name === name)?.users.includes(state.me.id));
  return act("reaction", { channel: channelName(), ts: message.ts, name, remove }, state.thread);
}

export function editMessage(message, text) {
  return act("edit", { channel: channelName(), ts: message.ts, text }, state.thread);
}

export function deleteMessage(message) {
  return act("delete", { channel: channelName(), ts: message.ts }, state.thread);
}

export function messageAction(message, element, value, block) {
  return act("action", { channel: channelName(), ts: message.ts, block_id: block.block_id, action_id: element.action_id, value }, state.thread);
}
