// What the page shows. Every text becomes a text node, never HTML.

export const byId = (id) => document.getElementById(id);

/// A time of today without its date, any other time with its date.
export function timeOf(seconds) {
  const time = new Date(seconds * 1000);
  const isToday = time.toDateString() === new Date().toDateString();
  return time.toLocaleString(undefined, isToday ? { timeStyle: "medium" }
    : { dateStyle: "medium", timeStyle: "short" });
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/// Calls `tick` with the whole seconds that are left, now and at each change, down to 0. Returns a
/// function that stops it.
export function countDown(seconds, tick) {
  const end = performance.now() + seconds * 1000;
  let shown;
  const step = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    if (left === 0) clearInterval(timer);
    if (left !== shown) tick((shown = left));
  };
  const timer = setInterval(step, 100);
  step();
  return () => clearInterval(timer);
}

/// A place for messages. Screen readers announce each message with the time to wait. They do not
/// announce each second of the countdown.
export class Message {
  constructor(place) {
    this.text = element("span");
    this.spoken = element("span", { className: "spoken" });
    this.countdown = element("span", { className: "countdown", ariaHidden: "true" });
    this.place = place;
    this.place.append(element("span", { role: "status" }, this.text, this.spoken), this.countdown);
  }

  say(text, { kind = "info", wait = 0, then = "" } = {}) {
    this.stop?.();
    // The same text again would be announced again.
    if (this.text.textContent !== text) this.text.textContent = text;
    this.place.dataset.kind = text ? kind : "";
    this.countdown.textContent = "";
    this.spoken.textContent = wait > 0 ? ` Wait ${plural(wait, "second")}.` : "";
    if (wait <= 0) return;
    this.stop = countDown(wait, (left) => {
      this.countdown.textContent = left ? `Try again in ${left} s.` : "";
      if (left === 0) this.say(then);
    });
  }

  clear() {
    this.say("");
  }
}

const BROWSERS = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["Chrome", "Chrome"],
  ["Safari", "Safari"], ["curl", "curl"]];
const SYSTEMS = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"];

/// A short name for a User-Agent, such as "Chrome on Linux".
function deviceName(note) {
  const browser = BROWSERS.find(([mark]) => note.includes(`${mark}/`))?.[1];
  const system = SYSTEMS.find((mark) => note.includes(mark));
  if (!browser) return note.slice(0, 40) || "Unknown device";
  return system ? `${browser} on ${system}` : browser;
}

/// The part of a jti that stays the same when the session rotates.
const sessionId = (jti) => jti.slice(0, 16);
/// The part of a jti that changes with each rotation.
export const issueId = (jti) => jti.slice(16);

/// Shows the sessions. Entries that stay are kept, so that the keyboard focus stays in its place.
export function showSessions(list, sessions, onEnd) {
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const items = sessions.map((session) => {
    const id = sessionId(session.jti);
    const item = known.get(id) ?? makeItem(id, session);
    known.delete(id);
    item.querySelector(".times").textContent =
      `Signed in ${timeOf(session.created)}, tokens from ${timeOf(session.rotated)}`;
    item.querySelector("button").onclick = () => onEnd(session);
    return item;
  });
  const lost = [...known.values()].some((item) => item.contains(document.activeElement));
  for (const item of known.values()) item.remove();
  items.forEach((item, place) => {
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
  });
  if (lost) byId("sessions-title").focus();
}

function makeItem(id, session) {
  const name = deviceName(session.note);
  const short = id.slice(0, 6);
  const title = element("p", { className: "device" }, name);
  if (session.current) title.append(" ", element("span", { className: "badge" }, "this device"));
  const button = element("button", { type: "button" }, session.current ? "Sign out" : "End");
  if (!session.current) button.ariaLabel = `End session ${short}, ${name}`;
  const about = element("div", {}, title,
    element("p", { className: "times" }), element("p", { className: "id" }, `Session ${short}`));
  const item = element("li", {}, about, button);
  item.dataset.id = id;
  return item;
}

/// Shows a limit: what is left of the quota, and when more comes back.
export class Limit {
  constructor() {
    this.show(10, 10);
  }

  show(quota, remaining) {
    byId("remaining").textContent = remaining;
    byId("quota").textContent = quota;
    const meter = byId("meter");
    meter.ariaValueMax = quota;
    meter.ariaValueNow = remaining;
    meter.replaceChildren(...Array.from({ length: Math.min(quota, 100) }, (_, place) =>
      element("span", { className: place < remaining ? "free" : "used" })));
  }

  reset() {
    this.stop?.();
    clearTimeout(this.full);
    this.show(10, 10);
    byId("reset").textContent = "Nothing is used.";
  }

  /// Reads RateLimit and RateLimit-Policy of an answer, such as `"x";r=9;t=10` and `"x";q=10;w=10`.
  update(headers) {
    const number = (field, name) =>
      Number(new RegExp(`;${name}=(\\d+)`).exec(headers.get(field) ?? "")?.[1] ?? NaN);
    const [quota, window] = ["q", "w"].map((name) => number("RateLimit-Policy", name));
    const [remaining, next] = ["r", "t"].map((name) => number("RateLimit", name));
    if ([quota, window, remaining, next].some(Number.isNaN)) return;
    byId("policy").textContent = `${plural(quota, "request")} in any ${plural(window, "second")}`;
    this.show(quota, remaining);
    this.stop?.();
    this.stop = countDown(next, (left) => {
      byId("reset").textContent = `The next comes back in ${left} s.`;
      if (left > 0) return;
      this.show(quota, Math.min(quota, remaining + 1));
      byId("reset").textContent = "More come back as the window moves on.";
    });
    // The whole quota is back a window after the last request, at the latest.
    clearTimeout(this.full);
    this.full = setTimeout(() => {
      this.show(quota, quota);
      byId("reset").textContent = "Nothing is used.";
    }, window * 1000);
  }
}
