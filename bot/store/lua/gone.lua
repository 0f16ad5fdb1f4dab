-- ARGV: destination, why. Everything that waits becomes dead letters; later appends are refused.
local now = clock()
local buried = 0
unlease()
for _, key in ipairs({ QUEUE, LATER[1], LATER[2] }) do
  for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    bury(id, ARGV[2], now)
    buried = buried + 1
  end
end
redis.call('HSET', META, 'muted', ARGV[2])
redis.call('PERSIST', META)
redis.call('SADD', MUTED, DESTINATION)
settle(now)
return buried
