-- KEYS as in keys.of_platform(). {microseconds until the platform may speak, then for each lane: destination
-- or '', microseconds until it is due}. Reads only: what is seen here is claimed by claim.lua.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function number(field)
  return tonumber(redis.call('HGET', KEYS[1], field) or 0)
end
local seen = { math.max(0, math.max(number('next'), number('frozen')) - now) }
for lane = 0, 2 do
  local first = redis.call('ZRANGE', KEYS[2 + lane], 0, 0, 'WITHSCORES')
  seen[#seen + 1] = first[1] or ''
  seen[#seen + 1] = first[1] and math.max(0, tonumber(first[2]) - now) or 0
end
return seen
