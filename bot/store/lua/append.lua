-- ARGV: destination, most that may wait, then id, lane, subject, body of each delivery. How many were new.
local now = clock()
local most = tonumber(ARGV[2])
local added = 0

-- What waits for the same subject goes no later than the new one, so the order within a subject holds.
local function raise(subject, lane)
  local later = redis.call('ZRANGEBYSCORE', QUEUE, (lane + 1) * LANE, '+inf', 'WITHSCORES')
  for i = 1, #later, 2 do
    if redis.call('HGET', META, 's:' .. later[i]) == subject then
      redis.call('ZADD', QUEUE, lane * LANE + tonumber(later[i + 1]) % LANE, later[i])
    end
  end
end

-- The queue is full: the oldest of the least lane becomes a dead letter, but never the one being sent.
local function make_room()
  local leased = redis.call('HGET', META, 'leased')
  for lane = 2, 0, -1 do
    local last = '(' .. string.format('%.0f', (lane + 1) * LANE)
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', QUEUE, lane * LANE, last, 'LIMIT', 0, 2)) do
      if id ~= leased then
        return bury(id, 'the queue of this chat was full', now)
      end
    end
  end
end

for i = 3, #ARGV, 4 do
  local id, lane, subject, body = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], ARGV[i + 3]
  if lane == 0 then
    -- an answer: somebody is there again and spoke
    redis.call('HDEL', META, 'muted')
    redis.call('SREM', MUTED, DESTINATION)
  end
  if redis.call('HEXISTS', META, 'muted') == 1 then
    count('refused', 1)
  elseif not redis.call('ZSCORE', RECENT, id) and redis.call('HEXISTS', BODIES, id) == 0 then
    if lane < 2 then
      raise(subject, lane)
    end
    redis.call('ZADD', QUEUE, lane * LANE + redis.call('HINCRBY', PLATFORM, 'seq', 1), id)
    redis.call('HSET', BODIES, id, body)
    redis.call('HSET', META, 's:' .. id, subject)
    redis.call('ZADD', RECENT, now, id)
    count('waiting', 1)
    added = added + 1
    if redis.call('ZCARD', QUEUE) > most then
      make_room()
    end
  end
end
redis.call('ZREMRANGEBYSCORE', RECENT, '-inf', now - 7 * DAY * 1000000)
redis.call('ZREMRANGEBYRANK', RECENT, 0, -10001) -- at most 10,000 ids; the oldest are forgotten first
redis.call('EXPIRE', RECENT, 7 * DAY)
settle(now)
return added
