-- ARGV: now, asking session's id, presented issue, 'one', 'others' or 'all', id of the one.
-- Returns how many sessions ended; 'unknown' where the asking or the target one is not there;
-- 'revoked' where a spent token asks for more than its own session.
local now, id, presented, target, one = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local sessions = sessions_at(now)
local asking = sessions[id]
if not lives(asking, now) or (target == 'one' and not lives(sessions[one], now)) then
  return 'unknown'
end
local own = target == 'one' and one == id
if not own and asking.refresh ~= presented then
  return 'revoked'
end
local ended = 0
for other, session in pairs(sessions) do
  if target == 'all' or (target == 'others' and other ~= id) or other == one then
    redis.call('HDEL', key, other)
    if lives(session, now) then
      ended = ended + 1
    end
  end
end
return ended
