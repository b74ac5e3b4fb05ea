-- ARGV: now, asking session's id, presented issue, target session's id ('' for all).
-- Returns how many sessions ended; 'unknown' where the asking or the target one is not there;
-- 'revoked' where a spent token asks for more than its own session.
local now, id, presented, target = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local sessions, count = living(now)
local asking = sessions[id]
if not asking or (target ~= '' and not sessions[target]) then
  return 'unknown'
end
if target ~= id and asking.refresh ~= presented then
  return 'revoked'
end
if target == '' then
  redis.call('DEL', key)
  return count
end
redis.call('HDEL', key, target)
sessions[target] = nil
set_expiry(sessions, now)
return 1
