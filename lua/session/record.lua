-- What the session scripts share; it stands in front of each of them. KEYS[1] is the subject's
-- sessions: a hash from session id to the record that src/auth/session_record.hpp describes.
-- Times are whole microseconds and stay the strings they came as: Lua prints but 14 digits.
local key = KEYS[1]

local function parse(record)
  local refresh, previous, created, rotated, expires, note =
    string.match(record, '^(%x+) ([%x-]+) (%d+) (%d+) (%d+) (.*)$')
  if not refresh then
    return nil
  end
  return {refresh = refresh, previous = previous, created = created, rotated = rotated,
          expires = expires, note = note}
end

local function pack(session)
  return table.concat({session.refresh, session.previous, session.created, session.rotated,
                       session.expires, session.note}, ' ')
end

-- The sessions that live at `now`, by id; those that do not are dropped.
local function living(now)
  local all = redis.call('HGETALL', key)
  local sessions = {}
  for i = 1, #all, 2 do
    local session = parse(all[i + 1])
    if session and tonumber(session.expires) > tonumber(now) then
      sessions[all[i]] = session
    else
      redis.call('HDEL', key, all[i])
    end
  end
  return sessions
end

-- The key lasts as long as the session that lives longest.
local function set_expiry(sessions, now)
  local latest = 0
  for _, session in pairs(sessions) do
    latest = math.max(latest, tonumber(session.expires))
  end
  if latest > 0 then
    redis.call('PEXPIRE', key, string.format('%.0f', math.ceil((latest - tonumber(now)) / 1000)))
  end
end
