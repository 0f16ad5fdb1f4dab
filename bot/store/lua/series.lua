-- KEYS: the series of a subject. Each as one text of its numbers: thousands of them are then read at once.
local found = {}
for i, key in ipairs(KEYS) do
  found[i] = table.concat(redis.call('LRANGE', key, 0, -1), ' ')
end
return found
