-- ARGV: destination. Deletes every key of it; what waited counts as forgotten.
local waiting = redis.call('ZCARD', QUEUE) + redis.call('ZCARD', LATER[1]) + redis.call('ZCARD', LATER[2])
count('waiting', -waiting)
count('forgotten', waiting)
count('dead', -redis.call('LLEN', DEAD))
for lane = 0, 2 do
  redis.call('ZREM', ready(lane), DESTINATION)
end
redis.call('ZREM', BURIED, DESTINATION)
redis.call('SREM', MUTED, DESTINATION)
redis.call('DEL', LATER[1], LATER[2], GROUPS)
return redis.call('DEL', QUEUE, BODIES, META, RECENT, DEAD, SAID, SAID_AT, ALERTS, CHAT)
