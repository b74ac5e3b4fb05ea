-- Shared by the session scripts. A script that includes this file can use the names below.
--
-- KEYS[1]   the subject's sessions: a hash from session id to record. src/auth/session_record.hpp
--           describes a record
--
-- Times are whole microseconds since 1970. They stay strings, because Lua prints a number with 14
-- digits only.
--
-- key                       KEYS[1]
-- parse(record)             returns the record as a table, or nil if it is malformed
-- pack(session)             returns the table as a record
-- lives(session, now)       returns true if the session exists and has not expired
-- is_current(session, issue, issued)
--                           returns true if that issue, of that time, is the session's current one,
--                           or a later one whose change the store has lost; see
--                           include/webtool/auth/session_check.hpp
-- sessions_at(now)          returns all sessions by id, without those that have expired
-- keep_until(expires, now)  makes the key last at least until `expires`
local key = KEYS[1]

local function parse(record)
  local refresh, previous, claims, created, rotated, expires, note =
    string.match(record, '^(%x+) (%x*)%-?(%x*) (%d+) (%d+) (%d+) (.*)$')
  if not refresh then
    return nil
  end
  return {refresh = refresh, previous = previous, claims = claims, created = created,
          rotated = rotated, expires = expires, note = note}
end

local function pack(session)
  return table.concat({session.refresh, session.previous .. '-' .. session.claims,
                       session.created, session.rotated, session.expires, session.note}, ' ')
end

local function lives(session, now)
  return session and tonumber(session.expires) > tonumber(now)
end

local function is_current(session, issue, issued)
  return session.refresh == issue or
    (session.previous ~= issue and tonumber(issued) > tonumber(session.rotated))
end

-- Drops only the sessions that have expired by the host's clock *and* by the server's. Otherwise a
-- host whose clock is ahead would end sessions of other hosts.
local function sessions_at(now)
  local time = redis.call('TIME')
  local both = math.min(tonumber(now), time[1] * 1000000 + time[2])
  local all = redis.call('HGETALL', key)
  local sessions = {}
  for i = 1, #all, 2 do
    local session = parse(all[i + 1])
    if lives(session, both) then
      sessions[all[i]] = session
    else
      redis.call('HDEL', key, all[i])
    end
  end
  return sessions
end

-- The key lasts as long as its longest session: a later expiry replaces the key's, an earlier one
-- does not.
local function keep_until(expires, now)
  local time = string.format('%.0f', math.ceil((tonumber(expires) - tonumber(now)) / 1000))
  if redis.call('PEXPIRE', key, time, 'GT') == 0 and redis.call('PTTL', key) == -1 then
    redis.call('PEXPIRE', key, time)  -- a new key has no expiry; GT takes that for infinite
  end
end
