-- Spends a refresh token: its session goes on with the next issue. Looks at no other session, so
-- that it costs the same however many there are.
--- @include session/record.lua
--
-- ARGV[1]   now
-- ARGV[2]   the session's id
-- ARGV[3]   the issue that is presented
-- ARGV[4]   the next issue
-- ARGV[5]   when the session expires from now on
-- ARGV[6]   the longest age of a session
-- ARGV[7]   for how long the spent issue gives the current one again
-- ARGV[8]   the digest of what the next issue says
-- Reply     the session's record as it is now; 'unknown' if there is no session; 'reused' if the
--           presented issue had been spent, and the session is no more
local now, id, presented, next_issue = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local expires, longest_age, grace, claims = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local record = redis.call('HGET', key, id)
local session = record and parse(record)
if not lives(session, now) then
  return 'unknown'
end
if session.refresh == presented then
  local last = tonumber(session.created) + tonumber(longest_age)
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
