-- ARGV: destination, home. Deletes what another home sent to this destination; what waited counts as forgotten.
local now = clock()
local home = ARGV[2]

-- The fields of a stored record, or an empty table when it cannot be read.
local function fields(text)
  local readable, record = pcall(cjson.decode, text)
  return readable and type(record) == 'table' and type(record.is) == 'table' and record.is or {}
end

local function forget_incident(incident)
  redis.call('HDEL', SAID, incident)
  redis.call('HDEL', ALERTS, incident)
  redis.call('HDEL', GROUPS, incident)
  redis.call('ZREM', SAID_AT, incident)
end

local bodies = redis.call('HGETALL', BODIES)
for i = 1, #bodies, 2 do
  if fields(bodies[i + 1]).home == home then
    if redis.call('HGET', META, 'leased') == bodies[i] then
      unlease()
    end
    drop(bodies[i])
    count('forgotten', 1)
  end
end
for _, letter in ipairs(redis.call('LRANGE', DEAD, 0, -1)) do
  if fields(cjson.decode(letter).body).home == home then
    redis.call('LREM', DEAD, 1, letter)
    count('dead', -1)
  end
end
if redis.call('LLEN', DEAD) == 0 then
  redis.call('ZREM', BURIED, DESTINATION)
end
local alerts = redis.call('HGETALL', ALERTS)
for i = 1, #alerts, 2 do
  if fields(alerts[i + 1]).home == home then
    forget_incident(alerts[i])
  end
end
local groups = redis.call('HGETALL', GROUPS)
for i = 1, #groups, 2 do
  local members = fields(groups[i + 1]).alerts
  if members and members[1] and members[1].home == home then
    forget_incident(groups[i])
  end
end
settle(now)
return 1
