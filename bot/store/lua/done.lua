-- ARGV: destination, id, token, platform's message id, incident, operation, then the group and its record (both
-- empty when it is none), then of each alert: incident, record. 1, or 0 when the lease was lost.
local now = clock()
local id, token, message_id, incident, operation = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local group, group_record = ARGV[7], ARGV[8]
if not holds(id, token) then
  return 0
end
unlease()
drop(id)
count('acked', 1)
if incident ~= '' and operation == 'delete' then
  redis.call('HDEL', SAID, incident)
elseif incident ~= '' and message_id ~= '' then
  -- An edit that became a message of its own: that is the one to edit from now on.
  redis.call(operation == 'edit' and 'HSET' or 'HSETNX', SAID, incident, message_id)
  redis.call('ZADD', SAID_AT, now, incident)
end
if group ~= '' then
  redis.call('HSET', GROUPS, group, group_record)
  redis.call('ZADD', SAID_AT, now, group)
end
for i = 9, #ARGV, 2 do
  local of_alert, alert = ARGV[i], ARGV[i + 1]
  if i == 9 then
    redis.call('HSET', ALERTS, '', alert)
  end
  if of_alert ~= '' then
    redis.call('HSET', ALERTS, of_alert, alert)
    redis.call('ZADD', SAID_AT, now, of_alert)
    if group ~= '' and message_id ~= '' then
      redis.call('HSETNX', SAID, of_alert, '~' .. message_id)
    end
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
  redis.call('HDEL', GROUPS, gone)
  redis.call('ZREM', SAID_AT, gone)
end
for _, key in ipairs({ SAID, SAID_AT, ALERTS, GROUPS }) do
  redis.call('EXPIRE', key, 30 * DAY)
end
settle(now)
return 1
