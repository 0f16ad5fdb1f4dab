-- KEYS: of each subject its full, hourly and daily series. ARGV: minute, hour and day in seconds, how long each series
-- reaches back, then of each subject: at, health, price. A series is a list of these three, oldest first: whole
-- numbers in a list take a few bytes each.
local STEP = { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]) }
local REACH = { tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]) }
local added = 0

-- The first point of each step stays; what came before it, or beside it, is no news.
local function note(key, step, reach, at, health, price)
  local last = redis.call('LINDEX', key, -3)
  if last and math.floor(tonumber(last) / step) >= math.floor(at / step) then
    return false
  end
  redis.call('RPUSH', key, at, health, price)
  local first = redis.call('LINDEX', key, 0)
  while first and tonumber(first) <= at - reach do
    redis.call('LPOP', key, 3)
    first = redis.call('LINDEX', key, 0)
  end
  return true
end

for i = 1, #KEYS / 3 do
  local at, health, price = ARGV[4 + 3 * i], ARGV[5 + 3 * i], ARGV[6 + 3 * i]
  for tier = 1, 3 do
    local key = KEYS[3 * (i - 1) + tier]
    if not note(key, STEP[tier], REACH[tier], tonumber(at), health, price) then
      break
    end
    added = added + 1
    -- A key ends as long after its last point as it reaches back; the finer ones are not renewed each minute.
    if tier > 1 then
      redis.call('EXPIRE', KEYS[3 * (i - 1) + 1], REACH[1] + STEP[2])
      redis.call('EXPIRE', key, REACH[tier])
    end
  end
end
return added
