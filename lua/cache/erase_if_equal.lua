-- Removes a key if it holds an expected value.
--
-- KEYS[1]   the key
-- ARGV[1]   the expected value
-- Reply     1 if it was removed, else 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
