-- KEYS: pings of a home. ARGV: incident, delivery, seconds. 1 when this delivery may ping, 0 when another just did.
local now = tonumber(redis.call('TIME')[1])
local last = redis.call('HGET', KEYS[1], ARGV[1])
if last then
  local till, delivery = last:match('^(%d+) (.*)$')
  if tonumber(till) > now then
    return delivery == ARGV[2] and 1 or 0
  end
end
redis.call('HSET', KEYS[1], ARGV[1], (now + tonumber(ARGV[3])) .. ' ' .. ARGV[2])
-- an incident's record may outlive its time while others of its home keep the key: it is overwritten then
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
