-- ARGV: destination. 1 when it was muted.
local was = redis.call('HDEL', META, 'muted')
redis.call('SREM', MUTED, DESTINATION)
settle(clock())
return was
