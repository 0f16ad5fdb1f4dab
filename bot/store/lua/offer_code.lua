-- KEYS: codes. ARGV: [code, place, home], seconds. A new record of a code takes the place of an old one.
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local code = cjson.decode(ARGV[1])[1]
for _, record in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if cjson.decode(record)[1] == code then
    redis.call('ZREM', KEYS[1], record)
  end
end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
return 1
