-- Spends a refresh token: the session continues with the next issue. Reads no other session, so the
-- cost does not depend on the number of sessions.
--- @include session/record.lua
--
-- ARGV[1]   now
-- ARGV[2]   the session's id
-- ARGV[3]   the issue of the presented token
-- ARGV[4]   the next issue
-- ARGV[5]   the new expiry of the session
-- ARGV[6]   the maximum age of a session, in microseconds
-- ARGV[7]   the grace in microseconds: for so long the spent issue returns the current record
-- ARGV[8]   the digest of the next issue's claims
-- Reply     the session's current record; 'unknown' if there is no session; 'reused' if the
--           presented issue was already spent and the session was removed for that
local now, id, presented, next_issue = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local expires, max_age, grace, claims = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local record = redis.call('HGET', key, id)
local session = record and parse(record)
if not lives(session, now) then
  return 'unknown'
end
if session.refresh == presented then
  local last = tonumber(session.created) + tonumber(max_age)
  if tonumber(expires) > last then
    expires = string.format('%.0f', last)
  end
  session.refresh = next_issue
  session.previous = presented
  session.claims = claims
  session.rotated = now
  session.expires = expires
  record = pack(session)
  redis.call('HSET', key, id, record)
  keep_until(expires, now)
  return record
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
