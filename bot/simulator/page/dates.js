// Slack's date formats, in the reader's time zone. Pure.

const DAY = 86_400_000;
const HALF_A_YEAR = 182 * DAY;
const TIME = { hour: "numeric", minute: "2-digit" };

/** A moment (seconds since 1970) in Slack's format, `{date_short_pretty} {time}`; unknown parts stay as they are. */
export function formatted(seconds, format, now = new Date()) {
  const at = new Date(seconds * 1000);
  return format.replace(/\{(\w+)\}/g, (whole, name) => PARTS[name]?.(at, now) ?? whole);
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], TIME);
}

export function full(seconds) {
  return new Date(seconds * 1000).toLocaleString([], { dateStyle: "full", timeStyle: "medium" });
}

export function day(seconds, now = new Date()) {
  return PARTS.day_divider_pretty(new Date(seconds * 1000), now);
}

const PARTS = {
  date_num: (at) => [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join("-"),
  date_slash: (at) => [pad(at.getMonth() + 1), pad(at.getDate()), at.getFullYear()].join("/"),
  date: (at, now) => at.toLocaleDateString([], { month: "long", day: "numeric", ...year(at, now) }),
  date_short: (at, now) => at.toLocaleDateString([], { month: "short", day: "numeric", ...year(at, now) }),
  date_long: (at, now) =>
    at.toLocaleDateString([], { weekday: "long", month: "long", day: "numeric", ...year(at, now) }),
  date_pretty: (at, now) => pretty(at, now) ?? PARTS.date(at, now),
  date_short_pretty: (at, now) => pretty(at, now) ?? PARTS.date_short(at, now),
  date_long_pretty: (at, now) => pretty(at, now) ?? PARTS.date_long(at, now),
  day_divider_pretty: (at, now) => pretty(at, now) ?? PARTS.date_long(at, now),
  time: (at) => at.toLocaleTimeString([], TIME),
  time_secs: (at) => at.toLocaleTimeString([], { ...TIME, second: "2-digit" }),
  ago: (at, now) => ago(now - at),
};

function pad(number) {
  return String(number).padStart(2, "0");
}

function year(at, now) {
  return Math.abs(now - at) > HALF_A_YEAR ? { year: "numeric" } : {};
}

function pretty(at, now) {
  const days = Math.round((midnight(at) - midnight(now)) / DAY);
  return { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[days];
}

function midnight(at) {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}

function ago(milliseconds) {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000);
  const words = new Intl.RelativeTimeFormat([], { numeric: "auto" });
  const sign = milliseconds < 0 ? 1 : -1;
  if (minutes < 60) return words.format(sign * minutes, "minute");
  if (minutes < 48 * 60) return words.format(sign * Math.round(minutes / 60), "hour");
  return words.format(sign * Math.round(minutes / 1440), "day");
}
