-- ARGV: now, session id, presented issue, next issue, expires, longest age, grace.
-- Returns the session's record as it now is; 'unknown' where there is none; 'reused' where the
-- presented issue had been spent, and the session is no more.
local now, id, presented, next_issue = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local expires, longest_age, grace = ARGV[5], ARGV[6], ARGV[7]
local sessions = living(now)
local session = sessions[id]
if not session then
  return 'unknown'
end
if session.refresh == presented then
  session.refresh = next_issue
  session.previous = presented
  session.rotated = now
  local last = tonumber(session.created) + tonumber(longest_age)
  if tonumber(expires) > last then
    expires = string.format('%.0f', last)
  end
  session.expires = expires
  redis.call('HSET', key, id, pack(session))
  set_expiry(sessions, now)
  return pack(session)
elseif session.previous == presented and
    (session.refresh == next_issue or
     (tonumber(grace) > 0 and tonumber(now) < tonumber(session.rotated) + tonumber(grace))) then
  -- The same call again, or a client that lost the reply: nothing changes.
  return pack(session)
else
  redis.call('HDEL', key, id)
  sessions[id] = nil
  set_expiry(sessions, now)
  return 'reused'
end
