-- KEYS: watches, the home's numbers, version. ARGV: id, number, record of each.
-- 0 and nothing done when a number was taken meanwhile; a repeated call of the same watches is a success.
local taken = {}
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  taken[all[i + 1]] = all[i]
end
for i = 1, #ARGV, 3 do
  local holder = taken[ARGV[i + 1]]
  if holder and holder ~= ARGV[i] then
    return 0
  end
end
for i = 1, #ARGV, 3 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
redis.call('INCR', KEYS[3])
return 1
