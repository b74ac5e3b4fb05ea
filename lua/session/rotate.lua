-- ARGV: now, session id, presented issue, next issue, expires, longest age, grace, digest of the
-- claims of the next issue.
-- Returns the session's record as it now is; 'unknown' where there is none; 'reused' where the
-- presented issue had been spent, and the session is no more. Looks at no other session, so that it
-- costs the same however many there are.
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
