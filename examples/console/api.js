// The routes of the server as functions, and the tokens of this page.

// The tokens are in this variable and nowhere else. localStorage and sessionStorage would outlive
// the page: a script that gets into any later page of this origin, or the next user of a shared
// profile, could read them there. The price is that a reload signs out.
let tokens = null;

// A spent refresh token ends its session. So there is only one rotation at a time, and every
// request that needs new tokens waits for it.
let rotation = null;

/// An answer that is not a success. `status` is 0 if there was no answer.
export class Refusal extends Error {
  constructor(status, title = "", headers = new Headers()) {
    super(title);
    this.status = status;
    this.headers = headers;
    this.wait = Number(headers.get("Retry-After") ?? 0);
  }
}

async function send(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new Refusal(0);
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Refusal(answer.status, String(problem.title ?? ""), answer.headers);
}

const post = (path, body, options = {}) => send(path, { method: "POST", body, ...options });

/// Sends the access token, if there is one. If it has expired, rotates the tokens and asks again.
async function get(path) {
  const used = tokens;
  const attempt = () =>
    send(path, tokens ? { headers: { Authorization: `Bearer ${tokens.access}` } } : {});
  try {
    return await attempt();
  } catch (error) {
    if (error.status !== 401 || !tokens) throw error;
    // Another request may have rotated the tokens meanwhile.
    if (tokens === used) await rotate();
    return attempt();
  }
}

export const isSignedIn = () => tokens !== null;

export const register = (form) => post("/register/", new URLSearchParams(form));

export async function login(form) {
  const pair = await (await post("/login/", new URLSearchParams(form))).json();
  tokens = { access: pair.access_token, refresh: pair.refresh_token };
}

export function rotate() {
  rotation ??= post("/token/refresh/", JSON.stringify({ refresh_token: tokens.refresh }))
    .then((answer) => answer.json())
    .then(([access, refresh]) => {
      tokens = { access, refresh };
    })
    .catch((error) => {
      if (error.status === 401) tokens = null;
      throw error;
    })
    .finally(() => {
      rotation = null;
    });
  return rotation;
}

export const user = async () => (await get("/get_user/")).json();
export const sessions = async () => (await get("/sessions/")).json();
export const useLimit = async () => (await get("/api/1/")).headers;

/// Ends another session of the same user. A session that has ended already is no error.
export async function end(jti) {
  await rotation;
  await post("/token/revoke/", JSON.stringify({ refresh_token: tokens.refresh, jti })).catch(
    (error) => {
      if (error.status !== 401) throw error;
    },
  );
}

/// Ends all other sessions of the same user.
export async function endOthers() {
  await rotation;
  await post("/token/revoke/others/", JSON.stringify({ refresh_token: tokens.refresh }));
}

export async function signOut(options) {
  await rotation;
  const { refresh } = tokens;
  await post("/token/revoke/", JSON.stringify({ refresh_token: refresh }), options);
  tokens = null;
}
