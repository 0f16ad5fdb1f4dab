-- ARGV: destination. Deletes every key of it; what waited counts as forgotten.
local waiting = redis.call('ZCARD', QUEUE)
count('waiting', -waiting)
count('forgotten', waiting)
count('dead', -redis.call('LLEN', DEAD))
for lane = 0, 2 do
  redis.call('ZREM', ready(lane), DESTINATION)
end
redis.call('ZREM', BURIED, DESTINATION)
redis.call('SREM', MUTED, DESTINATION)
return redis.call('DEL', QUEUE, BODIES, META, RECENT, DEAD, SAID, SAID_AT, ALERTS, CHAT)
