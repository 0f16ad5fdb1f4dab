-- KEYS: drafts of a home. ARGV: draft, record, seconds, most. The oldest make room; a kept one begins anew.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local oldest = now - tonumber(ARGV[3]) * 1000000
redis.call('HDEL', KEYS[1], ARGV[1])
local ages = {}
local stored = redis.call('HGETALL', KEYS[1])
for i = 1, #stored, 2 do
  ages[#ages + 1] = { draft = stored[i], at = tonumber(stored[i + 1]:match('^%d+')) }
end
table.sort(ages, function(one, two)
  return one.at < two.at
end)
for i, one in ipairs(ages) do
  if one.at <= oldest or #ages - i + 1 >= tonumber(ARGV[4]) then
    redis.call('HDEL', KEYS[1], one.draft)
  end
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f ', now) .. ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
