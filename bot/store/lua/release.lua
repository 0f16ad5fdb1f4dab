-- ARGV: destination, id, token, wait in microseconds, '1' = freeze everything, '1' = may have been sent.
local now = clock()
local id, token, till = ARGV[2], ARGV[3], now + tonumber(ARGV[4])
if not holds(id, token) then
  return 0
end
unlease()
if ARGV[6] == '1' then
  redis.call('HSET', META, 'r:' .. id, 1)
end
if ARGV[5] == '1' then
  freeze(PLATFORM, till)
else
  freeze(CHAT, till)
  redis.call('EXPIRE', CHAT, 7 * DAY)
end
settle(now)
return 1
