-- Ends sessions of a subject.
--- @include session/record.lua
--
-- ARGV[1]   now
-- ARGV[2]   the id of the presented token's session
-- ARGV[3]   the issue of the presented token
-- ARGV[4]   when that issue was made
-- ARGV[5]   'one', 'others' or 'all'
-- ARGV[6]   with 'one': the id of the session to end
-- Reply     the number of living sessions that ended; 'unknown' if the token's session or the
--           session to end does not exist; 'revoked' if a spent token would end other sessions
local now, id, presented, issued = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local target, chosen = ARGV[5], ARGV[6]
local sessions = sessions_at(now)
local asking = sessions[id]
if not lives(asking, now) or (target == 'one' and not lives(sessions[chosen], now)) then
  return 'unknown'
end
local own = target == 'one' and chosen == id
if not own and not is_current(asking, presented, issued) then
  return 'revoked'
end
local ended = 0
for other, session in pairs(sessions) do
  if target == 'all' or (target == 'others' and other ~= id) or other == chosen then
    redis.call('HDEL', key, other)
    if lives(session, now) then
      ended = ended + 1
    end
  end
end
return ended
