-- KEYS[1]; ARGV: expected value, new value, then 'PX' or 'PXAT' and milliseconds if it is to expire.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], unpack(ARGV, 3))
return 1
