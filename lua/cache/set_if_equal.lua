-- Writes a key if it has the expected value.
--
-- KEYS[1]      the key
-- ARGV[1]      the expected value
-- ARGV[2]      the new value
-- ARGV[3..4]   'PX' or 'PXAT' and milliseconds, if the key is to expire
-- Reply        1 if the key was written, otherwise 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], unpack(ARGV, 3))
return 1
