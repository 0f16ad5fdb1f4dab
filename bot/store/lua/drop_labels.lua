-- KEYS: a layer, its chains, version. ARGV: address. How many chains' labels of it went.
local gone = 0
for _, chain in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  gone = gone + redis.call('HDEL', KEYS[1], chain .. '/' .. ARGV[1])
end
if gone > 0 then
  redis.call('INCR', KEYS[3])
end
return gone
