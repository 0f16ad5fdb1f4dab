-- KEYS: codes. ARGV: code. {place, home}, or nothing; a code is spent by being shown.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1])
for _, record in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local offer = cjson.decode(record)
  if offer[1] == ARGV[1] then
    redis.call('ZREM', KEYS[1], record)
    return { offer[2], offer[3] }
  end
end
return {}
