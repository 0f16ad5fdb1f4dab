-- KEYS: watches, the destination's numbers, version. ARGV: id, number, record.
-- 0 when the number was taken meanwhile; a repeated call of the same watch is a success.
local holder = redis.call('HGET', KEYS[2], ARGV[1])
if holder then
  return holder == ARGV[2] and 1 or 0
end
for _, taken in ipairs(redis.call('HVALS', KEYS[2])) do
  if taken == ARGV[2] then
    return 0
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[3])
return 1
