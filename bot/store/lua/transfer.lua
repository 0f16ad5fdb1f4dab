-- KEYS: those of the old destination, then those of the new one. ARGV: old, new, '1' = only until the old one
-- speaks again. All that is the old one's becomes the new one's; what is still appended to the old one
-- follows at its claim.
local now = clock()
local OLD, NEW = ARGV[1], ARGV[2]
local old_keys = {}
for i = 1, 18 do
  old_keys[i] = KEYS[i]
end

local function copy_hash(from, to)
  local all = redis.call('HGETALL', from)
  for i = 1, #all, 2 do
    redis.call('HSETNX', to, all[i], all[i + 1])
  end
end

local to = {}
for i = 5, 18 do
  to[i] = KEYS[18 + i]
end
for _, field in ipairs({ 'leased', 'until', 'token', 'muted', 'moved', 'detour' }) do
  redis.call('HDEL', META, field)
end
for _, at in ipairs({ 5, 16, 17 }) do
  local waiting = redis.call('ZRANGE', old_keys[at], 0, -1, 'WITHSCORES')
  for i = 1, #waiting, 2 do
    if redis.call('HEXISTS', to[6], waiting[i]) == 1 then
      count('waiting', -1) -- both had it
    else
      redis.call('ZADD', to[at], waiting[i + 1], waiting[i])
    end
  end
end
copy_hash(BODIES, to[6])
redis.call('HDEL', to[7], 'moved', 'detour')
copy_hash(META, to[7])
for _, i in ipairs({ 8, 13 }) do
  redis.call('ZUNIONSTORE', to[i], 2, to[i], old_keys[i], 'AGGREGATE', 'MAX')
end
redis.call('EXPIRE', to[8], 7 * DAY)
for _, letter in ipairs(redis.call('LRANGE', DEAD, 0, -1)) do
  redis.call('RPUSH', to[9], letter)
end
if redis.call('LLEN', DEAD) > 0 then
  redis.call('LTRIM', to[9], 0, DEAD_KEPT - 1)
  redis.call('EXPIRE', to[9], 30 * DAY)
  redis.call('ZADD', BURIED, now, NEW)
end
copy_hash(SAID, to[12])
copy_hash(ALERTS, to[14])
copy_hash(GROUPS, to[18])
for _, i in ipairs({ 12, 13, 14, 18 }) do
  redis.call('EXPIRE', to[i], 30 * DAY)
end
for lane = 0, 2 do
  redis.call('ZREM', ready(lane), OLD)
end
redis.call('ZREM', BURIED, OLD)
redis.call('SREM', MUTED, OLD)
redis.call('DEL', QUEUE, BODIES, META, RECENT, DEAD, SAID, SAID_AT, ALERTS, LATER[1], LATER[2], GROUPS)
if CHAT ~= to[15] then
  redis.call('DEL', CHAT)
end
redis.call('HSET', META, 'moved', NEW)
if ARGV[3] == '1' then
  redis.call('HSET', META, 'detour', 1)
end
redis.call('EXPIRE', META, 30 * DAY)

QUEUE, META, CHAT, DESTINATION = to[5], to[7], to[15], NEW
LATER = { to[16], to[17] }
settle(now)
return 1
