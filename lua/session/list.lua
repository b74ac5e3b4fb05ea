-- ARGV: now. Returns id, record, id, record, … of the living sessions.
local now = ARGV[1]
local flat = {}
for id, session in pairs(sessions_at(now)) do
  if lives(session, now) then
    flat[#flat + 1] = id
    flat[#flat + 1] = pack(session)
  end
end
return flat
