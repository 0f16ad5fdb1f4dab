-- Put before every script about one destination; KEYS as in keys.of_destination(), ARGV[1] the destination.
-- Times are microseconds of the server's own clock: exact in a double until the year 2255.
local PLATFORM, QUEUE, BODIES, META = KEYS[1], KEYS[5], KEYS[6], KEYS[7]
local RECENT, DEAD, BURIED, MUTED = KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local SAID, SAID_AT, ALERTS, CHAT = KEYS[12], KEYS[13], KEYS[14], KEYS[15]
local DESTINATION = ARGV[1]

local LANE = 1125899906842624 -- 2^50: a score is lane * LANE + seq
local DAY = 86400
local DEAD_KEPT = 200 -- dead letters kept a destination; older ones make room

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function ready(lane)
  return KEYS[2 + lane]
end

local function number(key, field)
  return tonumber(redis.call('HGET', key, field) or 0)
end

-- Place the destination where its first delivery belongs, due when lease, freeze and pace allow.
local function settle(now)
  local head = redis.call('ZRANGE', QUEUE, 0, 0, 'WITHSCORES')
  local lane = head[2] and math.floor(tonumber(head[2]) / LANE)
  for other = 0, 2 do
    if other ~= lane then
      redis.call('ZREM', ready(other), DESTINATION)
    end
  end
  if not lane then
    if redis.call('HEXISTS', META, 'muted') + redis.call('HEXISTS', META, 'moved') == 0 then
      redis.call('EXPIRE', META, 30 * DAY)
    end
    return
  end
  redis.call('PERSIST', META)
  local due = math.max(number(META, 'until'), number(CHAT, 'frozen'), number(CHAT, 'next'))
  if due <= now then
    -- who waits already keeps the place in the round
    local before = tonumber(redis.call('ZSCORE', ready(lane), DESTINATION) or now)
    due = math.min(before, now)
  end
  redis.call('ZADD', ready(lane), due, DESTINATION)
end

local function count(what, by)
  redis.call('HINCRBY', PLATFORM, what, by)
end

local function drop(id)
  redis.call('ZREM', QUEUE, id)
  redis.call('HDEL', BODIES, id)
  redis.call('HDEL', META, 's:' .. id, 'a:' .. id, 'r:' .. id)
  count('waiting', -1)
end

local function bury(id, why, now)
  local body = redis.call('HGET', BODIES, id) or ''
  local letter = { id = id, why = why, at = math.floor(now / 1000000), body = body }
  redis.call('LPUSH', DEAD, cjson.encode(letter))
  redis.call('LTRIM', DEAD, 0, DEAD_KEPT - 1)
  redis.call('EXPIRE', DEAD, 30 * DAY)
  redis.call('ZADD', BURIED, now, DESTINATION)
  redis.call('ZREMRANGEBYSCORE', BURIED, '-inf', now - 30 * DAY * 1000000)
  drop(id)
  count('dead', 1)
end

-- Fencing: true while `id` is leased under `token`; a later claim has a higher one.
local function holds(id, token)
  return redis.call('HGET', META, 'leased') == id and redis.call('HGET', META, 'token') == token
end

local function unlease()
  redis.call('HDEL', META, 'leased', 'until')
end

local function freeze(key, till)
  redis.call('HSET', key, 'frozen', math.max(number(key, 'frozen'), till))
end
