-- KEYS: a layer, its chains, version. ARGV: most, then field, record, chain of each. How many were new; nothing is
-- changed and -1 when the layer would hold more than it may.
local new, seen = 0, {}
for i = 2, #ARGV, 3 do
  if not seen[ARGV[i]] and redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then
    new = new + 1
  end
  seen[ARGV[i]] = true
end
if new > 0 and redis.call('HLEN', KEYS[1]) + new > tonumber(ARGV[1]) then
  return -1
end
for i = 2, #ARGV, 3 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('SADD', KEYS[2], ARGV[i + 2])
end
redis.call('INCR', KEYS[3])
return new
