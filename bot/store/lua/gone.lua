-- ARGV: destination, why. Everything that waits becomes dead letters; later appends are refused.
local now = clock()
local waiting = redis.call('ZRANGE', QUEUE, 0, -1)
unlease()
for _, id in ipairs(waiting) do
  bury(id, ARGV[2], now)
end
redis.call('HSET', META, 'muted', ARGV[2])
redis.call('PERSIST', META)
redis.call('SADD', MUTED, DESTINATION)
settle(now)
return #waiting
