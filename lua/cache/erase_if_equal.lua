-- Removes a key if it has the expected value.
--
-- KEYS[1]   the key
-- ARGV[1]   the expected value
-- Reply     1 if the key was removed, otherwise 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
