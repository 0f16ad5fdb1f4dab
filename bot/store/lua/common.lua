-- Put before every script about one destination; KEYS as in keys.of_destination(), ARGV[1] the destination.
-- Times are microseconds of the server's own clock: exact in a double until the year 2255.
local PLATFORM, QUEUE, BODIES, META = KEYS[1], KEYS[5], KEYS[6], KEYS[7]
local RECENT, DEAD, BURIED, MUTED = KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local SAID, SAID_AT, ALERTS, CHAT = KEYS[12], KEYS[13], KEYS[14], KEYS[15]
local LATER, GROUPS = { KEYS[16], KEYS[17] }, KEYS[18]
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

local function subject_of(id)
  return redis.call('HGET', META, 's:' .. id) or ''
end

-- A group's subject is those of its alerts, joined by blanks.
local function words(subject)
  local found = {}
  for word in subject:gmatch('%S+') do
    found[#found + 1] = word
  end
  return #found > 0 and found or { subject }
end

-- All that waits and came before `seq`, the last first: what waits for its time, and of the queue what is
-- beyond `lane`. Each with its seq and lane, and where it lies.
local function waiting_before(seq, lane)
  local found = {}
  local queued = redis.call('ZRANGEBYSCORE', QUEUE, (lane + 1) * LANE, '+inf', 'WITHSCORES')
  for i = 1, #queued, 2 do
    local score = tonumber(queued[i + 1])
    found[#found + 1] = { id = queued[i], seq = score % LANE, lane = math.floor(score / LANE), key = QUEUE }
  end
  for other = 1, 2 do
    for _, id in ipairs(redis.call('ZRANGE', LATER[other], 0, -1)) do
      found[#found + 1] = { id = id, seq = number(META, 'q:' .. id), lane = other, key = LATER[other] }
    end
  end
  table.sort(found, function(one, two)
    return one.seq > two.seq
  end)
  local first = 1
  while found[first] and found[first].seq >= seq do
    first = first + 1
  end
  return found, first
end

local function enqueue(id, lane, seq)
  for _, key in ipairs(LATER) do
    redis.call('ZREM', key, id)
  end
  redis.call('HDEL', META, 'q:' .. id)
  redis.call('ZADD', QUEUE, lane * LANE + seq, id)
end

-- The order within a subject: what came before `seq` for the same subject goes no later than lane `lane`, waits
-- for its time no longer, and takes along what is before it in turn.
local function advance(subject, lane, seq)
  local urgent = redis.call('ZCARD', LATER[1]) > 0
  if lane == 2 and not urgent and redis.call('ZCARD', LATER[2]) == 0 then
    return
  end
  local wanted = {} -- word of a subject -> the lane that it may not exceed
  local function want(what, most)
    for _, word in ipairs(words(what)) do
      wanted[word] = math.min(wanted[word] or most, most)
    end
  end
  want(subject, lane)
  local found, first = waiting_before(seq, urgent and math.min(lane, 1) or lane)
  for i = first, #found do
    local one = found[i]
    local its = subject_of(one.id)
    local most = one.lane
    local named = false
    for _, word in ipairs(words(its)) do
      if wanted[word] then
        named, most = true, math.min(most, wanted[word])
      end
    end
    if named and (one.key ~= QUEUE or most < one.lane) then
      enqueue(one.id, most, one.seq)
      want(its, most)
    end
  end
end

-- What has waited for its time joins the queue, at the place where it would have been.
local function promote(now)
  for lane = 1, 2 do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', LATER[lane], '-inf', now)) do
      if redis.call('ZSCORE', LATER[lane], id) then
        local seq = number(META, 'q:' .. id)
        enqueue(id, lane, seq)
        advance(subject_of(id), lane, seq)
      end
    end
  end
end

local TURNS = { [0] = 'answers', 'critical', 'next' }

-- When a delivery of a lane may go, as far as lease, freeze and pace are concerned.
local function free_at(lane)
  return math.max(number(META, 'until'), number(CHAT, 'frozen'), number(CHAT, TURNS[lane]))
end

-- The first delivery of the queue and its lane. After an answer (see claim.lua) a critical one goes before the
-- next: they are of other subjects, so no order is broken.
local function head_of_queue()
  local head = redis.call('ZRANGE', QUEUE, 0, 0, 'WITHSCORES')
  local lane = head[2] and math.floor(tonumber(head[2]) / LANE)
  if lane == 0 and number(CHAT, 'critical') < number(CHAT, 'answers') then
    local critical = redis.call('ZRANGEBYSCORE', QUEUE, LANE, string.format('(%.0f', 2 * LANE), 'LIMIT', 0, 1)
    if critical[1] then
      return critical[1], 1
    end
  end
  return head[1], lane
end

-- Place the destination where its first delivery belongs, due when lease, freeze and pace allow; and in a lane
-- before that one's, due when something there falls due.
local function settle(now)
  promote(now)
  local _, lane = head_of_queue()
  local waits = false
  for other = 0, 2 do
    local due
    if other == lane then
      due = free_at(other)
      if due <= now then
        -- who waits already keeps the place in the round
        due = math.min(tonumber(redis.call('ZSCORE', ready(other), DESTINATION) or now), now)
      end
    elseif other > 0 and (not lane or other < lane) then
      local first = redis.call('ZRANGE', LATER[other], 0, 0, 'WITHSCORES')
      due = first[2] and math.max(free_at(other), tonumber(first[2]))
    end
    if due then
      redis.call('ZADD', ready(other), due, DESTINATION)
      waits = true
    else
      redis.call('ZREM', ready(other), DESTINATION)
    end
  end
  if waits then
    redis.call('PERSIST', META)
  elseif redis.call('HEXISTS', META, 'muted') + redis.call('HEXISTS', META, 'moved') == 0 then
    redis.call('EXPIRE', META, 30 * DAY)
  end
end

local function count(what, by)
  redis.call('HINCRBY', PLATFORM, what, by)
end

local function drop(id)
  for _, key in ipairs({ QUEUE, LATER[1], LATER[2] }) do
    redis.call('ZREM', key, id)
  end
  redis.call('HDEL', BODIES, id)
  redis.call('HDEL', META, 's:' .. id, 'a:' .. id, 'r:' .. id, 'q:' .. id)
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
