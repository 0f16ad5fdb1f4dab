-- ARGV: destination. Ends a dead owner's lease: the delivery is due again and marked. 1 when there was one.
local id = redis.call('HGET', META, 'leased')
if not id then
  return 0
end
if redis.call('ZSCORE', QUEUE, id) then
  redis.call('HSET', META, 'r:' .. id, 1)
end
unlease()
settle(clock())
return 1
