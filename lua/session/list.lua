-- ARGV: now. Returns id, record, id, record, … of the living sessions.
local sessions = living(ARGV[1])
local flat = {}
for id, session in pairs(sessions) do
  flat[#flat + 1] = id
  flat[#flat + 1] = pack(session)
end
return flat
