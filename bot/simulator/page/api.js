// The simulator's JSON, and its stream of changes.

/** Slack's or the simulator's refusal, in words. */
export class Refusal extends Error {
  constructor(error, hint) {
    super(error);
    this.hint = hint ?? "";
  }
}

export function get(path, query = {}) {
  const parameters = new URLSearchParams(query).toString();
  return request(`/simulator/${path}${parameters ? `?${parameters}` : ""}`, { headers: { accept: "application/json" } });
}

export function post(path, body) {
  const headers = { "content-type": "application/json" };
  return request(`/simulator/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, { ...options, cache: "no-store" });
  } catch {
    throw new Refusal("the simulated Slack does not answer", "is the demo still running? Start it again, then reload this page");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(answer?.error ?? `the simulated Slack answered ${response.status}`, answer?.hint);
  return answer;
}

const RETRY_AFTER = 2000;

/**
 * Follows what a person sees; returns a function that ends it.
 * `connected(true)` also comes after each reconnection: whatever happened meanwhile must be read again.
 */
export function follow(person, { changed, connected }) {
  let source;
  let timer;
  const open = () => {
    source = new EventSource(`/simulator/events?${new URLSearchParams({ as: person })}`);
    source.onopen = () => connected(true);
    source.onmessage = (event) => changed(JSON.parse(event.data).changed);
    source.onerror = () => {
      connected(false);
      source.close();
      timer = setTimeout(open, RETRY_AFTER);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
