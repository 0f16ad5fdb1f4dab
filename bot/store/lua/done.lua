-- ARGV: destination, id, token, platform's message id, incident, operation, alert, the alert's incident.
-- 1, or 0 when the lease was lost.
local now = clock()
local id, token, message_id, incident, operation = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local alert, of_alert = ARGV[7], ARGV[8]
if not holds(id, token) then
  return 0
end
unlease()
drop(id)
count('acked', 1)
if incident ~= '' and operation == 'delete' then
  redis.call('HDEL', SAID, incident)
elseif incident ~= '' and message_id ~= '' then
  redis.call('HSETNX', SAID, incident, message_id)
  redis.call('ZADD', SAID_AT, now, incident)
end
if alert ~= '' then
  redis.call('HSET', ALERTS, '', alert)
  if of_alert ~= '' then
    redis.call('HSET', ALERTS, of_alert, alert)
    redis.call('ZADD', SAID_AT, now, of_alert)
  end
end
-- Incidents are forgotten after 30 days or when 1,000 newer ones exist.
local old = redis.call('ZRANGEBYSCORE', SAID_AT, '-inf', now - 30 * DAY * 1000000, 'LIMIT', 0, 100)
for _, surplus in ipairs(redis.call('ZRANGE', SAID_AT, 0, -1001)) do
  old[#old + 1] = surplus
end
for _, gone in ipairs(old) do
  redis.call('HDEL', SAID, gone)
  redis.call('HDEL', ALERTS, gone)
  redis.call('ZREM', SAID_AT, gone)
end
for _, key in ipairs({ SAID, SAID_AT, ALERTS }) do
  redis.call('EXPIRE', key, 30 * DAY)
end
settle(now)
return 1
