-- ARGV: destination. 1 when it was muted. It is spoken to itself again, too.
local was = redis.call('HDEL', META, 'muted')
redis.call('SREM', MUTED, DESTINATION)
if redis.call('HDEL', META, 'detour') == 1 then
  redis.call('HDEL', META, 'moved')
end
settle(clock())
return was
