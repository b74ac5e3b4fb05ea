-- Lists the living sessions of a subject.
--- @include session/record.lua
--
-- ARGV[1]   now
-- Reply     id and record of each session: id, record, id, record, ...
local now = ARGV[1]
local flat = {}
for id, session in pairs(sessions_at(now)) do
  if lives(session, now) then
    flat[#flat + 1] = id
    flat[#flat + 1] = pack(session)
  end
end
return flat
