-- KEYS: drafts of a home. ARGV: draft, seconds. Its record, or nothing when there is none or it is too old.
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local time = redis.call('TIME')
local oldest = time[1] * 1000000 + time[2] - tonumber(ARGV[2]) * 1000000
if not stored or tonumber(stored:match('^%d+')) <= oldest then
  return false
end
return stored:match('^%d+ (.*)$')
