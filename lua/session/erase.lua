-- Ends sessions of a subject.
--- @include session/record.lua
--
-- ARGV[1]   now
-- ARGV[2]   the asking session's id
-- ARGV[3]   the refresh issue that is presented
-- ARGV[4]   'one', 'others' or 'all'
-- ARGV[5]   with 'one': the id of the session to end
-- Reply     how many living sessions ended; 'unknown' if the asking session or the one to end does
--           not exist; 'revoked' if a spent token asks for more than its own session
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
