-- ARGV: now, session id, record, most sessions the subject may have. The oldest make room.
local now, id, most = ARGV[1], ARGV[2], tonumber(ARGV[4])
local sessions = living(now)
sessions[id] = parse(ARGV[3])
local count = 0
for _ in pairs(sessions) do
  count = count + 1
end
while count > most do
  local oldest
  for other, session in pairs(sessions) do
    if other ~= id then
      local age = tonumber(session.created)
      local best = oldest and tonumber(sessions[oldest].created)
      if not oldest or age < best or (age == best and other < oldest) then
        oldest = other
      end
    end
  end
  redis.call('HDEL', key, oldest)
  sessions[oldest] = nil
  count = count - 1
end
redis.call('HSET', key, id, ARGV[3])
keep_until(sessions[id].expires, now)
return 1
