-- Spends a refresh token: the session continues with the next issue. Reads no other session, so the
-- cost does not depend on the number of sessions.
--- @include session/record.lua
--
-- ARGV[1]   now
-- ARGV[2]   the session's id
-- ARGV[3]   the issue of the presented token
-- ARGV[4]   when that issue was made
-- ARGV[5]   the next issue
-- ARGV[6]   when the next issue is made: later than ARGV[4]
-- ARGV[7]   the new expiry of the session
-- ARGV[8]   the maximum age of a session, in microseconds
-- ARGV[9]   the grace in microseconds: for so long the spent issue returns the current record
-- ARGV[10]  the digest of the next issue's claims
-- Reply     the session's current record, after 'healed ' if the store had lost the change that
--           made the presented issue; 'unknown' if there is no session; 'reused' if the presented
--           issue was already spent and the session was removed for that
local now, id, presented, issued = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local next_issue, rotated, expires, max_age = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local grace, claims = ARGV[9], ARGV[10]
local record = redis.call('HGET', key, id)
local session = record and parse(record)
if not lives(session, now) then
  return 'unknown'
end
if is_current(session, presented, issued) then
  local healed = session.refresh ~= presented and 'healed ' or ''
  local last = tonumber(session.created) + tonumber(max_age)
  if tonumber(expires) > last then
    expires = string.format('%.0f', last)
  end
  session.refresh = next_issue
  session.previous = presented
  session.claims = claims
  session.rotated = rotated
  session.expires = expires
  record = pack(session)
  redis.call('HSET', key, id, record)
  keep_until(expires, now)
  return healed .. record
end
if session.previous == presented then
  -- The same call again, or a client that lost the reply: nothing changes.
  local same_call = session.refresh == next_issue
  local in_grace = tonumber(grace) > 0 and
    tonumber(now) < tonumber(session.rotated) + tonumber(grace)
  if same_call or in_grace then
    return record
  end
end
redis.call('HDEL', key, id)
return 'reused'
