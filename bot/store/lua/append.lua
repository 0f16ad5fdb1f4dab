-- ARGV: destination, most that may wait, then of each delivery: id, lane, subject, time to wait for (us, 0 = none),
-- other ids that it stands for as JSON, body. How many were new.
local now = clock()
local most = tonumber(ARGV[2])
local added = 0

-- The queue is full: the oldest of the least lane becomes a dead letter, but never the one being sent.
local function make_room()
  local leased = redis.call('HGET', META, 'leased')
  for lane = 2, 0, -1 do
    local last = '(' .. string.format('%.0f', (lane + 1) * LANE)
    local found = redis.call('ZRANGEBYSCORE', QUEUE, lane * LANE, last, 'LIMIT', 0, 2)
    if lane > 0 then
      found[#found + 1] = redis.call('ZRANGE', LATER[lane], 0, 0)[1]
    end
    for _, id in ipairs(found) do
      if id ~= leased then
        return bury(id, 'the queue of this chat was full', now)
      end
    end
  end
end

local function waiting()
  return redis.call('ZCARD', QUEUE) + redis.call('ZCARD', LATER[1]) + redis.call('ZCARD', LATER[2])
end

for i = 3, #ARGV, 6 do
  local id, lane, subject, till = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], tonumber(ARGV[i + 3])
  if lane == 0 then
    -- an answer: somebody is there again and spoke
    redis.call('HDEL', META, 'muted')
    redis.call('SREM', MUTED, DESTINATION)
    if redis.call('HDEL', META, 'detour') == 1 then
      redis.call('HDEL', META, 'moved')
    end
  end
  if redis.call('HEXISTS', META, 'muted') == 1 then
    count('refused', 1)
  elseif not redis.call('ZSCORE', RECENT, id) and redis.call('HEXISTS', BODIES, id) == 0 then
    local seq = redis.call('HINCRBY', PLATFORM, 'seq', 1)
    redis.call('HSET', BODIES, id, ARGV[i + 5])
    redis.call('HSET', META, 's:' .. id, subject)
    if till > now then
      redis.call('HSET', META, 'q:' .. id, seq)
      redis.call('ZADD', LATER[lane], till, id)
    else
      advance(subject, lane, seq)
      redis.call('ZADD', QUEUE, lane * LANE + seq, id)
    end
    redis.call('ZADD', RECENT, now, id)
    for _, other in ipairs(cjson.decode(ARGV[i + 4])) do
      redis.call('ZADD', RECENT, now, other)
    end
    count('waiting', 1)
    added = added + 1
    if waiting() > most then
      make_room()
    end
  end
end
redis.call('ZREMRANGEBYSCORE', RECENT, '-inf', now - 7 * DAY * 1000000)
redis.call('ZREMRANGEBYRANK', RECENT, 0, -10001) -- at most 10,000 ids; the oldest are forgotten first
redis.call('EXPIRE', RECENT, 7 * DAY)
settle(now)
return added
