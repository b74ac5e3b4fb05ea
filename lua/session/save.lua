-- Adds a session to the sessions of a subject.
--- @include session/record.lua
--
-- ARGV[1]   now
-- ARGV[2]   the session's id
-- ARGV[3]   its record
-- ARGV[4]   the maximum number of sessions of the subject. If there are more, sessions that have
--           expired at `now` end first, then the oldest
-- Reply     1
local now, id, max_sessions = ARGV[1], ARGV[2], tonumber(ARGV[4])
local sessions = sessions_at(now)
sessions[id] = parse(ARGV[3])
local count = 0
for _ in pairs(sessions) do
  count = count + 1
end

-- Returns whether session a ends before session b.
local function goes_before(id_a, a, id_b, b)
  local a_lives, b_lives = lives(a, now), lives(b, now)
  if a_lives ~= b_lives then
    return b_lives
  end
  local age_a, age_b = tonumber(a.created), tonumber(b.created)
  return age_a < age_b or (age_a == age_b and id_a < id_b)
end

while count > max_sessions do
  local first
  for other, session in pairs(sessions) do
    if other ~= id and (not first or goes_before(other, session, first, sessions[first])) then
      first = other
    end
  end
  redis.call('HDEL', key, first)
  sessions[first] = nil
  count = count - 1
end
redis.call('HSET', key, id, ARGV[3])
keep_until(sessions[id].expires, now)
return 1
