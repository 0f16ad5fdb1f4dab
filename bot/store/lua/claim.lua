-- ARGV: destination, lease, platform interval, chat interval, chat burst, how many messages answers may go ahead,
-- least time between two of a chat (times in microseconds).
-- {'leased', id, token, attempts, maybe sent, body, the incident's message id, microseconds until the platform may
-- speak again}, {'wait'} or {'moved', new destination, 1 if only for a while}.
local now = clock()
local lease, interval = tonumber(ARGV[2]), tonumber(ARGV[3])
local chat_interval, chat_burst = tonumber(ARGV[4]), tonumber(ARGV[5])
local ahead, gap = tonumber(ARGV[6]), tonumber(ARGV[7])

local moved = redis.call('HGET', META, 'moved')
if moved then
  return { 'moved', moved, redis.call('HEXISTS', META, 'detour') }
end
if math.max(number(PLATFORM, 'next'), number(PLATFORM, 'frozen')) > now then
  return { 'wait' }
end
promote(now)
local id, lane = head_of_queue()
-- Another thread of the same chat may have spoken since this one was placed.
if not id or free_at(lane) > now then
  settle(now)
  return { 'wait' }
end
-- A lease that ended without an answer: the platform may have taken that message.
local unanswered = redis.call('HGET', META, 'leased')
if unanswered and redis.call('ZSCORE', QUEUE, unanswered) then
  redis.call('HSET', META, 'r:' .. unanswered, 1)
end
unlease()

local token = redis.call('HINCRBY', PLATFORM, 'token', 1)
local attempts = redis.call('HINCRBY', META, 'a:' .. id, 1)
redis.call('HSET', META, 'leased', id, 'token', token, 'until', now + lease)
if interval > 0 then
  -- up to one interval of lateness is made up for, or the rate would sink below its limit
  redis.call('HSET', PLATFORM, 'next', math.max(number(PLATFORM, 'next'), now - interval) + interval)
end
if chat_interval > 0 then
  local tat = math.max(number(CHAT, 'tat'), now) + chat_interval
  local turn = tat - (chat_burst - 1) * chat_interval
  local early = math.max(turn - ahead * chat_interval, now + gap)
  -- After an answer the next one yields for a moment: who asks again and again must not keep a critical alert
  -- from being told in that chat.
  local answers = early + (lane == 0 and math.floor(chat_interval / 4) or 0)
  local rest = math.max(turn, answers)
  redis.call('HSET', CHAT, 'tat', tat, 'next', rest, 'critical', early, 'answers', answers)
  redis.call('EXPIRE', CHAT, 7 * DAY)
end
settle(now)
local maybe_sent = redis.call('HEXISTS', META, 'r:' .. id)
local body = redis.call('HGET', BODIES, id) or ''
-- Read here and not by a second call: one that failed would leave a lease behind, and at its end a mark.
local readable, record = pcall(cjson.decode, body)
local fields = readable and type(record) == 'table' and record.is
local incident = type(fields) == 'table' and fields.incident
local said = type(incident) == 'string' and redis.call('HGET', SAID, incident)
local closed = math.max(0, number(PLATFORM, 'next') - now)
return { 'leased', id, token, attempts, maybe_sent, body, said or '', closed }
