// The console: connects the page with the routes of the server.
import * as api from "./api.js";
import { byId, issueId, Limit, Message, showSessions, timeOf } from "./view.js";

const POLL_MS = 2000;

const accountMessage = new Message(byId("account-message"));
const sessionsMessage = new Message(byId("sessions-message"));
const tokensMessage = new Message(byId("tokens-message"));
const limitMessage = new Message(byId("limit-message"));
const limit = new Limit();
let isBusy = false;

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function explain(message, error) {
  if (!(error instanceof api.Refusal)) throw error;
  const again = { kind: "error", wait: error.wait, then: "You can try again now." };
  if (error.status === 0) message.say("The server does not answer.", again);
  else if (error.status === 401) message.say("The user name or the password is wrong.", again);
  else if (error.status === 429)
    message.say("429: too many requests.", again);
  else if (error.status === 503)
    message.say("503: the service is not available now. Your sessions are not lost.", again);
  else message.say(sentence(error.message || `The server answered ${error.status}`), again);
}

function showAccount(text, kind) {
  byId("sessions").hidden = true;
  byId("account").hidden = false;
  byId("list").replaceChildren();
  accountMessage.say(text, { kind });
  limit.reset();
  limitMessage.clear();
  byId("account-title").focus();
}

async function refresh() {
  const [user, sessions] = await Promise.all([api.user(), api.sessions()]);
  byId("user").textContent = user.identifier;
  byId("pair").textContent = issueId(user.extra.jti);
  byId("expires").textContent = timeOf(user.extra.exp);
  showSessions(byId("list"), sessions, (session) =>
    session.current ? signOut() : act(() => endSession(session)));
  byId("end-others").hidden = sessions.length < 2;
}

/// A 401 of a signed-in user means that the session has ended. Other errors keep the session.
function explainSession(error) {
  // The user has signed out while a request was under way.
  if (byId("sessions").hidden) return;
  if (error.status !== 401) return explain(sessionsMessage, error);
  showAccount("This session has ended. It expired, or another device ended it. Sign in again.",
    "error");
}

/// Runs one action at a time, so that no action uses tokens that another action has just spent.
async function act(action) {
  if (isBusy) return;
  isBusy = true;
  try {
    sessionsMessage.clear();
    tokensMessage.clear();
    await action();
  } catch (error) {
    explainSession(error);
  } finally {
    isBusy = false;
  }
}

async function endSession(session) {
  await api.end(session.jti);
  await refresh();
  sessionsMessage.say("The session has ended. Its tokens stopped working.");
}

const signOut = (text = "You are signed out.") => act(async () => {
  await api.signOut();
  showAccount(text);
});

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isBusy) return;
  isBusy = true;
  const form = new FormData(event.target);
  try {
    accountMessage.say("One moment.");
    if (event.submitter?.value === "register") await api.register(form);
    await api.login(form);
    event.target.reset();
    byId("account").hidden = true;
    byId("sessions").hidden = false;
    accountMessage.clear();
    limit.reset();
    limitMessage.clear();
    sessionsMessage.say("You are signed in.");
    tokensMessage.clear();
    byId("sessions-title").focus();
  } catch (error) {
    explain(accountMessage, error);
    return;
  } finally {
    isBusy = false;
  }
  await refresh().catch(explainSession);
});

byId("end-others").addEventListener("click", () => act(async () => {
  await api.endOthers();
  byId("sessions-title").focus();
  await refresh();
  sessionsMessage.say("All other sessions have ended.");
}));

byId("end-all").addEventListener("click", () => act(async () => {
  await api.endOthers();
  await api.signOut();
  showAccount("All your sessions have ended.");
}));

byId("rotate").addEventListener("click", () => act(async () => {
  await api.rotate();
  await refresh();
  tokensMessage.say("This device has new tokens. The old ones stopped working.");
}));

byId("send").addEventListener("click", async () => {
  try {
    limit.update(await api.useLimit());
    limitMessage.say("200: the server accepted the request.");
  } catch (error) {
    if (error.status === 429) limit.update(error.headers);
    if (error.status === 401) explainSession(error);
    else explain(limitMessage, error);
  }
});

// Other devices start and end sessions too.
let isStale = false;
setInterval(async () => {
  if (isBusy || !api.isSignedIn() || document.hidden) return;
  try {
    await refresh();
    if (isStale) sessionsMessage.clear();
    isStale = false;
  } catch (error) {
    isStale = true;
    explainSession(error);
  }
}, POLL_MS);

// The page forgets the tokens when it closes, so their session ends too.
addEventListener("pagehide", () => {
  if (api.isSignedIn()) api.signOut({ keepalive: true }).catch(() => {});
});
