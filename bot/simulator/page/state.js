// What the page knows. Regions read it and redraw themselves on `draw()`.

export const HOME = "home";
export const DIRECT = "dm";

export const state = {
  people: [],
  groups: [],
  channels: [],
  commands: [],
  disasters: [],
  /** who acts: one of `people` */
  me: null,
  /** a channel's name, HOME, or DIRECT (the conversation with the app) */
  place: "",
  /** `ts` of the open thread */
  thread: null,
  /** messages of the present place, oldest first, as Slack has them */
  messages: [],
  /** answers of this page itself, only to this person: {ts, place, person, thread, text, hint} */
  notices: [],
  /** places with something new */
  unread: new Set(),
  home: null,
};

const regions = [];

export function region(render) {
  regions.push(render);
}

export function draw() {
  for (const render of regions) render();
}

export function person(reference) {
  return state.people.find(({ id, name }) => id === reference || name === reference);
}

export function group(id) {
  return state.groups.find((known) => known.id === id);
}

export function channel(reference) {
  return state.channels.find(({ id, name }) => id === reference || name === reference);
}

/** How the simulator calls the present place; a direct-message channel is named by the person. */
export function channelName() {
  return state.place === DIRECT ? state.me.id : state.place;
}

export function isMember(place) {
  return channel(place)?.members.some((member) => person(member) === state.me) ?? true;
}

/** Who wrote a message: {id, name, isApp}. */
export function author(message) {
  const known = person(message.user);
  const isApp = Boolean(message.bot_id);
  return { id: message.user ?? message.bot_id ?? "", name: message.username ?? known?.name ?? (isApp ? appName() : "someone"), isApp };
}

export function appName() {
  const said = state.messages.find((message) => message.bot_id && message.username)?.username;
  return said ?? state.people.find(({ kind, name }) => kind === "bot" && /^secondkey$/i.test(name))?.name ?? "Secondkey";
}

/** The nodes of the places and people in the address: `#channel=ops&as=ada&thread=1700000000.000100`. */
export function readAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  return { place: address.get("channel"), as: address.get("as"), thread: address.get("thread") };
}

export function writeAddress() {
  const address = new URLSearchParams({ channel: state.place, as: state.me.name });
  if (state.thread) address.set("thread", state.thread);
  history.replaceState(null, "", `#${address}`);
}
